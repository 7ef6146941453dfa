// Rows of HAProxy's maps: the same for the file, the command and for holding what is read back against them.
import type { Pool, RateLimit, Route } from '../../model/config.ts'
import { formatHsts } from '../../model/hsts.ts'
import { profileOf } from '../../model/profile.ts'
import { formatStaticFiles } from '../../model/static-files.ts'
import { formatRouteKey, formatRouteMapPath } from './names.ts'

/** One row; `map` is the file's path, relative to the generation's folder. */
export type Row = { readonly map: string; readonly key: string; readonly value: string }

/** Maps that hold what a place of the reserve is told of the pool in it, by place. */
export const PARAMETER_MAPS = {
  checkPath: 'maps/check-paths.map',
  checkHost: 'maps/check-hosts.map',
  serverMs: 'maps/server-timeouts.map',
  tunnelMs: 'maps/tunnel-timeouts.map',
  cookie: 'maps/cookies.map',
  limit: 'maps/limits.map',
  scope: 'maps/limit-scopes.map',
  window: 'maps/limit-windows.map',
  retryAfter: 'maps/limit-seconds.map',
  limitAction: 'maps/limit-actions.map',
  limitHeader: 'maps/limit-headers.map',
  connectionScope: 'maps/connection-scopes.map',
  staticFiles: 'maps/static-files.map',
  hsts: 'maps/hsts.map',
} as const

/** Names whose challenges by a CA are answered. */
export const CHALLENGE_MAP = 'maps/challenges.map'

/** The row of such a name. */
export function toChallengeRow(domain: string): Row {
  return { map: CHALLENGE_MAP, key: domain, value: 'answered' }
}

/** The row that sends a route's requests to a place. */
export function toRouteRow(route: Pick<Route, 'listener' | 'host' | 'path'>, place: string): Row {
  return { map: formatRouteMapPath(route.listener), key: formatRouteKey(route), value: place }
}

/** The rows a pool has in a place of the reserve. */
export function toParameterRows(pool: Pool, place: string): Row[] {
  const { healthCheck: check, timeouts, rateLimit, stickiness } = pool
  const values: Partial<Record<keyof typeof PARAMETER_MAPS, string | number | null>> = {
    ...(check.type === 'http' ? { checkPath: check.path, checkHost: check.host } : {}),
    // A tcp pool's timeouts are part of its profile.
    ...(profileOf(pool)?.serverMs === null ? { serverMs: timeouts.serverMs, tunnelMs: timeouts.tunnelMs } : {}),
    ...(stickiness?.mode === 'cookie' ? { cookie: stickiness.cookieName } : {}),
    ...(rateLimit ? toLimitValues(rateLimit) : {}),
    ...(pool.features?.static ? { staticFiles: formatStaticFiles(pool.features.static) } : {}),
    ...(pool.features?.hsts ? { hsts: formatHsts(pool.features.hsts) } : {}),
    ...(pool.guards?.connections ? { connectionScope: pool.guards.connections.scope } : {}),
  }
  return Object.entries(values).flatMap(([name, value]) => {
    const map = PARAMETER_MAPS[name as keyof typeof PARAMETER_MAPS]
    return value === null ? [] : [{ map, key: place, value: String(value) }]
  })
}

/** In the place of a header's name, which it cannot be. */
export const LIMIT_BY_PATH = ':path'

function toLimitValues({ requests, scope, windowMs, action, key }: RateLimit) {
  return {
    limit: requests,
    scope,
    window: windowMs,
    // Whole seconds, as the header Retry-After has them.
    retryAfter: Math.ceil(windowMs / 1000),
    limitAction: action === 'tarpit' ? action : null,
    limitHeader: key.by === 'header' ? key.name.toLowerCase() : key.by === 'path' ? LIMIT_BY_PATH : null,
  }
}
