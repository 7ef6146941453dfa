// Looks at single containers, a few at a time; an answer that an event has overtaken is thrown away and asked for again.
import { type Outcome, outcomeOf } from '../../io/outcome.ts'

/** Questions at once: enough to be quick, few enough for a busy engine. */
const AT_ONCE = 8

/** Looks at whom it is told to. */
export class Lookout {
  readonly #look: (id: string) => Promise<unknown>
  readonly #take: (id: string, answer: Outcome<unknown>) => void
  readonly #waiting = new Set<string>()
  readonly #running = new Map<string, { isOvertaken: boolean }>()
  #idle = Promise.withResolvers<void>()

  constructor(look: (id: string) => Promise<unknown>, take: (id: string, answer: Outcome<unknown>) => void) {
    this.#look = look
    this.#take = take
    this.#idle.resolve()
  }

  /** Looks at it from now on: a look that is under way does not count. */
  want(id: string): void {
    if (this.#isIdle()) this.#idle = Promise.withResolvers()
    this.#overtake(id)
    this.#waiting.add(id)
    this.#start()
  }

  /** It is gone: nothing that is still said of it counts. */
  forget(id: string): void {
    this.#overtake(id)
    this.#waiting.delete(id)
  }

  /** Resolves when everybody wanted has been looked at. */
  settled(): Promise<void> {
    return this.#idle.promise
  }

  #isIdle(): boolean {
    return this.#waiting.size + this.#running.size === 0
  }

  #overtake(id: string): void {
    const running = this.#running.get(id)
    if (running !== undefined) running.isOvertaken = true
  }

  #start(): void {
    for (const id of this.#waiting) {
      if (this.#running.size >= AT_ONCE) return
      if (!this.#running.has(id)) void this.#run(id)
    }
  }

  async #run(id: string): Promise<void> {
    const running = { isOvertaken: false }
    this.#waiting.delete(id)
    this.#running.set(id, running)
    const answer = await outcomeOf(this.#look(id))
    this.#running.delete(id)
    if (!running.isOvertaken) this.#take(id, answer)
    this.#start()
    if (this.#isIdle()) this.#idle.resolve()
  }
}
