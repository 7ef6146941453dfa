// Tells what is published: each change at once, and of a flood of them the sum when it is over.
import { formatChange } from './format-change.ts'
import type { Verdict } from './verdict.ts'

/** More changes than this in so many milliseconds are a flood: `docker start a b c …` starts several a second. */
const [MOST, WITHIN_MS] = [5, 5000]

/** A flood is over when it is quiet for so long, in milliseconds; one that goes on is told of all the same. */
const [QUIET_MS, LONGEST_MS] = [2000, 30_000]

/** Remembers what it told last. */
export class ChangeTeller {
  readonly #tell: (lines: readonly string[]) => void
  #told: readonly Verdict[] = []
  #newest: readonly Verdict[] = []
  #times: number[] = []
  #heldSince: number | null = null
  #timer: NodeJS.Timeout | undefined

  constructor(tell: (lines: readonly string[]) => void) {
    this.#tell = tell
  }

  take(verdicts: readonly Verdict[], now = Date.now()): void {
    this.#newest = verdicts
    if (formatChange(this.#told, verdicts).length === 0) return
    this.#times = [...this.#times.filter((time) => time > now - WITHIN_MS), now]
    if (this.#heldSince === null && this.#times.length <= MOST) this.#tellNow()
    else this.#tellLater(now)
  }

  #tellLater(now: number): void {
    this.#heldSince ??= now
    clearTimeout(this.#timer)
    const waitMs = Math.max(0, Math.min(QUIET_MS, this.#heldSince + LONGEST_MS - now))
    this.#timer = setTimeout(() => this.#tellNow(), waitMs).unref()
  }

  #tellNow(): void {
    const lines = formatChange(this.#told, this.#newest)
    this.#told = this.#newest
    this.#heldSince = null
    if (lines.length > 0) this.#tell(lines)
  }
}
