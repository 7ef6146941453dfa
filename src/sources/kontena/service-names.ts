// All addresses that names of services lead to, as the whole machine sees them: DNS with its search domains, /etc/hosts.
import { lookup } from 'node:dns/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { outcomeOf } from '../../io/outcome.ts'

/** How often a name is asked for again. */
const AGAIN_MS = 3000

/** Look-ups at once; each holds one of the process's few worker threads for as long as DNS takes. */
const AT_ONCE = 2

type Known = { addresses: readonly string[]; askedAt: number; pending: Promise<void> | null }

/** Asks the system for every address of a name. Injected in tests. */
export type ResolveAll = (name: string) => Promise<readonly string[]>

/** Keeps the addresses of wanted names fresh and rings when some change. A name that led somewhere once keeps its last ones. */
export class ServiceNames {
  readonly #ring: () => void
  readonly #resolve: ResolveAll
  #known = new Map<string, Known>()
  #running = 0
  #waiting: (() => void)[] = []

  constructor(ring: () => void, resolve: ResolveAll = resolveBySystem) {
    this.#ring = ring
    this.#resolve = resolve
  }

  /** Replaces the set of wanted names and waits at most `timeoutMs` for the first answers about new ones. */
  async want(names: readonly string[], timeoutMs: number): Promise<void> {
    const fresh = (): Known => ({ addresses: [], askedAt: 0, pending: null })
    this.#known = new Map([...new Set(names)].map((name) => [name, this.#known.get(name) ?? fresh()]))
    const first = [...this.#known].filter(([, { askedAt }]) => askedAt === 0)
    if (first.length === 0) return
    const asked = Promise.all(first.map(([name, known]) => this.#ask(name, known)))
    await Promise.race([asked, sleep(timeoutMs, undefined, { ref: false })])
  }

  get addresses(): ReadonlyMap<string, readonly string[]> {
    return new Map([...this.#known].map(([name, { addresses }]) => [name, addresses]))
  }

  /** Asks again, over and over, until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await outcomeOf(sleep(250, undefined, { signal }))
      for (const [name, known] of this.#known)
        if (known.pending === null && Date.now() - known.askedAt >= AGAIN_MS) void this.#ask(name, known)
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
    if (!found.ok || found.value.length === 0 || found.value.join() === known.addresses.join()) return
    known.addresses = found.value
    this.#ring()
  }
}

/** Sorted, so that every node and every start sees the same. One family: the same instance may have an address of each. */
async function resolveBySystem(name: string): Promise<string[]> {
  const found = await lookup(name, { all: true })
  const family = found.some((each) => each.family === 4) ? 4 : 6
  return found.flatMap((each) => (each.family === family ? [each.address] : [])).sort()
}
