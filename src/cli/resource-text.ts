// A load balancer as its user wrote it, and as text that compares well.
import type { LoadBalancer } from '../api/wire.ts'
import type { LoadBalancerInput } from '../spec/schema.ts'

/** What `apply` takes: name, labels where there are some, spec. */
export function toResource({ name, labels, spec }: LoadBalancer): LoadBalancerInput {
  return { name, ...(Object.keys(labels).length > 0 ? { labels } : {}), spec }
}

/** YAML with sorted keys, so that the same resource is always the same text. */
export async function formatSorted({ name, labels = {}, spec }: LoadBalancerInput): Promise<string> {
  const { stringify } = await import('yaml')
  const resource = { name, ...(Object.keys(labels).length > 0 ? { labels } : {}), spec: sortKeys(spec) }
  return stringify(resource, { lineWidth: 0, aliasDuplicateObjects: false })
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys)
  if (typeof value !== 'object' || value === null) return value
  const pairs = Object.entries(value).sort(([a], [b]) => rank(a) - rank(b) || (a < b ? -1 : 1))
  return Object.fromEntries(pairs.map(([key, inner]) => [key, sortKeys(inner)]))
}

/** What names a thing stands before what describes it. */
function rank(key: string): number {
  return ['type', 'target', 'match', 'mode'].includes(key) ? 0 : 1
}
