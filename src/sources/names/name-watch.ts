// What the names of servers resolve to: one address of each, which stays the same while the name still has it.
//
// HAProxy's own resolvers know neither /etc/hosts nor search domains, and servers added at run time cannot use them.
import { NameLookups, type Resolve } from '../../io/name-lookups.ts'

/** About the shortest TTL in use for service discovery; a name that does not resolve is asked for sooner. */
const PACE = { againMs: 5000, missingAgainMs: 1000, atOnce: 4 } as const

/** Keeps the addresses of wanted names fresh and rings when one changes. A name that resolved once keeps its last address. */
export class NameWatch {
  readonly #lookups: NameLookups<string | null>
  #addresses: ReadonlyMap<string, string> = new Map()

  constructor(ring: () => void, resolve?: Resolve) {
    const choose = (found: readonly string[], before: string | null) =>
      before !== null && found.includes(before) ? before : (found[0] ?? before)
    this.#lookups = new NameLookups<string | null>(ring, { ...PACE, nothing: null, choose }, resolve)
  }

  /** Replaces the set of wanted names and waits at most `timeoutMs` for the first answer of new ones. */
  want(names: Iterable<string>, timeoutMs: number): Promise<void> {
    return this.#lookups.want(names, timeoutMs)
  }

  /** Like `want`, beside the names wanted already. */
  wantAlso(names: Iterable<string>, timeoutMs: number): Promise<void> {
    return this.#lookups.wantAlso(names, timeoutMs)
  }

  /** What is known now; the same object as long as nothing of it changes. */
  addresses(): ReadonlyMap<string, string> {
    const found = [...this.#lookups.values].flatMap(([name, address]) =>
      address === null ? [] : [[name, address] as const],
    )
    const before = this.#addresses
    if (found.length !== before.size || found.some(([name, address]) => before.get(name) !== address))
      this.#addresses = new Map(found)
    return this.#addresses
  }

  /** Asks again, over and over, until the signal aborts. */
  run(signal: AbortSignal): Promise<void> {
    return this.#lookups.run(signal)
  }
}
