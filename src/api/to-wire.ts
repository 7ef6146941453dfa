// Stored objects, and those of other sources, in the form the API answers.
import type { Origin } from '../model/fragment.ts'
import type { LoadBalancerInput } from '../spec/schema.ts'
import type { Revision } from '../store/store.ts'
import type { StoredLoadBalancer } from './context.ts'
import type { Foreign } from './engine.ts'
import type { HistoryEntry, LoadBalancer, Status } from './wire.ts'

/** A load balancer of the API's own store. */
export function toLoadBalancer(stored: StoredLoadBalancer, status: Status): LoadBalancer {
  const { id, name, version, value, createdAt, updatedAt } = stored
  const origin = { source: 'store', id }
  const { labels = {}, spec } = value
  return { id, name, kind: 'LoadBalancer', version, labels, spec, origin, status, createdAt, updatedAt }
}

/** One of another source; it was created when that source first told of it. */
export function toForeignLoadBalancer({ resource, origin, id }: Foreign, status: Status): LoadBalancer {
  const { name, labels = {}, spec } = resource
  const since = new Date(origin.since).toISOString()
  return {
    id,
    name,
    kind: 'LoadBalancer',
    version: origin.version,
    labels,
    spec,
    origin: { source: origin.source, id: origin.id },
    status,
    createdAt: since,
    updatedAt: since,
  }
}

/** One change, as /history tells it. */
export function toHistoryEntry(revision: Revision<LoadBalancerInput>): HistoryEntry {
  const { version, revision: number, action, author, time, value } = revision
  return { version, revision: number, action, author, time, spec: value?.spec ?? null, labels: value?.labels ?? {} }
}

/** An origin for a person: "docker web-1". */
export function formatOrigin({ source, id }: Pick<Origin, 'source' | 'id'>): string {
  return `${source} ${id}`
}
