// What changed between two versions of a spec, in one short phrase.
import { isDeepStrictEqual } from 'node:util'
import type { HistoryEntry } from '../../api/wire.ts'
import type { BackendSpec, LoadBalancerSpec } from '../../spec/schema.ts'

/** How many changes are spelled out; the rest is counted. */
const SPELLED_OUT = 3

/** "+web-2:8080, sticky set"; `older` are the entries before it, newest first. */
export function formatChangePhrase(entry: HistoryEntry, older: readonly HistoryEntry[]): string {
  const before = older[0]
  if (entry.spec === null) return 'everything of it'
  if (!before?.spec) return describeWhole(entry.spec)
  const same = older.find(({ spec, version }) => version !== before.version && isDeepStrictEqual(spec, entry.spec))
  if (entry.action === 'rollback' && same) return `as in version ${same.version}`
  const changes = describeSpec(before.spec, entry.spec)
  if (!isDeepStrictEqual(before.labels, entry.labels)) changes.push('labels changed')
  if (changes.length === 0) return 'nothing'
  const rest = changes.length - SPELLED_OUT
  return [...changes.slice(0, SPELLED_OUT), ...(rest > 0 ? [`${rest} more`] : [])].join(', ')
}

function describeWhole({ type = 'http', port, backends = [], routes = [] }: LoadBalancerSpec): string {
  const count = (list: readonly unknown[], word: string) =>
    list.length > 0 ? [`${list.length} ${word}${list.length > 1 ? 's' : ''}`] : []
  return [`${type} on port ${port ?? 80}`, ...count(backends, 'backend'), ...count(routes, 'route')].join(', ')
}

function describeSpec(before: LoadBalancerSpec, after: LoadBalancerSpec): string[] {
  const keys = new Set([...Object.keys(before), ...Object.keys(after)] as (keyof LoadBalancerSpec)[])
  return [...keys].flatMap((key) => {
    if (isDeepStrictEqual(before[key], after[key])) return []
    if (key === 'backends') return describeBackends(before.backends ?? [], after.backends ?? [])
    return [describeKey(key, before[key], after[key])]
  })
}

function describeKey(key: string, before: unknown, after: unknown): string {
  const isPlain = [before, after].every((value) => value === undefined || typeof value !== 'object')
  if (isPlain) return `${key} ${before ?? 'unset'} -> ${after ?? 'unset'}`
  if (before === undefined) return `${key} set`
  if (after === undefined) return `${key} removed`
  return `${key} changed`
}

function describeBackends(before: readonly BackendSpec[], after: readonly BackendSpec[]): string[] {
  const old = new Map(before.map((backend) => [backend.target, backend]))
  const kept = new Set(after.map(({ target }) => target))
  const added = after.filter(({ target }) => !old.has(target)).map(({ target }) => `+${target}`)
  const removed = before.filter(({ target }) => !kept.has(target)).map(({ target }) => `-${target}`)
  const changed = after.flatMap((backend) => {
    const was = old.get(backend.target)
    return was && !isDeepStrictEqual(was, backend) ? [describeBackend(was, backend)] : []
  })
  const all = [...added, ...removed, ...changed]
  return all.length > 0 ? all : ['backends in another order']
}

function describeBackend(before: BackendSpec, after: BackendSpec): string {
  const keys = ['weight', 'state', 'backup', 'maxConnections'] as const
  const defaults = { weight: 1, state: 'ready', backup: false, maxConnections: 'any' }
  const changes = keys.filter((key) => before[key] !== after[key])
  return `${after.target} ${changes.map((key) => `${key} ${before[key] ?? defaults[key]} -> ${after[key] ?? defaults[key]}`).join(' ')}`
}
