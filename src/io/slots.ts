// So much at once and no more: who comes later waits for a place.

/** Places for work; they are given in the order in which they were asked for. */
export class Slots {
  #free: number
  readonly #waiting: (() => void)[] = []

  constructor(atOnce: number) {
    this.#free = atOnce
  }

  /** Does the work as soon as there is a place; its place is free again however it ends. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--
    else await new Promise<void>((resolve) => this.#waiting.push(resolve))
    try {
      return await work()
    } finally {
      // Handed on, so that nobody who comes now takes it first.
      const next = this.#waiting.shift()
      if (next) next()
      else this.#free++
    }
  }
}
