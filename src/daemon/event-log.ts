// What happened lately, for everyone who follows: kept in a ring, each follower at his own pace.
import type { EventRecord } from '../api/wire.ts'

/** How many events a follower who was away can still get. */
const KEPT = 1000

/** The events of this daemon's life. Ids sort by time, also over a restart. */
export class EventLog {
  #events: EventRecord[] = []
  #wakers = new Set<() => void>()
  #count = 0
  readonly #prefix: string

  constructor(startedAt: Date) {
    this.#prefix = startedAt.getTime().toString(36)
  }

  add(
    type: EventRecord['type'],
    loadBalancer: string | null,
    message: string,
    details?: Readonly<Record<string, unknown>>,
  ): void {
    this.#count++
    const id = `${this.#prefix}-${String(this.#count).padStart(8, '0')}`
    this.#events.push({
      id,
      time: new Date().toISOString(),
      type,
      loadBalancer,
      message,
      ...(details ? { details } : {}),
    })
    if (this.#events.length > KEPT) this.#events.shift()
    for (const wake of this.#wakers) wake()
  }

  /** Every event after `after` (all kept ones without), then each new one, until the signal aborts. */
  async *follow(after: string | undefined, signal: AbortSignal): AsyncGenerator<EventRecord> {
    let last = after ?? ''
    while (!signal.aborted) {
      const fresh = this.#events.filter((event) => event.id > last)
      for (const event of fresh) yield event
      last = fresh.at(-1)?.id ?? last
      if (fresh.length === 0) await this.#next(signal)
    }
  }

  #next(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        this.#wakers.delete(wake)
        signal.removeEventListener('abort', wake)
        resolve()
      }
      this.#wakers.add(wake)
      signal.addEventListener('abort', wake, { once: true })
    })
  }
}
