// What of a change the running process cannot take over: each difference as one named reason for a reload.
import { type Config, type Listener, type Pool, wildcardDepth } from '../model/config.ts'
import type { Reason, ReasonCode } from './action.ts'
import type { Desired, Running } from './running.ts'

/** Every difference that needs a reload, in a stable order; empty when the running process can take the change. */
export function findReasons(running: Running, desired: Desired): Reason[] {
  if (running.processDigest === '')
    return [{ code: 'unknown-configuration', owner: null, text: 'what HAProxy was told before is not known' }]
  const [before, after] = [running.config, desired.config]
  const settings: Reason[] =
    running.processDigest === desired.processDigest
      ? []
      : [{ code: 'process-settings', owner: null, text: 'process-wide settings changed' }]
  return [
    ...settings,
    ...compareLists(before.listeners, after.listeners, (listener) => listener.id, LISTENER),
    ...compareLists(before.pools, after.pools, (pool) => pool.id, POOL),
    ...findRouteReasons(before, after),
  ]
}

/** How one kind of thing is told of. */
type Kind<T> = {
  readonly noun: 'listener' | 'pool'
  readonly owner: (item: T) => string | null
  readonly name: (item: T) => string
  /** What differs, in words; empty when the two are the same to HAProxy. */
  readonly changes: (before: T, after: T) => readonly string[]
  /** Differences inside it that have names of their own. */
  readonly inner?: (before: T, after: T) => Reason[]
}

function compareLists<T>(
  before: readonly T[],
  after: readonly T[],
  keyOf: (item: T) => string,
  kind: Kind<T>,
): Reason[] {
  const [old, fresh] = [
    new Map(before.map((item) => [keyOf(item), item])),
    new Map(after.map((item) => [keyOf(item), item])),
  ]
  const removed = before.filter((item) => !fresh.has(keyOf(item))).map((item) => toReason(kind, 'removed', item))
  const rest = after.flatMap((item) => {
    const earlier = old.get(keyOf(item))
    if (earlier === undefined) return [toReason(kind, 'added', item)]
    if (earlier === item) return []
    const changes = kind.changes(earlier, item)
    return [
      ...(changes.length > 0 ? [toReason(kind, 'changed', item, ` (${changes.join(', ')})`)] : []),
      ...(kind.inner?.(earlier, item) ?? []),
    ]
  })
  return [...removed, ...rest]
}

function toReason<T>(kind: Kind<T>, verb: 'added' | 'removed' | 'changed', item: T, detail = ''): Reason {
  const word = { added: 'new', removed: 'removed', changed: 'changed' }[verb]
  return {
    code: `${kind.noun}-${verb}` as ReasonCode,
    owner: kind.owner(item),
    text: `${word} ${kind.noun} ${kind.name(item)}${detail}`,
  }
}

const LISTENER: Kind<Listener> = {
  noun: 'listener',
  owner: (listener) => listener.owners[0] ?? null,
  name: (listener) => listener.id,
  changes: (before, after) => findChangedKeys(before, after, ['mode', 'timeouts']),
}

const POOL: Kind<Pool> = {
  noun: 'pool',
  owner: (pool) => pool.owner,
  name: (pool) => pool.id,
  changes: (before, after) =>
    findChangedKeys(before, after, [
      'mode',
      'algorithm',
      'healthCheck',
      'stickiness',
      'rateLimit',
      'timeouts',
      'customLines',
    ]),
  inner: (before, after) => findServerReasons(before, after),
}

/** Servers come, go and change at run time, but for what only the configuration can say of one that stays. */
function findServerReasons(before: Pool, after: Pool): Reason[] {
  const old = new Map(before.servers.map((server) => [server.name, server]))
  return after.servers.flatMap((server) => {
    const changes = findChangedKeys(old.get(server.name) ?? server, server, ['backup'])
    if (changes.length === 0) return []
    const text = `changed server ${server.name} in ${after.id} (${changes.join(', ')})`
    return [{ code: 'server-changed', owner: after.owner, text }]
  })
}

/**
 * Routes are rows of a map, which change at run time; a listener for tcp has its one pool written in, and wildcards
 * are looked up as deep as the listener's rules go.
 */
function findRouteReasons(before: Config, after: Config): Reason[] {
  const old = new Map(before.listeners.map((listener) => [listener.id, listener]))
  return after.listeners.flatMap((listener): Reason[] => {
    if (!old.has(listener.id)) return []
    const [from, to] = [before, after].map(({ routes }) => routes.filter((route) => route.listener === listener.id))
    const owner = listener.owners[0] ?? null
    if (listener.mode === 'tcp' && from?.[0]?.pool !== to?.[0]?.pool)
      return [{ code: 'listener-changed', owner, text: `changed listener ${listener.id} (pool)` }]
    const [had, wanted] = [wildcardDepth(from ?? []), wildcardDepth(to ?? [])]
    if (wanted <= had) return []
    return [
      {
        code: 'route-depth',
        owner,
        text: `wildcards of ${wanted} labels on listener ${listener.id}, ${had} until now`,
      },
    ]
  })
}

/** Keys the two differ in, in the words a user writes. */
function findChangedKeys<T>(before: T, after: T, keys: readonly (keyof T & string)[]): string[] {
  const spoken: Readonly<Record<string, string>> = { stickiness: 'sticky', customLines: 'customSettings', mode: 'type' }
  return keys
    .filter((key) => before[key] !== after[key] && JSON.stringify(before[key]) !== JSON.stringify(after[key]))
    .map((key) => spoken[key] ?? key)
}
