// Work that is never done twice at once: whoever asks while it runs shares one more run after it.

/** Runs `work`; a run that begins after the call is always waited for. */
export class OneAtATime {
  readonly #work: () => Promise<void>
  #running: Promise<void> | null = null
  #next: Promise<void> | null = null

  constructor(work: () => Promise<void>) {
    this.#work = work
  }

  run(): Promise<void> {
    if (this.#next !== null) return this.#next
    if (this.#running === null) return this.#start()
    const again = () => {
      this.#next = null
      return this.#start()
    }
    this.#next = this.#running.then(again, again)
    return this.#next
  }

  #start(): Promise<void> {
    this.#running = this.#work().finally(() => (this.#running = null))
    return this.#running
  }
}
