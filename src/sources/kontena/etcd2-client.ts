// etcd's v2 keys API: one recursive read, then each change after it by a long poll that resumes at the next index.
import { Failure } from '../../io/failure.ts'
import { outcomeOf } from '../../io/outcome.ts'
import type { EtcdEndpoint } from './etcd-address.ts'
import { type EtcdClient, type EtcdReading, garbled, parseJson, refusal } from './etcd-client.ts'
import { type EtcdChange, FOLDERS } from './etcd-tree.ts'
import { type EtcdAnswer, type EtcdLimits, type EtcdQuestion, EtcdWire } from './etcd-wire.ts'
import { parseError, parseEvent, parseList } from './etcd2-answers.ts'

/** etcd's own codes. */
const [NOT_FOUND, INDEX_CLEARED] = [100, 401]

/** Answers as JSON; null where the body is empty. */
type Told = { readonly answer: EtcdAnswer; readonly json: unknown; readonly code: number | null }

/** Speaks the v2 API about the keys below `prefix`. */
export class Etcd2Client implements EtcdClient {
  readonly title: string
  readonly #wire: EtcdWire
  readonly #prefix: string
  readonly #headers: Readonly<Record<string, string>>

  constructor(endpoint: EtcdEndpoint, prefix: string, limits: Partial<EtcdLimits> = {}) {
    this.#wire = new EtcdWire(endpoint, limits)
    this.title = this.#wire.title
    this.#prefix = prefix
    const { user } = endpoint
    const word = user && Buffer.from(`${user.name}:${user.password}`).toString('base64')
    this.#headers = word === null ? {} : { Authorization: `Basic ${word}` }
  }

  open(): Promise<void> {
    return this.#wire.open()
  }

  close(): void {
    this.#wire.close()
  }

  /** With a quorum: a member that lags behind would take back what another one has told. */
  async read(signal: AbortSignal): Promise<EtcdReading> {
    const told = await this.#ask({ method: 'GET', path: this.#pathOf('', 'recursive=true&quorum=true') }, signal)
    const index = String(told.answer.headers['x-etcd-index'] ?? '')
    if (!/^\d{1,20}$/.test(index)) throw this.#explain(told)
    if (told.code === NOT_FOUND) return { tree: new Map(), index }
    const tree = told.answer.status === 200 ? parseList(told.json, this.#prefix) : null
    if (tree === null) throw this.#explain(told)
    return { tree, index }
  }

  async follow(index: string, take: (changes: readonly EtcdChange[]) => void, signal: AbortSignal): Promise<void> {
    for (let last = BigInt(index); ; ) {
      const query = `wait=true&recursive=true&waitIndex=${last + 1n}`
      const told = await this.#ask({ method: 'GET', path: this.#pathOf('', query), isPatient: true }, signal)
      if (told.code === INDEX_CLEARED) return
      // So ends a long poll of an etcd that stops.
      if (told.json === null) throw new Failure('etcd-ended', `etcd at ${this.title} closed the watch`)
      const event = told.answer.status === 200 ? parseEvent(told.json, this.#prefix) : null
      if (event === null) throw this.#explain(told)
      take(event.changes)
      last = BigInt(event.index)
    }
  }

  /** As Kontena's own load balancer does; that somebody was quicker is as good. */
  async create(signal: AbortSignal): Promise<void> {
    for (const folder of Object.values(FOLDERS)) {
      const path = this.#pathOf(`/${folder}`, 'dir=true&prevExist=false')
      const told = await this.#ask({ method: 'PUT', path }, signal)
      if (told.answer.status !== 201 && told.answer.status !== 412) throw this.#explain(told)
    }
  }

  #pathOf(below: string, query: string): string {
    return `/v2/keys${this.#prefix.split('/').map(encodeURIComponent).join('/')}${below}?${query}`
  }

  async #ask(question: EtcdQuestion, signal: AbortSignal): Promise<Told> {
    const answer = await this.#wire.ask({ ...question, headers: this.#headers }, signal)
    if (answer.text.trim() === '') return { answer, json: null, code: null }
    const parsed = await outcomeOf(parseJson(answer.text))
    const json = parsed.ok ? parsed.value : undefined
    return { answer, json, code: parseError(json)?.code ?? null }
  }

  #explain({ answer: { status, text }, json }: Told): Failure {
    if (status === 200) return garbled(this.title)
    // What a server without this API says of the path.
    if (status === 404 && json === undefined)
      return new Failure(
        'etcd-refused',
        `etcd at ${this.title} has no v2 API: start it with --enable-v2=true, or read the v3 API with etcd3://`,
      )
    return refusal(this.title, status, parseError(json)?.word ?? text.trim())
  }
}
