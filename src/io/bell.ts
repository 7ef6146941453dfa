// A bell: anybody rings, one listener hears; rings while nobody listens add up to one.

/** An async iterable that yields once for any number of rings since it was last read. Ends when the signal aborts. */
export class Bell implements AsyncIterable<void> {
  readonly #signal: AbortSignal
  #rung = false
  #wake: () => void = () => {}

  constructor(signal: AbortSignal) {
    this.#signal = signal
    signal.addEventListener('abort', () => this.#wake(), { once: true })
  }

  ring(): void {
    this.#rung = true
    this.#wake()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<void> {
    while (!this.#signal.aborted) {
      if (!this.#rung) await new Promise<void>((resolve) => (this.#wake = resolve))
      this.#rung = false
      if (!this.#signal.aborted) yield
    }
  }
}
