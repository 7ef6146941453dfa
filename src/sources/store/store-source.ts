// The API's own stored load balancers as a source.
import type { BrokenFragment, Fragment, Word } from '../../model/fragment.ts'
import type { LoadBalancerInput } from '../../spec/schema.ts'
import { toFragment } from '../../spec/to-fragment.ts'
import type { Source } from '../source.ts'

type StoredObject = {
  readonly name: string
  readonly value: LoadBalancerInput
  readonly version: number
  readonly createdAt: string
}

/** What this source needs of a store. */
export type StoredObjects = {
  list(): readonly StoredObject[]
  get(name: string): StoredObject | undefined
  revision(): number
  /** The revisions above one, in order. */
  revisionsAbove(after: number): readonly { readonly name: string; readonly revision: number }[]
  watch(after: number, signal: AbortSignal): AsyncIterable<unknown>
}

/** The store as a source, and its word as it stands this moment. */
export type StoreSource = Source & { readonly read: () => Word }

/** Watches the store; only what has changed since is read again. */
export function storeSource(store: StoredObjects): StoreSource {
  let told: Map<string, Fragment | BrokenFragment> | null = null
  let seen = 0
  const read = (): Word => {
    if (told === null) {
      seen = store.revision()
      told = new Map(store.list().map((object) => [object.name, toWordItem(object)]))
    }
    for (const { name, revision } of store.revisionsAbove(seen)) {
      seen = revision
      const object = store.get(name)
      if (object === undefined) told.delete(name)
      else if (told.get(name)?.origin.version !== object.version) told.set(name, toWordItem(object))
    }
    return [...told.values()]
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

function toWordItem(object: StoredObject): Fragment | BrokenFragment {
  const origin = { source: 'store', id: object.name, since: Date.parse(object.createdAt), version: object.version }
  const checked = toFragment(object.value, origin)
  if (checked.ok) return checked.value
  const broken = checked.problems.map((problem) => ({ code: 'invalid', fatal: true, ...problem }))
  return { origin, name: object.name, broken }
}
