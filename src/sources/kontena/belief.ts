// Unknown is not empty: a list that is empty all of a sudden, or lost its folder, takes nothing away.
import { type EtcdList, FOLDERS, keyOf } from './etcd-tree.ts'
import type { KontenaService } from './kontena.ts'

/** In milliseconds. */
export const RETURN = {
  /** Services are listed again one by one, and key by key: they count when nothing has come for so long. */
  quietMs: 1000,
  /** After the first of them, however much is written. */
  longestMs: 10_000,
} as const

/** What is served, and why some of it although it is not listed; null: all of it is listed. */
export type Believed = { readonly services: readonly KontenaService[]; readonly doubt: string | null }

/** Services that are listed again: since when, and since when as `text` says. */
type Returning = { readonly firstAt: number; readonly changedAt: number; readonly text: string }

/**
 * A service that is not listed any more
 *
 * while no service at all is listed   | is kept, unless the key `empty` is `true`
 * while its folder is gone (v2)       | is kept, unless the key `empty` is `true`
 * when services are listed again      | is kept with all others as they were, until the list has come to rest; new ones
 *                                     | are added at once
 * else                                | is gone
 */
export class Belief {
  readonly #prefix: string
  #last: readonly KontenaService[]
  #returning: Returning | null = null
  #isDoubted = false

  /** `known`: what was believed before; `prefix`: where the keys are, for a person. */
  constructor(prefix: string, known: readonly KontenaService[]) {
    this.#prefix = prefix
    this.#last = known
  }

  /** Takes a list and answers what to make of it. */
  take(list: EtcdList, at: number): Believed {
    const listed = new Set(list.services.map(keyOf))
    const doubtful = this.#last.filter((service) => !listed.has(keyOf(service)) && isDoubtful(service, list))
    this.#isDoubted = doubtful.length > 0
    this.#returning = list.isEmptied ? null : this.#reckon(JSON.stringify(list.services), at)
    if (this.#isDoubted || this.#returning === null) this.#last = [...list.services, ...doubtful]
    const known = new Set(this.#last.map(keyOf))
    const fresh = list.services.filter((service) => !known.has(keyOf(service)))
    const lost = this.#last.filter((service) => !listed.has(keyOf(service)))
    if (lost.length === 0) return { services: [...this.#last, ...fresh], doubt: null }
    const doubt = this.#describe(lost)
    const told = this.#last.map((service) => (lost.includes(service) ? { ...service, remarks: [doubt] } : service))
    return { services: [...told, ...fresh], doubt }
  }

  /** When to take the same again; null: when there is something new. */
  nextAt(): number | null {
    return this.#returning === null || this.#isDoubted ? null : endOf(this.#returning)
  }

  #reckon(text: string, at: number): Returning | null {
    if (this.#isDoubted) return { firstAt: at, changedAt: at, text }
    const before = this.#returning
    if (before === null) return null
    const returning = before.text === text ? before : { ...before, changedAt: at, text }
    return at < endOf(returning) ? returning : null
  }

  #describe(lost: readonly KontenaService[]): string {
    const folders = [...new Set(lost.map(({ mode }) => FOLDERS[mode]))].sort().join(' and ')
    return `${this.#prefix} lost what it listed in ${folders}: it goes on to be served until services are listed there again; if none is meant to be there, set ${this.#prefix}/empty to true`
  }
}

function endOf({ firstAt, changedAt }: Returning): number {
  return Math.min(changedAt + RETURN.quietMs, firstAt + RETURN.longestMs)
}

/** v2 keeps a folder when the last service in it is taken out: one that is gone was taken away. v3 has no folders. */
function isDoubtful({ mode }: KontenaService, { services, folders, isEmptied }: EtcdList): boolean {
  if (isEmptied) return false
  return services.length === 0 || (folders.length > 0 && !folders.includes(mode))
}
