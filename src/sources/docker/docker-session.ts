// One connection to a Docker engine, from the greeting until it breaks: events first, then the whole list, then both on.
import { setTimeout as sleep } from 'node:timers/promises'
import { Failure } from '../../io/failure.ts'
import { type Outcome, outcomeOf } from '../../io/outcome.ts'
import type { ContainerBook } from './container-book.ts'
import { type DockerClient, type EventStream, type Greeting, isForbidden } from './docker-client.ts'
import { parseEvent } from './docker-event.ts'
import { type DockerNetwork, parseNetworks } from './docker-network.ts'
import { Lookout } from './lookout.ts'
import { OneAtATime } from './one-at-a-time.ts'
import { parseInspection, parseList } from './reading.ts'

/** Where the events are refused, the list is asked for as often as the seed does. */
const POLL_MS = 5000

/** An engine that has stalled says nothing on its stream of events either. */
const PING_MS = 10_000

/** How far back events are told again: a stop that began shortly before is known of, and nothing falls between. */
const REPLAY_MS = 15_000

const EVENTS = encodeURIComponent(JSON.stringify({ type: ['container', 'network'] }))

/** What a session works with; it outlives the session. */
export type SessionGround = {
  readonly client: DockerClient
  readonly book: ContainerBook
  readonly resyncMs: number
  /** Something may have changed. */
  readonly ring: () => void
  /** What does not work as it should although Docker answers, in one sentence. */
  readonly remark: (sentence: string) => void
}

/** Follows one engine over one connection. */
export class DockerSession {
  /** Null where they may not be asked for. */
  networks: readonly DockerNetwork[] | null = null
  peer: string | null = null
  /** Everything was read once: what the book says is complete. */
  isReady = false
  readonly #ground: SessionGround
  readonly #signal: AbortSignal
  readonly #lookout: Lookout
  readonly #list = new OneAtATime(() => this.#readList())
  readonly #networkList = new OneAtATime(() => this.#readNetworks())
  readonly #failed = Promise.withResolvers<never>()
  #clockAheadMs = 0
  #mayLook = true
  #changes = 0

  constructor(ground: SessionGround, signal: AbortSignal) {
    this.#ground = ground
    this.#signal = signal
    this.#lookout = new Lookout(
      (id) => ground.client.get(`/containers/${id}/json`, signal),
      (id, answer) => this.#takeLook(id, answer),
    )
    // It may fail while nobody waits for it yet.
    void outcomeOf(this.#failed.promise)
  }

  /** Runs until the signal aborts. Failures are the client's: the connection is of no use any more. */
  async run(): Promise<void> {
    const greeting = await this.#ground.client.greet(this.#signal)
    this.#clockAheadMs = greeting.clockAheadMs
    this.peer = greeting.peer
    const events = await this.#follow(greeting)
    await Promise.race([this.#readAll(), this.#failed.promise])
    this.isReady = true
    this.#ground.ring()
    const resyncMs = events === null ? Math.min(POLL_MS, this.#ground.resyncMs) : this.#ground.resyncMs
    const endings = [
      this.#every(resyncMs, () => this.#readAll()),
      this.#every(PING_MS, () => this.#ground.client.ping(this.#signal)),
    ]
    await Promise.race([...endings, this.#failed.promise, ...(events === null ? [] : [events.ended])])
  }

  async #every(intervalMs: number, act: () => Promise<void>): Promise<void> {
    while (!this.#signal.aborted) {
      await outcomeOf(sleep(intervalMs, undefined, { signal: this.#signal }))
      if (!this.#signal.aborted) await act()
    }
  }

  /** Answers null where events are refused. */
  async #follow({ clockAheadMs }: Greeting): Promise<EventStream | null> {
    const since = Math.floor((Date.now() + clockAheadMs - REPLAY_MS) / 1000)
    const take = (event: unknown) => this.#takeEvent(event)
    const opened = await outcomeOf(
      this.#ground.client.follow(`/events?since=${since}&filters=${EVENTS}`, take, this.#signal),
    )
    if (opened.ok) return opened.value
    if (!isForbidden(opened.error)) throw opened.error
    this.#ground.remark(`${opened.error.message}; until then changes are looked for every few seconds`)
    return null
  }

  #takeEvent(json: unknown): void {
    const event = parseEvent(json)
    if (event === null) return
    const ourAt = Math.min(Date.now(), event.at - this.#clockAheadMs)
    this.#ground.book.takeEvent(event, ourAt)
    if (event.containerId === null) void this.#attempt(this.#networkList.run())
    else this.#lookAgain(event.containerId, event.action === 'destroy')
    this.#ground.ring()
  }

  #lookAgain(id: string, isGone: boolean): void {
    this.#changes++
    if (!this.#mayLook) void this.#attempt(this.#list.run())
    else if (isGone) this.#lookout.forget(id)
    else this.#lookout.want(id)
  }

  async #readAll(): Promise<void> {
    await Promise.all([this.#networkList.run(), this.#list.run()])
    await this.#lookout.settled()
    // That nobody may look turned out just now: the list alone must do.
    if (!this.#mayLook) await this.#list.run()
    this.#ground.ring()
  }

  async #readList(): Promise<void> {
    const before = this.#changes
    const list = parseList(await this.#ground.client.get('/containers/json?all=true', this.#signal))
    if (list === null) throw this.#garbled('/containers/json')
    if (this.#mayLook) for (const id of this.#ground.book.takeList(list)) this.#lookout.want(id)
    // What happened meanwhile asks for a list of its own.
    else if (before === this.#changes) this.#ground.book.takeListAlone(list)
    this.#ground.ring()
  }

  async #readNetworks(): Promise<void> {
    const answer = await outcomeOf(this.#ground.client.get('/networks', this.#signal))
    if (answer.ok) {
      const networks = parseNetworks(answer.value)
      if (networks === null) throw this.#garbled('/networks')
      if (JSON.stringify(networks) !== JSON.stringify(this.networks)) this.networks = networks
      return this.#ground.ring()
    }
    if (!isForbidden(answer.error)) throw answer.error
    this.#ground.remark(`${answer.error.message}; until then every network counts as one that can be reached`)
  }

  #takeLook(id: string, answer: Outcome<unknown>): void {
    const { book, remark, ring } = this.#ground
    if (this.#signal.aborted) return
    if (answer.ok) {
      const reading = parseInspection(answer.value)
      if (reading === null) this.#failed.reject(this.#garbled(`/containers/${id}/json`))
      else book.takeReading(reading)
    } else if (answer.error instanceof Failure && answer.error.code === 'docker-missing') book.remove(id)
    else if (isForbidden(answer.error)) this.#doWithoutLooks(answer.error)
    else if (isOfOneAnswer(answer.error)) {
      // One container the engine cannot tell of must not keep the others from being served.
      remark(`${answer.error.message}; of ${book.nameOf(id)} only what lists tell is known`)
      book.show(id)
    } else this.#failed.reject(answer.error)
    ring()
  }

  #doWithoutLooks(refusal: Error): void {
    if (this.#mayLook)
      this.#ground.remark(
        `${refusal.message}; until then environment variables, EXPOSE of stopped containers and stop signals are not known`,
      )
    this.#mayLook = false
    void this.#attempt(this.#list.run())
  }

  async #attempt(work: Promise<void>): Promise<void> {
    const done = await outcomeOf(work)
    if (!done.ok) this.#failed.reject(done.error)
  }

  #garbled(path: string): Failure {
    const title = this.#ground.client.title
    return new Failure(
      'docker-garbled',
      `Docker at ${title} answered GET ${path} with something else than it is asked for`,
    )
  }
}

/** The engine answers, only not this question. */
function isOfOneAnswer(error: Error): boolean {
  return error instanceof Failure && ['docker-stalled', 'docker-refused', 'docker-garbled'].includes(error.code)
}
