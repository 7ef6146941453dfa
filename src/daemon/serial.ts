// One thing at a time: whoever touches HAProxy's files or process waits for the one before.

/** Runs functions one after the other, in the order they were given. */
export class Serial {
  #last: Promise<unknown> = Promise.resolve()

  run<T>(work: () => Promise<T>): Promise<T> {
    const next = this.#last.then(work, work)
    this.#last = next.then(ignore, ignore)
    return next
  }
}

function ignore(): void {}
