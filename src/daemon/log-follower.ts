// One who follows: what he is too slow for is counted and thrown away, so that nobody ever waits for him.
import { setTimeout as sleep } from 'node:timers/promises'
import { outcomeOf } from '../io/outcome.ts'

/** Lines that wait for a follower at most. */
const WAITING = 10_000

/** Lines of so many milliseconds go out together: to send each alone would cost more than the lines themselves. */
const GATHER_MS = 100

/** A queue with an end: filled without waiting, read as fast as the reader likes, until the signal aborts. */
export class Follower<Line> {
  readonly #signal: AbortSignal
  readonly #most: number
  #waiting: Line[] = []
  #lost = 0
  #wake: () => void = () => {}

  constructor(signal: AbortSignal, most = WAITING) {
    this.#signal = signal
    this.#most = most
    signal.addEventListener('abort', () => this.#wake(), { once: true })
  }

  put(line: Line): void {
    if (this.#waiting.length >= this.#most) this.#lost++
    else this.#waiting.push(line)
    this.#wake()
  }

  /** Lines that never came this far. */
  lose(count: number): void {
    this.#lost += count
    this.#wake()
  }

  /** Every line, as many at once as there are, and after a gap how many are missing in it. */
  async *lines(): AsyncGenerator<readonly (Line | { readonly lost: number })[]> {
    while (!this.#signal.aborted) {
      const lines = this.#waiting
      const lost = this.#lost
      this.#waiting = []
      this.#lost = 0
      if (lines.length > 0 || lost > 0) yield [...lines, ...(lost > 0 ? [{ lost }] : [])]
      else await new Promise<void>((resolve) => (this.#wake = resolve))
      if (lines.length === 0) await outcomeOf(sleep(GATHER_MS, undefined, { signal: this.#signal }))
    }
  }
}
