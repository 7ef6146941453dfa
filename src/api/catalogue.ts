// Every load balancer there is, of the API's own store and of every other source, found by name or id and listed in pages.

import { findNearest } from '../spec/nearest.ts'
import type { LoadBalancerInput } from '../spec/schema.ts'
import { type Answer, type Answerable, endWith, ready, refuse, refuseKey, refuseNotFound } from './answer.ts'
import type { Context, StoredLoadBalancer } from './context.ts'
import type { Foreign } from './engine.ts'
import { formatOrigin, toForeignLoadBalancer, toLoadBalancer } from './to-wire.ts'
import type { LoadBalancer, Status } from './wire.ts'

/** One load balancer, and whether it can be written here. */
export type Entry = { readonly own: StoredLoadBalancer } | { readonly foreign: Foreign }

/** What a list is asked for. */
export type Selection = {
  readonly limit?: number | undefined
  readonly cursor?: string | undefined
  readonly labels: readonly (readonly [string, string])[]
}

/** Finds by name, else by id; of two with one name the API's own. */
export function findEntry({ store, engine }: Context, nameOrId: string): Entry | undefined {
  const own = store.get(nameOrId)
  if (own) return { own }
  const foreign = engine.foreign()
  const named = foreign.find((each) => each.resource.name === nameOrId)
  if (named) return { foreign: named }
  const ownById = /^lb-[a-z0-9]{10}$/.test(nameOrId) ? store.list().find((each) => each.id === nameOrId) : undefined
  if (ownById) return { own: ownById }
  const foreignById = foreign.find((each) => each.id === nameOrId)
  return foreignById && { foreign: foreignById }
}

/** The same, with the 404 that suggests a name. */
export function getEntry(context: Context, nameOrId: string): Answerable<Entry> {
  const entry = findEntry(context, nameOrId)
  return entry ? ready(entry) : endWith(refuseUnknown(context, nameOrId))
}

/** 404 for a name nobody has, with the nearest one somebody has. */
export function refuseUnknown({ store, engine }: Context, name: string): Answer {
  const names = [...store.list().map((each) => each.name), ...engine.foreign().map((each) => each.resource.name)]
  const near = findNearest(name, names)
  return refuseNotFound(`there is no load balancer ${JSON.stringify(name)}${near ? `; did you mean ${near}?` : ''}`)
}

/** 409 for what another source owns. */
export function refuseForeign({ resource, origin }: Foreign): Answer {
  const where = formatOrigin(origin)
  return refuse(409, 'foreign', `${resource.name} comes from ${where} and can only be changed there`)
}

/** The resource of an entry, whoever owns it. */
export function resourceOf(entry: Entry): LoadBalancerInput {
  return 'own' in entry ? entry.own.value : entry.foreign.resource
}

/** An entry as the API answers it. */
export function toAnswer(entry: Entry, status: Status): LoadBalancer {
  return 'own' in entry ? toLoadBalancer(entry.own, status) : toForeignLoadBalancer(entry.foreign, status)
}

/** One page, sorted by name; `nextCursor` where more follow. */
export async function listEntries(context: Context, { limit, cursor, labels }: Selection) {
  const after = cursor === undefined ? '' : Buffer.from(cursor, 'base64url').toString()
  if (cursor !== undefined && !after.includes('\0')) {
    return endWith<never>(refuseKey('cursor', 'is not one of ours; take nextCursor of the page before'))
  }
  const own: Entry[] = context.store.list().map((each) => ({ own: each }))
  const all = [...own, ...context.engine.foreign().map((each) => ({ foreign: each }))]
  const keyed = all.map((entry) => ({ entry, key: sortKey(entry) })).filter(({ key }) => key > after)
  const wanted = keyed.filter(({ entry }) => hasLabels(resourceOf(entry), labels))
  wanted.sort((a, b) => (a.key < b.key ? -1 : 1))
  const page = wanted.slice(0, limit ?? wanted.length)
  const last = page.length < wanted.length ? page.at(-1) : undefined
  const items = await withStatuses(
    context,
    page.map(({ entry }) => entry),
  )
  return ready({ items, ...(last ? { nextCursor: Buffer.from(last.key).toString('base64url') } : {}) })
}

async function withStatuses({ engine }: Context, entries: readonly Entry[]): Promise<LoadBalancer[]> {
  const names = [...new Set(entries.map((entry) => resourceOf(entry).name))]
  const statuses = await engine.statuses(names)
  return Promise.all(
    entries.map(async (entry) => {
      const { name } = resourceOf(entry)
      return toAnswer(entry, statuses.get(name) ?? (await engine.status(name)))
    }),
  )
}

function sortKey(entry: Entry): string {
  const [source, id] = 'own' in entry ? ['', entry.own.id] : [entry.foreign.origin.source, entry.foreign.id]
  return [resourceOf(entry).name, source, id].join('\0')
}

function hasLabels({ labels = {} }: LoadBalancerInput, wanted: Selection['labels']): boolean {
  return wanted.every(([key, value]) => Object.hasOwn(labels, key) && labels[key] === value)
}
