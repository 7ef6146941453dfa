// The API's own stored load balancers as a source.
import type { BrokenFragment, Fragment, Word } from '../../model/fragment.ts'
import type { LoadBalancerInput } from '../../spec/schema.ts'
import { toFragment } from '../../spec/to-fragment.ts'
import type { Source } from '../source.ts'

/** What this source needs of a store. */
export type StoredObjects = {
  list(): readonly {
    readonly name: string
    readonly value: LoadBalancerInput
    readonly version: number
    readonly createdAt: string
  }[]
  revision(): number
  watch(after: number, signal: AbortSignal): AsyncIterable<unknown>
}

type Told = { readonly version: number; readonly since: number; readonly fragment: Fragment | BrokenFragment }

/** The store as a source, and its word as it stands this moment. */
export type StoreSource = Source & { readonly read: () => Word }

/** Watches the store; an object whose version has not changed is not read again. */
export function storeSource(store: StoredObjects): StoreSource {
  let told = new Map<string, Told>()
  const read = (): Word => {
    told = new Map(store.list().map((object) => [object.name, reread(told.get(object.name), object)]))
    return [...told.values()].map(({ fragment }) => fragment)
  }
  return {
    kind: 'store',
    title: 'store',
    read,
    async *watch(signal) {
      const start = store.revision()
      yield read()
      for await (const _revision of store.watch(start, signal)) yield read()
    },
  }
}

function reread(before: Told | undefined, object: ReturnType<StoredObjects['list']>[number]): Told {
  const since = Date.parse(object.createdAt)
  if (before?.version === object.version && before.since === since) return before
  const origin = { source: 'store', id: object.name, since, version: object.version }
  const checked = toFragment(object.value, origin)
  if (checked.ok) return { version: object.version, since, fragment: checked.value }
  const broken = checked.problems.map((problem) => ({ code: 'invalid', fatal: true, ...problem }))
  return { version: object.version, since, fragment: { origin, name: object.name, broken } }
}
