// Every container of a Docker engine, followed for as long as anybody listens, whatever happens to the connection.
import { setTimeout as sleep } from 'node:timers/promises'
import { Bell } from '../../io/bell.ts'
import { Failure } from '../../io/failure.ts'
import { outcomeOf } from '../../io/outcome.ts'
import type { Container } from './container.ts'
import { ContainerBook } from './container-book.ts'
import type { DockerClient } from './docker-client.ts'
import type { DockerNetwork } from './docker-network.ts'
import { DockerSession } from './docker-session.ts'

/** The first wait before another attempt, and the longest, in milliseconds. */
const BACKOFF_MS = { first: 100, longest: 5000 }

/** A connection that has held for so long was a good one. */
const GOOD_MS = 5000

/** Who waits for the first word is told again that there is none. */
const REMIND_MS = 60_000

/** Everything a Docker engine tells. */
export type DockerView = {
  /** All containers, also those that do not run; oldest first. */
  readonly containers: readonly Container[]
  /** Null where they may not be asked for. */
  readonly networks: readonly DockerNetwork[] | null
  /** The address the engine answered from; null over a unix socket or ssh. */
  readonly peer: string | null
}

export type WatchOptions = {
  readonly client: DockerClient
  /** How often everything is read anew, to heal what events did not tell. */
  readonly resyncMs: number
  /** Told once when Docker cannot be reached, and null when it can again; before its first answer, again each minute. */
  readonly tell: (trouble: string | null) => void
  /** What does not work as it should although Docker answers; each sentence once. */
  readonly remark: (sentence: string) => void
}

/**
 * Yields the complete truth, again at each change, until the signal aborts: the first change at once, what comes while
 * it is taken together. While Docker cannot be reached it says nothing, so that its last word goes on to hold.
 */
export async function* watchContainers(options: WatchOptions, signal: AbortSignal): AsyncGenerator<DockerView> {
  const ending = new AbortController()
  const both = AbortSignal.any([signal, ending.signal])
  const bell = new Bell(both)
  const link = new Link(options, () => bell.ring(), both)
  const failed = link.keep().then(() => new Promise<never>(() => {}))
  const rings = bell[Symbol.asyncIterator]()
  let last: DockerView | null = null
  let expiry: NodeJS.Timeout | undefined
  try {
    for (;;) {
      const { done } = await Promise.race([rings.next(), failed])
      if (done) return
      clearTimeout(expiry)
      const expiresAt = link.book.nextExpiry(Date.now())
      if (expiresAt !== null) expiry = setTimeout(() => bell.ring(), Math.max(0, expiresAt - Date.now()) + 1)
      const view = link.view()
      if (view === null || (last !== null && isSame(view, last))) continue
      last = view
      yield view
    }
  } finally {
    clearTimeout(expiry)
    ending.abort()
  }
}

function isSame(a: DockerView, b: DockerView): boolean {
  return a.containers === b.containers && a.networks === b.networks && a.peer === b.peer
}

/** The connection to an engine, made again whenever it breaks. */
class Link {
  readonly book = new ContainerBook()
  readonly #options: WatchOptions
  readonly #ring: () => void
  readonly #signal: AbortSignal
  readonly #remarked = new Set<string>()
  #session: DockerSession | null = null
  #hasAnswered = false
  #toldAt: number | null = null

  constructor(options: WatchOptions, ring: () => void, signal: AbortSignal) {
    this.#options = options
    this.#ring = ring
    this.#signal = signal
  }

  /** Null while nothing complete is known of what is now. */
  view(): DockerView | null {
    if (this.#session?.isReady !== true) return null
    const { networks, peer } = this.#session
    return { containers: this.book.containers(Date.now()), networks, peer }
  }

  /** Connects, over and over, until the signal aborts; throws nothing but bugs. */
  async keep(): Promise<void> {
    let waitMs = 0
    while (!this.#signal.aborted) {
      const [startedAt, ended] = [Date.now(), await outcomeOf(this.#runSession())]
      if (this.#signal.aborted) return
      if (ended.ok || !(ended.error instanceof Failure))
        throw ended.ok ? new Error('a session ended early') : ended.error
      const wasGood = this.#session?.isReady === true && Date.now() - startedAt > GOOD_MS
      // A filter may close a silent stream now and then: that is worth no word where the next attempt succeeds.
      if (!wasGood) this.#tellTrouble(ended.error.message)
      this.#session = null
      if (wasGood) waitMs = 0
      else waitMs = Math.min(Math.max(waitMs * 2, BACKOFF_MS.first), BACKOFF_MS.longest)
      await outcomeOf(sleep(waitMs, undefined, { signal: this.#signal }))
    }
  }

  async #runSession(): Promise<void> {
    const ending = new AbortController()
    const ground = {
      ...{ client: this.#options.client, book: this.book, resyncMs: this.#options.resyncMs },
      ring: () => this.#hear(),
      remark: (sentence: string) => this.#remark(sentence),
    }
    const session = new DockerSession(ground, AbortSignal.any([this.#signal, ending.signal]))
    this.#session = session
    try {
      await session.run()
    } finally {
      ending.abort()
      this.#options.client.close()
    }
  }

  #hear(): void {
    if (this.#session?.isReady === true) {
      this.#hasAnswered = true
      if (this.#toldAt !== null) this.#options.tell(null)
      this.#toldAt = null
    }
    this.#ring()
  }

  #tellTrouble(sentence: string): void {
    const isDue = this.#toldAt === null || (!this.#hasAnswered && Date.now() - this.#toldAt >= REMIND_MS)
    if (!isDue) return
    this.#toldAt = Date.now()
    this.#options.tell(this.#hasAnswered ? `${sentence}; what Docker said last goes on to hold` : sentence)
  }

  #remark(sentence: string): void {
    if (this.#remarked.has(sentence)) return
    this.#remarked.add(sentence)
    this.#options.remark(sentence)
  }
}
