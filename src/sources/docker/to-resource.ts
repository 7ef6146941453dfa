// A group of services as one LoadBalancer resource, as a user would write it.
import { isObject, isSame, type Json, sortKeys } from './json.ts'
import type { Wish } from './offer.ts'
import { toShares } from './version-shares.ts'

/** One service of a group, and where traffic for it goes. */
export type Member = {
  readonly wish: Wish
  /** null: it has no address, or needs none. */
  readonly target: string | null
  /** What its life asks for; null: what its labels say. */
  readonly state: 'maint' | null
  /** When its container was made, in milliseconds since 1970. */
  readonly since: number
}

/** What does not go by versions is in one pool. */
const UNVERSIONED = 'main'

/** Makes it; `eldest` says what holds for all of them. Members stand in the order their servers are to have. */
export function toResource(name: string, eldest: Wish, members: readonly Member[]): Json {
  const { customSettings, fallback, ...shared } = eldest.spec
  const head = {
    type: eldest.mode,
    ...(eldest.bind === '0.0.0.0' ? {} : { bind: eldest.bind }),
    port: eldest.port,
    ...shared,
  }
  const raw = customSettings === undefined ? {} : { customSettings }
  const labels = Object.keys(eldest.labels).length > 0 ? { labels: eldest.labels } : {}
  if (eldest.mode === 'tcp') {
    const rest = fallback === undefined ? {} : { fallback }
    return { name, ...labels, spec: { ...head, ...rest, backends: toBackends(members), ...raw } }
  }
  const pools = new Map<string, Json>()
  const parts = Map.groupBy(members, ({ wish }) => formatCondition(wish))
  const routes = [...parts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, part]) => toRoute(part, eldest, raw, pools))
  return {
    name,
    ...labels,
    spec: {
      ...head,
      ...(typeof fallback === 'string' && pools.has(fallback) ? { fallback } : {}),
      routes,
      ...(pools.size > 0 ? { pools: Object.fromEntries(pools) } : {}),
    },
  }
}

/** The keys two services of one group say differently, as a user knows them; the eldest's hold. */
export function findDifferences(eldest: Wish, other: Wish): string[] {
  const keys = new Set([...Object.keys(eldest.spec), ...Object.keys(other.spec)])
  const spec = [...keys].filter((key) => !isSame(eldest.spec[key], other.spec[key]))
  const isOtherPart = !isSame(conditionOf(eldest), conditionOf(other))
  const { match: _ours, ...ours } = eldest.route
  const { match: _theirs, ...theirs } = other.route
  const routeKeys = isOtherPart ? [] : [...new Set([...Object.keys(ours), ...Object.keys(theirs)])]
  // A canary need not say again what is said of all versions together.
  const route = routeKeys.filter((key) => !isSame(ours[key], theirs[key]) && (key !== 'splitPin' || key in theirs))
  return [...spec, ...route, ...(isSame(eldest.labels, other.labels) ? [] : ['labels'])].sort()
}

/** Services of one group with the same condition get the same requests. */
export function formatCondition(wish: Wish): string {
  return JSON.stringify(sortKeys(conditionOf(wish)))
}

/** What a route asks for beside host and path. */
function conditionOf({ route }: Wish): Json {
  return isObject(route['match']) ? route['match'] : {}
}

function toRoute(part: readonly Member[], eldest: Wish, raw: Json, pools: Map<string, Json>): Json {
  const [first] = [...part].sort((a, b) => a.since - b.since)
  const { match: _condition, splitPin, ...own } = first?.wish.route ?? {}
  const { host, path } = eldest
  const match = { ...(host === null ? {} : { host }), path, ...(first ? conditionOf(first.wish) : {}) }
  if ('redirect' in own) return { match, ...own }
  if (part.every(({ wish }) => wish.version === null)) return { match, ...own, backends: toBackends(part), ...raw }
  const versions = Map.groupBy(part, ({ wish }) => wish.version ?? UNVERSIONED)
  const shares = toShares([...versions].sort(([a], [b]) => (a < b ? -1 : 1)))
  const split = shares.map(({ version, weight }) => {
    const pool = pools.has(version) ? `${version.slice(0, 56)}-${pools.size}` : version
    pools.set(pool, { backends: toBackends(versions.get(version) ?? []), ...raw })
    return { pool, weight }
  })
  return { match, ...own, split, ...(splitPin === undefined ? {} : { splitPin }) }
}

/** Of two with one address the one that takes traffic stands for both. */
function toBackends(members: readonly Member[]): Json[] {
  const byTarget = new Map<string, Member>()
  for (const member of members) {
    const before = member.target === null ? undefined : byTarget.get(member.target)
    if (member.target !== null && (!before || (before.state !== null && member.state === null)))
      byTarget.set(member.target, member)
  }
  return [...byTarget].map(([target, { wish, state }]) => ({
    target,
    ...wish.server,
    ...(state === null ? {} : { state }),
  }))
}
