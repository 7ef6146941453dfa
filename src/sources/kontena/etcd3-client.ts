// etcd's v3 API through its JSON gateway (etcd 3.4 and newer): one range, then a watch from the revision after it.
import { Failure } from '../../io/failure.ts'
import { outcomeOf } from '../../io/outcome.ts'
import type { EtcdEndpoint } from './etcd-address.ts'
import { type EtcdClient, type EtcdReading, garbled, parseJson, refusal } from './etcd-client.ts'
import type { EtcdChange } from './etcd-tree.ts'
import { type EtcdLimits, type EtcdQuestion, EtcdWire } from './etcd-wire.ts'
import { parseError3, parseRange, parseToken, parseWatchWord, rangeOf } from './etcd3-answers.ts'

/** Speaks the v3 API about the keys below `prefix`. */
export class Etcd3Client implements EtcdClient {
  readonly title: string
  readonly #wire: EtcdWire
  readonly #endpoint: EtcdEndpoint
  readonly #prefix: string
  #token: string | null = null

  constructor(endpoint: EtcdEndpoint, prefix: string, limits: Partial<EtcdLimits> = {}) {
    this.#wire = new EtcdWire(endpoint, limits)
    this.title = this.#wire.title
    this.#endpoint = endpoint
    this.#prefix = prefix
  }

  async open(signal: AbortSignal): Promise<void> {
    this.#token = null
    await this.#wire.open()
    const { user } = this.#endpoint
    if (user === null) return
    const told = await this.#ask('/v3/auth/authenticate', { name: user.name, password: user.password }, signal)
    if (parseError3(told.json)?.includes('authentication is not enabled')) return
    this.#token = parseToken(this.#check(told))
    if (this.#token === null) throw garbled(this.title)
  }

  close(): void {
    this.#wire.close()
  }

  async read(signal: AbortSignal): Promise<EtcdReading> {
    const told = await this.#ask('/v3/kv/range', rangeOf(this.#prefix), signal)
    const reading = parseRange(this.#check(told), this.#prefix)
    if (reading === null) throw garbled(this.title)
    return reading
  }

  async follow(index: string, take: (changes: readonly EtcdChange[]) => void, signal: AbortSignal): Promise<void> {
    const over = new AbortController()
    const start = { ...rangeOf(this.#prefix), start_revision: String(BigInt(index) + 1n) }
    const question = { ...this.#question('/v3/watch', { create_request: start }), isPatient: true }
    let isCompacted = false
    const takeLine = (line: string) => {
      if (line.trim() === '' || isCompacted) return
      const word = parseWatchWord(JSON.parse(line), this.#prefix)
      if (word === null) throw garbled(this.title)
      if (word.kind === 'refused') throw refusal(this.title, 200, word.word)
      if (word.kind === 'changes' && word.changes.length > 0) take(word.changes)
      isCompacted = word.kind === 'compacted'
      if (isCompacted) over.abort()
    }
    const ended = await outcomeOf(this.#wire.follow(question, takeLine, AbortSignal.any([signal, over.signal])))
    if (isCompacted) return
    if (!ended.ok) throw ended.error
    if (ended.value !== null) throw refusal(this.title, ended.value.status, ended.value.text.trim())
    throw new Failure('etcd-ended', `etcd at ${this.title} closed the watch`)
  }

  /** There is nothing to make: v3 has no folders. */
  async create(): Promise<void> {}

  #question(path: string, body: object): EtcdQuestion {
    const headers = { 'Content-Type': 'application/json' }
    const own = this.#token === null ? headers : { ...headers, Authorization: this.#token }
    return { method: 'POST', path, headers: own, body: JSON.stringify(body) }
  }

  async #ask(path: string, body: object, signal: AbortSignal) {
    const { status, text } = await this.#wire.ask(this.#question(path, body), signal)
    const parsed = await outcomeOf(parseJson(text))
    return { status, text, json: parsed.ok ? parsed.value : undefined }
  }

  #check({ status, text, json }: { status: number; text: string; json: unknown }): unknown {
    if (status === 200) return json
    // What a server without this API, or one older than 3.4, says of the path.
    if (status === 404)
      throw new Failure(
        'etcd-refused',
        `etcd at ${this.title} has no v3 API under /v3/: it takes etcd 3.4 or newer; an older one is read with etcd://`,
      )
    throw refusal(this.title, status, parseError3(json) ?? text.trim())
  }
}
