// One pool, from how it runs to how it is wanted: in the place it has, or in one of the reserve.
import type { Pool, Server } from '../model/config.ts'
import { type EffectiveServer, toEffective } from '../model/effective.ts'
import type { HealthCheck } from '../model/health-check.ts'
import { findProfiles } from '../model/profile.ts'
import { formatTarget } from '../model/target.ts'
import type { Action, PoolRef, Reason, ServerRef } from './action.ts'
import { findChangedKeys } from './changed-keys.ts'

/** How far a change of a pool goes: into nothing, maps, or a place of another make. */
export type Extent = { readonly kind: 'same' | 'parameters' | 'structure'; readonly changes: readonly string[] }

const STRUCTURE = [
  'mode',
  'algorithm',
  'healthCheck',
  'stickiness',
  'rateLimit',
  'timeouts',
  'features',
  'guards',
  'customLines',
] as const

/** What differs beside the servers. Only a place of the reserve, which has a profile, has its parameters in maps. */
export function compareStructure(
  before: Pool,
  after: Pool,
  leavers: readonly Server[],
  profile: string | undefined,
): Extent {
  if (before === after) return { kind: 'same', changes: [] }
  const changes: string[] = findChangedKeys(before, after, STRUCTURE)
  const born = findBornOtherwise(before, after, leavers)
  changes.push(...born)
  if (changes.length === 0) return { kind: 'same', changes }
  const isHeld = profile !== undefined && findProfiles(after).includes(profile)
  const isMapped = isHeld && born.length === 0 && isSameRhythm(before.healthCheck, after.healthCheck)
  return { kind: isMapped ? 'parameters' : 'structure', changes }
}

/** What of a check stands with each server. */
function isSameRhythm(a: HealthCheck, b: HealthCheck): boolean {
  return findChangedKeys(a, b, ['type', 'intervalMs', 'rise', 'fall', 'port']).length === 0
}

/** What HAProxy is told of a server only when it makes it, and is other now. */
function findBornOtherwise(before: Pool, after: Pool, leavers: readonly Server[]): string[] {
  const known = new Map([...leavers, ...before.servers].map((server) => [server.name, server]))
  const changes = after.servers.flatMap((server) => {
    const old = known.get(server.name)
    if (old === undefined || old === server) return []
    return [...(old.backup === server.backup ? [] : ['backup']), ...findAgentChanges(old, server)]
  })
  return [...new Set(changes)]
}

/**
 * Who has an agent shares its weight and state with it: the agent takes a part of the weight the server was made with,
 * and its word ends a maintenance. So what the user wants of the two stands from the beginning.
 */
function findAgentChanges(before: Server, after: Server): string[] {
  if (!before.agentCheck && !after.agentCheck) return []
  const [from, to] = [toEffective(before), toEffective(after)]
  return [
    ...findChangedKeys(before, after, ['agentCheck']),
    ...(from.weight === to.weight ? [] : ['weight']),
    ...(from.state === to.state ? [] : ['state']),
  ]
}

/** Takes a place of the reserve for a pool. */
export function claimPlace(
  pool: Pool,
  from: string | null,
  changes: readonly string[],
  take: (profile: string) => string | undefined,
): { readonly place: string; readonly actions: Action[] } | Reason {
  const [closest, ...wider] = findProfiles(pool)
  const what = from === null ? `new pool ${pool.id}` : `changed pool ${pool.id} (${changes.join(', ')})`
  if (closest === undefined) return { code: 'custom-settings', owner: pool.owner, text: `${what} has customSettings` }
  const found = takeFirst([closest, ...wider], take)
  if (found === null)
    return {
      code: 'reserve-used-up',
      owner: pool.owner,
      text: `${what}: no place left in reserve for ${closest}`,
    }
  const { profile, place } = found
  const ref: PoolRef = { owner: pool.owner, pool: pool.id, place }
  const added = pool.servers.map((server) => addServer(pool, place, server))
  return {
    place,
    actions: [{ kind: 'claim-place', ...ref, profile, definition: pool, from, changes }, ...added],
  }
}

function takeFirst(profiles: readonly string[], take: (profile: string) => string | undefined) {
  for (const profile of profiles) {
    const place = take(profile)
    if (place !== undefined) return { profile, place }
  }
  return null
}

/** Servers that come, and servers that change, in the place the pool has. */
export function planServers(before: Pool, after: Pool, place: string, leavers: readonly Server[]): Action[] {
  if (before.servers === after.servers && leavers.length === 0) return []
  const known = new Map([...leavers, ...before.servers].map((server) => [server.name, server]))
  return after.servers.flatMap((server) => {
    const old = known.get(server.name)
    if (old === server) return []
    return old === undefined ? [addServer(after, place, server)] : planServer(after, place, old, server)
  })
}

/** Servers that are not wanted any more go out of service. */
export function planRetirees(before: Pool, after: Pool, place: string): Action[] {
  if (before.servers === after.servers) return []
  const wanted = new Set(after.servers.map((server) => server.name))
  const gone = before.servers.filter((server) => !wanted.has(server.name))
  return gone.map((definition) => ({
    kind: 'retire-server',
    ...toRef(after, place),
    server: definition.name,
    definition,
    isLate: false,
  }))
}

function addServer(pool: Pool, place: string, definition: Server): Action {
  return { kind: 'add-server', ...toRef(pool, place), server: definition.name, definition, in: pool }
}

function toRef(pool: Pool, place: string): PoolRef {
  return { owner: pool.owner, pool: pool.id, place }
}

function planServer(pool: Pool, place: string, before: Server, after: Server): Action[] {
  const ref: ServerRef = { ...toRef(pool, place), server: after.name }
  const [from, to] = [toEffective(before), toEffective(after)]
  const actions: Action[] = []
  // Out of service first, back into service last: no request meets a half-changed server.
  if (from.state === 'ready' && to.state === 'maint')
    actions.push({ kind: 'set-state', ...ref, from: 'ready', to: 'maint' })
  if (to.state === 'ready' && !isSamePlace(from, to)) {
    const { address, port } = to
    actions.push({ kind: 'set-address', ...ref, from: formatPlace(from), to: formatPlace(to), address, port })
  }
  if (from.weight !== to.weight)
    actions.push({ kind: 'set-weight', ...ref, from: from.weight, to: to.weight, drain: after.state === 'drain' })
  if (before.maxConnections !== after.maxConnections)
    actions.push({ kind: 'set-max-connections', ...ref, from: before.maxConnections, to: after.maxConnections })
  if (from.state === 'maint' && to.state === 'ready')
    actions.push({ kind: 'set-state', ...ref, from: 'maint', to: 'ready' })
  return actions
}

function isSamePlace(a: EffectiveServer, b: EffectiveServer): boolean {
  return a.address === b.address && a.port === b.port
}

function formatPlace(server: EffectiveServer): string {
  return formatTarget({ host: server.address, port: server.port })
}
