// Who reads, merges and writes does so alone: one turn after the other, for each name.
import { untilAborted } from '../io/when-aborted.ts'

/** Turns within this process. Nothing is kept of a name when its last turn is over. */
export class Turns {
  readonly #last = new Map<string, Promise<void>>()

  /** Does the work when all work taken before for the same name is done; rejects with the signal's reason when that aborts before. */
  async take<T>(name: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(name) ?? Promise.resolve()
    const done = Promise.withResolvers<void>()
    const last = before.then(() => done.promise)
    this.#last.set(name, last)
    try {
      await untilAborted(before, signal)
      return await work()
    } finally {
      done.resolve()
      if (this.#last.get(name) === last) this.#last.delete(name)
    }
  }
}
