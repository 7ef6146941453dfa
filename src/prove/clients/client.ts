// A client that asks again and again, with a pause between, until it is told to stop.
import { setTimeout as sleep } from 'node:timers/promises'
import { outcomeOf } from '../../io/outcome.ts'
import type { ClientKind, Heard, Place, Tally } from '../tally.ts'

/** One way to ask. `ask` never rejects; it answers null where it cannot ask any more, which was told elsewhere. */
export type Asker = {
  readonly ask: (place: Place) => Promise<Heard | null>
  readonly close: () => void
}

export type ClientOptions = {
  readonly kind: ClientKind
  /** Pause between two requests, in milliseconds. */
  readonly thinkMs: number
  /** Pause before the first one, in milliseconds: clients that start together would ask together. */
  readonly delayMs: number
  readonly tally: Tally
  readonly signal: AbortSignal
  /** Where the next request goes. */
  readonly nextPlace: () => Place
}

/** One client. */
export class Client {
  /** When the last request that was answered was sent, by `performance.now()`. */
  lastSentMs = -1
  hasEnded = false
  readonly #asker: Asker
  readonly #options: ClientOptions

  constructor(asker: Asker, options: ClientOptions) {
    this.#asker = asker
    this.#options = options
  }

  /** Asks until the signal; a request under way is answered first. */
  async run(): Promise<void> {
    const { thinkMs, delayMs, signal, tally, kind, nextPlace } = this.#options
    await pause(delayMs, signal)
    while (!signal.aborted) {
      const sentMs = performance.now()
      const place = nextPlace()
      const heard = await this.#asker.ask(place)
      if (!heard) break
      tally.count(kind, place, heard)
      this.lastSentMs = sentMs
      await pause(thinkMs, signal)
    }
    this.hasEnded = true
    this.#asker.close()
  }
}

/** All is well. */
export function answered(retried = 0): Heard {
  return { result: 'ok', why: '', retried }
}

/** A status that should have been 200. */
export function answeredWith(status: number | undefined, retried = 0): Heard {
  return status === 200 ? answered(retried) : { result: 'failed', why: `status ${status ?? 'missing'}`, retried }
}

const BROKEN = ['ECONNRESET', 'EPIPE', 'ECONNABORTED']

/** What an error of a connection means. */
export function brokenBy(error: NodeJS.ErrnoException, retried = 0): Heard {
  const result = BROKEN.includes(error.code ?? '') ? 'reset' : 'failed'
  return { result, why: error.code ? `${error.code}: ${error.message}` : error.message, retried }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  // Being told to stop ends the pause, and is no failure.
  await outcomeOf(sleep(ms, undefined, { signal }))
}
