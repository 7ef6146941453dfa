// Options are written one by one and count as a whole only when they have come to rest; addresses count at once.
import { keyOf } from './etcd-tree.ts'
import type { KontenaService } from './kontena.ts'

/** In milliseconds. */
export const SETTLING = {
  /** Without a change, of a service that serves. */
  quietMs: 50,
  /** Of a service that is new: nobody misses it yet, and half of it would be served without its password. */
  firstQuietMs: 250,
  /** After the first change, of a service that serves: longer its old options do not count. */
  longestMs: 1000,
} as const

/** Options that wait to be taken, as text; null: the service is gone. */
type Pending = { readonly text: string | null; readonly firstAt: number; lastAt: number }

type Entry = { taken: KontenaService | null; pending: Pending | null }

/**
 * Holds back what is half written:
 *
 * of a service that  | serves                            | is new
 * its addresses      | at once                           | with its options
 * its options        | 50 ms after their last change, at | 250 ms after their last change
 *                    | most 1 s after the first          |
 * its end            | after 50 ms                       | at once
 *
 * Times are of any clock that only goes forward, in milliseconds.
 */
export class Settling {
  readonly #entries = new Map<string, Entry>()

  /** `known`: those that serve already. */
  constructor(known: readonly KontenaService[]) {
    for (const service of known) this.#entries.set(keyOf(service), { taken: service, pending: null })
  }

  /** Takes what is told now and answers what counts of it now. */
  take(told: readonly KontenaService[], at: number): KontenaService[] {
    const gone = new Map(this.#entries)
    const taken = told.map((service) => {
      gone.delete(keyOf(service))
      return this.#takeService(service, at)
    })
    const leaving = [...gone].map(([key, entry]) => this.#takeEnd(key, entry, at))
    return [...taken, ...leaving].filter((service) => service !== null)
  }

  /** The connection is a new one: what was changed while there was none is as if it were changed now. */
  restart(at: number): void {
    for (const { pending } of this.#entries.values()) if (pending !== null) pending.lastAt = at
  }

  /** When to take the same again because something will have come to rest; null: nothing waits. */
  nextAt(): number | null {
    const dues = [...this.#entries.values()].flatMap((entry) => (entry.pending === null ? [] : [dueAt(entry)]))
    return dues.length === 0 ? null : Math.min(...dues)
  }

  #takeService(service: KontenaService, at: number): KontenaService | null {
    const entry = this.#entries.get(keyOf(service)) ?? { taken: null, pending: null }
    this.#entries.set(keyOf(service), entry)
    const text = textOf(service)
    if (entry.taken !== null && text === textOf(entry.taken)) entry.pending = null
    else this.#wait(entry, text, at)
    if (entry.pending === null || at >= dueAt(entry)) {
      entry.taken = service
      entry.pending = null
    } else if (entry.taken !== null) entry.taken = { ...entry.taken, upstreams: service.upstreams }
    return entry.taken
  }

  #takeEnd(key: string, entry: Entry, at: number): KontenaService | null {
    this.#wait(entry, null, at)
    if (entry.taken !== null && at < dueAt(entry)) return entry.taken
    this.#entries.delete(key)
    return null
  }

  #wait(entry: Entry, text: string | null, at: number): void {
    if (entry.pending?.text !== text) entry.pending = { text, firstAt: entry.pending?.firstAt ?? at, lastAt: at }
  }
}

function dueAt({ taken, pending }: Entry): number {
  if (pending === null) return 0
  if (taken === null) return pending.lastAt + SETTLING.firstQuietMs
  return Math.min(pending.lastAt + SETTLING.quietMs, pending.firstAt + SETTLING.longestMs)
}

/** Everything but the addresses. */
function textOf({ options, faults = [], remarks = [] }: KontenaService): string {
  return JSON.stringify([Object.entries(options), faults, remarks])
}
