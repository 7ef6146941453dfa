// A source: a part of the outside world that tells of load balancers.
import type { Word } from '../model/fragment.ts'

/**
 * Tells its complete current truth, again at each change; never a delta.
 *
 * - The first word may take as long as the outside world does; until then nothing is applied (unknown is not empty).
 * - It reconnects by itself; while it cannot be reached it says nothing, so that its last word goes on to hold.
 * - It ends without an error when the signal aborts, and throws nothing but bugs.
 */
export interface Source {
  /** What origins of it are called: store, file, docker, … */
  readonly kind: string
  /** For a person: "file lb.yml". */
  readonly title: string
  watch(signal: AbortSignal): AsyncIterable<Word>
}
