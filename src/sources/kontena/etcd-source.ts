// One load balancer's tree in etcd as a source: what its agents write, once it has come to rest and can be believed.
import { setTimeout as sleep } from 'node:timers/promises'
import { Bell } from '../../io/bell.ts'
import { outcomeOf } from '../../io/outcome.ts'
import type { Word } from '../../model/fragment.ts'
import type { Source } from '../source.ts'
import { Belief } from './belief.ts'
import type { EtcdClient } from './etcd-client.ts'
import type { EtcdMemory } from './etcd-memory.ts'
import { prefixOf, readTree } from './etcd-tree.ts'
import type { KontenaBalancer, KontenaService, TryOut } from './kontena.ts'
import { SETTLING, Settling } from './settling.ts'
import { toWord } from './to-word.ts'
import { type EtcdView, EtcdWatch, type EtcdWatchOptions } from './watch-etcd.ts'

/** A large tree takes a while to read: changes that come meanwhile are read together. */
const REST = { factor: 4, leastMs: 2, mostMs: 100 } as const

export type EtcdSourceOptions = Pick<EtcdWatchOptions, 'tell' | 'remark' | 'resyncMs'> & {
  readonly client: EtcdClient
  readonly balancer: Omit<KontenaBalancer, 'services'>
  /** Absent: its variables count as they are. */
  readonly tryOut?: TryOut
  readonly memory: Pick<EtcdMemory, 'read' | 'keep'>
  /** Told why something is served that is not listed any more; null: all of it is listed. */
  readonly tellDoubt: (doubt: string | null) => void
}

/** Follows it. */
export function etcdSource(options: EtcdSourceOptions): Source {
  const { client, balancer, tryOut = (balancers) => Promise.resolve(balancers) } = options
  return {
    kind: 'kontena',
    title: `etcd at ${client.title}, load balancer ${balancer.name}`,
    async *watch(signal) {
      let word: Word = []
      for await (const services of followServices(options, signal)) {
        word = toWord(await tryOut([{ ...balancer, services }]), word, Date.now())
        yield word
      }
    },
  }
}

/** Yields what is to be served whenever that changes; nothing while etcd does not tell. */
async function* followServices(
  { client, balancer, memory, tellDoubt, tryOut: _tryOut, ...options }: EtcdSourceOptions,
  signal: AbortSignal,
): AsyncGenerator<readonly KontenaService[]> {
  const ending = new AbortController()
  const both = AbortSignal.any([signal, ending.signal])
  const bell = new Bell(both)
  const reader = new Reader(prefixOf(balancer.name), await memory.read(), tellDoubt)
  const mayCreate = () => !reader.hasServices
  const watch = new EtcdWatch({ ...options, client, mayCreate, ring: () => bell.ring() }, both)
  const failed = watch.keep().then(() => new Promise<never>(() => {}))
  const rings = bell[Symbol.asyncIterator]()
  let expiry: NodeJS.Timeout | undefined
  try {
    for (;;) {
      const { done } = await Promise.race([rings.next(), failed])
      if (done) return
      clearTimeout(expiry)
      const { view } = watch
      if (view === null) continue
      const now = performance.now()
      const services = reader.take(view, now)
      const nextAt = reader.nextAt(now)
      if (nextAt !== null) expiry = setTimeout(() => bell.ring(), Math.max(0, nextAt - now) + 1)
      const restMs = Math.min(REST.factor * (performance.now() - now), REST.mostMs)
      if (services !== null) {
        memory.keep(services)
        yield services
      }
      if (restMs > REST.leastMs) await outcomeOf(sleep(restMs, undefined, { signal: both }))
    }
  } finally {
    clearTimeout(expiry)
    ending.abort()
  }
}

/** Makes of a tree what is to be served now. */
class Reader {
  readonly #belief: Belief
  readonly #settling: Settling
  readonly #tellDoubt: (doubt: string | null) => void
  #firstAt: number | null = null
  #connection = 0
  #doubt: string | null = null
  #said: string | null = null
  hasServices: boolean

  constructor(prefix: string, known: readonly KontenaService[], tellDoubt: (doubt: string | null) => void) {
    this.#belief = new Belief(prefix, known)
    this.#settling = new Settling(known)
    this.#tellDoubt = tellDoubt
    this.hasServices = known.length > 0
  }

  /** Null where nothing is new. */
  take({ tree, connection }: EtcdView, at: number): readonly KontenaService[] | null {
    this.#firstAt ??= at
    if (connection !== this.#connection) this.#settling.restart(at)
    this.#connection = connection
    const list = readTree(tree)
    const settled = this.#settling.take(list.services, at)
    const { services, doubt } = this.#belief.take({ ...list, services: settled }, at)
    this.#hear(doubt)
    this.hasServices = services.length > 0
    // The first word is complete: what is half written when we come keeps it waiting for a moment.
    if (this.#said === null && this.#settling.nextAt() !== null && at < this.#firstAt + SETTLING.longestMs) return null
    const text = JSON.stringify(services)
    if (text === this.#said) return null
    this.#said = text
    return services
  }

  /** When the same tree will say something else; null: never. */
  nextAt(at: number): number | null {
    const times = [this.#settling.nextAt(), this.#belief.nextAt()].filter((time) => time !== null)
    if (this.#said === null && this.#firstAt !== null) times.push(this.#firstAt + SETTLING.longestMs)
    return times.length === 0 ? null : Math.max(at, Math.min(...times))
  }

  #hear(doubt: string | null): void {
    const isNew = (doubt === null) !== (this.#doubt === null)
    this.#doubt = doubt
    if (isNew) this.#tellDoubt(doubt)
  }
}
