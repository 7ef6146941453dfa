// One load balancer's share, from how it runs to how it is wanted.
import type { Pool, Route, Share } from '../model/config.ts'
import { isFixed, ownPlaceOf } from '../model/place.ts'
import type { Action, Reason } from './action.ts'
import { planCertificates } from './plan-certificates.ts'
import { claimPlace, compareStructure, type Extent, planRetirees, planServers } from './plan-pool.ts'
import { type Ledger, placeOf } from './running.ts'

/** The steps of one share, by when they are due, and what would need a reload. */
export type ShareSteps = {
  readonly build: readonly Action[]
  readonly routes: readonly Extract<Action, { kind: 'set-route' }>[]
  readonly leave: readonly Action[]
  readonly reasons: readonly Reason[]
}

/** A pool as it is wanted, beside how it runs. */
type Pair = {
  readonly old: Pool | undefined
  readonly pool: Pool
  readonly place: string
  readonly extent: Extent | null
}

/** Plans one share; `take` answers a free place of a profile. */
export function planShare(
  before: Share | undefined,
  after: Share | undefined,
  ledger: Ledger,
  take: (profile: string) => string | undefined,
): ShareSteps {
  const pairs = withWholeScopes(pairPools(before, after, ledger))
  const build: Action[] = []
  const leave: Action[] = []
  const reasons: Reason[] = []
  const places = new Map<string, string>()
  for (const { old, pool, place, extent } of pairs) {
    places.set(pool.id, place)
    if (old && extent && extent.kind !== 'structure') {
      const leavers = ledger.leavers.get(place)?.servers ?? []
      if (extent.kind === 'parameters') build.push(setParameters(old, pool, place, extent))
      build.push(...planServers(old, pool, place, leavers))
      leave.push(...planRetirees(old, pool, place))
      continue
    }
    const claimed = claimPlace(pool, old ? place : null, extent?.changes ?? [], take)
    if ('code' in claimed) {
      reasons.push(claimed)
      continue
    }
    places.set(pool.id, claimed.place)
    build.push(...claimed.actions)
    if (old) leave.push(leavePlace(old, place, ledger, true))
  }
  const wanted = new Set(after?.pools.map(({ id }) => id))
  for (const pool of before?.pools ?? [])
    if (!wanted.has(pool.id)) leave.push(leavePlace(pool, placeOf(ledger, pool.id), ledger, false))
  if (before?.text !== after?.text)
    reasons.push({
      code: 'template',
      owner: (after ?? before)?.owner ?? null,
      text: 'the template writes something else',
    })
  const certificates = planCertificates(before?.certificates, after?.certificates)
  build.push(...certificates.build)
  leave.push(...certificates.leave)
  reasons.push(...certificates.reasons)
  const moved = new Set(pairs.filter(({ pool, place }) => places.get(pool.id) !== place).map(({ pool }) => pool.id))
  return { build, routes: planRoutes(before?.routes ?? [], after?.routes ?? [], places, moved), leave, reasons }
}

function pairPools(before: Share | undefined, after: Share | undefined, ledger: Ledger): Pair[] {
  const known = new Map(before?.pools.map((pool) => [pool.id, pool]))
  return (after?.pools ?? []).map((pool) => {
    const old = known.get(pool.id)
    const place = placeOf(ledger, pool.id)
    const leavers = ledger.leavers.get(place)?.servers ?? []
    return { old, pool, place, extent: old ? compareStructure(old, pool, leavers, ledger.profiles.get(place)) : null }
  })
}

function isReserved(poolId: string, place: string): boolean {
  return place !== ownPlaceOf(poolId)
}

/** Places of the reserve count requests in other tables than places made for a pool: pools that count together move together. */
function withWholeScopes(pairs: readonly Pair[]): Pair[] {
  const isMoving = ({ extent }: Pair) => extent === null || extent.kind === 'structure'
  const scopes = new Set(
    pairs.flatMap((pair) => {
      const isShared = isMoving(pair) || isReserved(pair.pool.id, pair.place)
      return isShared && pair.pool.rateLimit ? [pair.pool.rateLimit.scope] : []
    }),
  )
  return pairs.map((pair) => {
    const mustFollow =
      pair.pool.rateLimit && scopes.has(pair.pool.rateLimit.scope) && !isReserved(pair.pool.id, pair.place)
    if (!mustFollow || isMoving(pair)) return pair
    return { ...pair, extent: { kind: 'structure', changes: ['rateLimit'] } }
  })
}

function setParameters(before: Pool, after: Pool, place: string, { changes }: Extent): Action {
  return { kind: 'set-parameters', owner: after.owner, pool: after.id, place, before, after, changes }
}

function leavePlace(pool: Pool, place: string, { profiles }: Ledger, isMove: boolean): Action {
  const { owner, id } = pool
  return { kind: 'leave-place', owner, pool: id, place, definition: pool, profile: profiles.get(place) ?? null, isMove }
}

function planRoutes(
  before: readonly Route[],
  after: readonly Route[],
  places: ReadonlyMap<string, string>,
  moved: ReadonlySet<string>,
): ShareSteps['routes'] {
  if (before === after && moved.size === 0) return []
  const [old, fresh] = [keyRoutes(before), keyRoutes(after)]
  const set = (route: Route, from: string | null, to: string | null) => {
    const { owner, listener, host, path } = route
    const place = to === null ? null : isFixed(to) ? ownPlaceOf(to) : (places.get(to) ?? null)
    return { kind: 'set-route', owner, listener, host, path, from, to, place } as const
  }
  const gone = [...old].filter(([key]) => !fresh.has(key)).map(([, route]) => set(route, route.pool, null))
  const wanted = [...fresh].flatMap(([key, route]) => {
    const from = old.get(key)?.pool ?? null
    return from === route.pool && !moved.has(route.pool) ? [] : [set(route, from, route.pool)]
  })
  return [...wanted, ...gone]
}

function keyRoutes(routes: readonly Route[]): ReadonlyMap<string, Route> {
  return new Map(routes.map((route) => [`${route.listener} ${route.host ?? ''}${route.path}`, route]))
}
