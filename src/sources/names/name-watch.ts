// What names resolve to, as the whole machine sees it: DNS with its search domains, /etc/hosts, whatever else is set up.
//
// HAProxy's own resolvers know neither /etc/hosts nor search domains, and servers added at run time cannot use them.
import { lookup } from 'node:dns/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { outcomeOf } from '../../io/outcome.ts'

/** How often a name is asked for again: about the shortest TTL in use for service discovery. */
const AGAIN_MS = 5000

/** A name that does not resolve is asked for sooner. */
const MISSING_AGAIN_MS = 1000

/** Look-ups at once; each holds one of the process's few worker threads for as long as DNS takes. */
const AT_ONCE = 4

type Known = { address: string | null; askedAt: number; pending: Promise<void> | null }

/** Asks the system; every address of a name, in the system's order. Injected in tests. */
export type Resolve = (name: string) => Promise<readonly string[]>

/** Keeps the addresses of wanted names fresh and rings when one changes. A name that resolved once keeps its last address. */
export class NameWatch {
  readonly #resolve: Resolve
  readonly #ring: () => void
  #known = new Map<string, Known>()
  #addresses: ReadonlyMap<string, string> = new Map()
  #running = 0
  #waiting: (() => void)[] = []

  constructor(ring: () => void, resolve: Resolve = resolveBySystem) {
    this.#ring = ring
    this.#resolve = resolve
  }

  /** Replaces the set of wanted names and waits at most `timeoutMs` for the first answer of new ones. */
  async want(names: Iterable<string>, timeoutMs: number): Promise<void> {
    this.#known = new Map(
      [...new Set(names)].map((name) => [name, this.#known.get(name) ?? { address: null, askedAt: 0, pending: null }]),
    )
    const first = [...this.#known]
      .filter(([, known]) => known.askedAt === 0)
      .map(([name, known]) => this.#ask(name, known))
    if (first.length > 0) await Promise.race([Promise.all(first), sleep(timeoutMs, undefined, { ref: false })])
  }

  /** Like `want`, beside the names wanted already. */
  wantAlso(names: Iterable<string>, timeoutMs: number): Promise<void> {
    return this.want([...this.#known.keys(), ...names], timeoutMs)
  }

  /** What is known now; the same object as long as nothing of it changes. */
  addresses(): ReadonlyMap<string, string> {
    const now = new Map(
      [...this.#known].flatMap(([name, { address }]) => (address === null ? [] : [[name, address] as const])),
    )
    const before = this.#addresses
    if (now.size !== before.size || [...now].some(([name, address]) => before.get(name) !== address))
      this.#addresses = now
    return this.#addresses
  }

  /** Asks again, over and over, until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await outcomeOf(sleep(250, undefined, { signal }))
      for (const [name, known] of this.#known) {
        const age = Date.now() - known.askedAt
        if (known.pending === null && age >= (known.address === null ? MISSING_AGAIN_MS : AGAIN_MS))
          void this.#ask(name, known)
      }
    }
  }

  #ask(name: string, known: Known): Promise<void> {
    known.pending ??= this.#lookUp(name, known).finally(() => (known.pending = null))
    return known.pending
  }

  async #lookUp(name: string, known: Known): Promise<void> {
    if (this.#running >= AT_ONCE) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    this.#running++
    const found = await outcomeOf(this.#resolve(name))
    this.#running--
    this.#waiting.shift()?.()
    known.askedAt = Date.now()
    const addresses = found.ok ? found.value : []
    const address =
      known.address !== null && addresses.includes(known.address) ? known.address : (addresses[0] ?? known.address)
    if (address === known.address) return
    known.address = address
    this.#ring()
  }
}

/** IPv4 first, each family sorted, so that every node and every start picks the same one. */
async function resolveBySystem(name: string): Promise<string[]> {
  const found = await lookup(name, { all: true })
  return found.sort((a, b) => a.family - b.family || (a.address < b.address ? -1 : 1)).map(({ address }) => address)
}
