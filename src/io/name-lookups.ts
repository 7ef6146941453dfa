// What names lead to, as the whole machine sees it: DNS with its search domains, /etc/hosts, whatever else is set up.
import { lookup } from 'node:dns/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { outcomeOf } from './outcome.ts'
import { Slots } from './slots.ts'

/** Asks the system; every address of a name, in an order that is the same on every node. Injected in tests. */
export type Resolve = (name: string) => Promise<readonly string[]>

export type LookupManner<Value> = {
  /** How often a name is asked for again, in milliseconds; one that led nowhere yet has a pace of its own. */
  readonly againMs: number
  readonly missingAgainMs: number
  /** Look-ups at once; each holds one of the process's few worker threads for as long as DNS takes. */
  readonly atOnce: number
  /** Of a name that led nowhere yet. */
  readonly nothing: Value
  /** What is made of an answer; the value before where nothing of it has changed. An answer of nothing comes here too. */
  readonly choose: (found: readonly string[], before: Value) => Value
}

type Known<Value> = { value: Value; askedAt: number; pending: Promise<void> | null }

/** Keeps what wanted names lead to fresh and rings when something changes. */
export class NameLookups<Value> {
  readonly #ring: () => void
  readonly #manner: LookupManner<Value>
  readonly #resolve: Resolve
  #known = new Map<string, Known<Value>>()
  readonly #slots: Slots

  constructor(ring: () => void, manner: LookupManner<Value>, resolve: Resolve = resolveBySystem) {
    this.#ring = ring
    this.#manner = manner
    this.#slots = new Slots(manner.atOnce)
    this.#resolve = resolve
  }

  /** Replaces the set of wanted names and waits at most `timeoutMs` for the first answers about new ones. */
  async want(names: Iterable<string>, timeoutMs: number): Promise<void> {
    const fresh = (): Known<Value> => ({ value: this.#manner.nothing, askedAt: 0, pending: null })
    this.#known = new Map([...new Set(names)].map((name) => [name, this.#known.get(name) ?? fresh()]))
    const first = [...this.#known].filter(([, { askedAt }]) => askedAt === 0)
    if (first.length === 0) return
    const asked = Promise.all(first.map(([name, known]) => this.#ask(name, known)))
    await Promise.race([asked, sleep(timeoutMs, undefined, { ref: false })])
  }

  /** Like `want`, beside the names wanted already. */
  wantAlso(names: Iterable<string>, timeoutMs: number): Promise<void> {
    return this.want([...this.#known.keys(), ...names], timeoutMs)
  }

  /** What is known now. */
  get values(): ReadonlyMap<string, Value> {
    return new Map([...this.#known].map(([name, { value }]) => [name, value]))
  }

  /** Asks again, over and over, until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { againMs, missingAgainMs, nothing } = this.#manner
    while (!signal.aborted) {
      await outcomeOf(sleep(250, undefined, { signal }))
      for (const [name, known] of this.#known) {
        const age = Date.now() - known.askedAt
        if (known.pending === null && age >= (known.value === nothing ? missingAgainMs : againMs))
          void this.#ask(name, known)
      }
    }
  }

  #ask(name: string, known: Known<Value>): Promise<void> {
    known.pending ??= this.#lookUp(name, known).finally(() => (known.pending = null))
    return known.pending
  }

  async #lookUp(name: string, known: Known<Value>): Promise<void> {
    const found = await outcomeOf(this.#slots.run(() => this.#resolve(name)))
    known.askedAt = Date.now()
    const value = this.#manner.choose(found.ok ? found.value : [], known.value)
    if (value === known.value) return
    known.value = value
    this.#ring()
  }
}

/** IPv4 first, each family sorted, so that every node and every start sees the same. */
async function resolveBySystem(name: string): Promise<string[]> {
  const found = await lookup(name, { all: true })
  return found.sort((a, b) => a.family - b.family || (a.address < b.address ? -1 : 1)).map(({ address }) => address)
}
