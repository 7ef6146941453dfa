// Pieces of work that must not overlap: each starts when the one before it has ended, well or badly.
import { outcomeOf } from '../io/outcome.ts'

export type Turns = <T>(work: () => Promise<T>) => Promise<T>

/** A new queue. A call resolves or rejects as its own work does. */
export function createTurns(): Turns {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const turn = last.then(work)
    last = outcomeOf(turn)
    return turn
  }
}
