// How much one run of a template may do: it ends on every template and all data, soon and in bounded memory.
import { type Steps, stopAt } from './fault.ts'

/** One for each node, word and round of a range, and one for every 8 bytes that are printed or compared. */
export const MAX_STEPS = 1_000_000

/** The longest output, in bytes. */
export const MAX_OUTPUT = 4 * 1024 * 1024

/** How deep blocks, templates and parentheses may be in each other while they run. */
export const MAX_DEPTH = 250

/** Counts what one run does. */
export class Limits {
  #steps = 0
  #written = 0
  #depth = 0;

  /** One step, and what it costs to handle this many bytes. */
  *step(position: number, bytes = 0): Steps<void> {
    this.#steps += 1 + Math.floor(bytes / 8)
    if (this.#steps > MAX_STEPS)
      yield* stopAt(position, `the template does more than ${MAX_STEPS} steps; it must come to an end sooner`)
  }

  /** This many bytes go to the output. */
  *write(position: number, bytes: number): Steps<void> {
    this.#written += bytes
    if (this.#written > MAX_OUTPUT)
      yield* stopAt(position, `the template writes more than ${MAX_OUTPUT} bytes; a configuration is shorter`)
  }

  /** Runs a part that stands one deeper. */
  *inside<T>(position: number, part: () => Steps<T>): Steps<T> {
    if (this.#depth >= MAX_DEPTH)
      return yield* stopAt(
        position,
        `templates and blocks run more than ${MAX_DEPTH} deep in each other; does one call itself?`,
      )
    this.#depth++
    const value = yield* part()
    this.#depth--
    return value
  }
}
