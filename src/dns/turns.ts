// Who reads, merges and writes does so alone: one turn after the other, for each name.

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

/** The promise's end, or the signal's reason, whichever comes first. */
async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted()
  const aborted = Promise.withResolvers<never>()
  const abort = () => aborted.reject(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  try {
    return await Promise.race([aborted.promise, promise])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}
