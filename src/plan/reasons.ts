// What of a change the running process cannot take over: each difference as one named reason for a reload.
import type { Listener, Pool, Route, Server } from '../model/config.ts'
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
    ...compareLists(
      before.routes,
      after.routes,
      (route) => `${route.listener} ${route.host ?? ''}${route.path}`,
      ROUTE,
    ),
  ]
}

/** How one kind of thing is told of. */
type Kind<T> = {
  readonly noun: 'listener' | 'pool' | 'route' | 'server'
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

const ROUTE: Kind<Route> = {
  noun: 'route',
  owner: (route) => route.owner,
  name: (route) => `${route.host ?? ''}${route.path}`,
  changes: (before, after) => findChangedKeys(before, after, ['pool']),
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
  inner: (before, after) => compareLists(before.servers, after.servers, (server) => server.name, serverOf(after)),
}

function serverOf(pool: Pool): Kind<Server> {
  return {
    noun: 'server',
    owner: () => pool.owner,
    name: (server) => `${server.name} in ${pool.id}`,
    changes: (before, after) => findChangedKeys(before, after, ['backup', 'maxConnections']),
  }
}

/** Keys the two differ in, in the words a user writes. */
function findChangedKeys<T>(before: T, after: T, keys: readonly (keyof T & string)[]): string[] {
  const spoken: Readonly<Record<string, string>> = { stickiness: 'sticky', customLines: 'customSettings', mode: 'type' }
  return keys
    .filter((key) => before[key] !== after[key] && JSON.stringify(before[key]) !== JSON.stringify(after[key]))
    .map((key) => spoken[key] ?? key)
}
