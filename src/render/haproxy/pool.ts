// A pool becomes a `backend` section, the user's raw lines included.
import type { Algorithm, Pool, PoolTimeouts, Stickiness } from '../../model/config.ts'
import { type HashKey, NO_FEATURES } from '../../model/features.ts'
import type { HealthCheck } from '../../model/health-check.ts'
import { ownPlaceOf } from '../../model/place.ts'
import { type Profile, toBlankPool } from '../../model/profile.ts'
import { renderFeatures } from './features.ts'
import { renderAuth, renderGate } from './guards.ts'
import { renderHealthCheck } from './health-check.ts'
import { renderCookie, renderMappedCookie } from './mapped-cookie.ts'
import type { ProcessSettings } from './process-settings.ts'
import { renderRateLimit } from './rate-limit.ts'
import { renderRequestId } from './request-id.ts'
import { renderReservedLimit } from './reserved-limit.ts'
import { PARAMETER_MAPS } from './rows.ts'
import { renderServer } from './server-line.ts'
import { renderSizeLimits } from './size-limits.ts'
import { renderStaticFiles } from './static-files.ts'
import { renderConnectedThinning, thinRefusals } from './thinning.ts'

/** The lines of one pool's section, in the place of its own. */
export function renderPool(pool: Pool, settings: ProcessSettings): string[] {
  const body = renderBody(pool, settings, {
    parameters: [],
    check: renderHealthCheck(pool.healthCheck, 'stated'),
    sticky: renderStickiness(pool.stickiness, settings.cookieKey),
    limit: pool.rateLimit ? renderRateLimit(pool.rateLimit, pool.mode) : [],
    files: renderStaticFiles(pool, 'stated', settings),
  })
  return [`backend ${ownPlaceOf(pool.id)} from df_${pool.mode}`, ...indent(body)]
}

/** The lines of a place in reserve: what differs from pool to pool is looked up in maps. */
export function renderPlace(profile: Profile, place: string, settings: ProcessSettings): string[] {
  return [`backend ${place} from df_${profile.mode}`, ...indent(renderPlaceBody(profile, settings))]
}

/**
 * What the places of a profile share, as defaults, and what each has beside that. HAProxy 2.6 reads 1,000 places that
 * share in a fifth of the time: rules that stand once are read, and their maps looked up, once.
 */
export function renderSharedPlace(
  profile: Profile,
  name: string,
  settings: ProcessSettings,
): { readonly defaults: string[]; readonly own: string[] } {
  const body = renderPlaceBody(profile, settings)
  const own = body.filter((line) => OF_ONE_PLACE.has(line.slice(0, line.indexOf(' '))))
  const shared = body.filter((line) => !own.includes(line))
  return { defaults: [`defaults ${name} from df_${profile.mode}`, ...indent(shared)], own: indent(own) }
}

/** What HAProxy takes in no defaults, and cookies, which 3.4 warns of there. */
const OF_ONE_PLACE = new Set(['cookie', 'dynamic-cookie-key', 'ignore-persist', 'server', 'stick', 'stick-table'])

function renderPlaceBody(profile: Profile, settings: ProcessSettings): string[] {
  const { mode, sticky, limit } = profile
  const blank = toBlankPool(profile, '')
  const cookie = sticky === 'cookie' ? renderMappedCookie(settings.cookieKey) : []
  return renderBody(blank, settings, {
    parameters: mode === 'http' ? MAPPED_TIMEOUTS : [],
    check: renderHealthCheck(blank.healthCheck, 'mapped'),
    sticky: sticky === 'source' ? STICKY_BY_SOURCE_HERE : cookie,
    limit: limit ? renderReservedLimit(limit, mode) : [],
    files: renderStaticFiles(blank, 'mapped', settings),
  })
}

/** Without a row the timeout of the section holds. */
const MAPPED_TIMEOUTS = [
  `http-request set-timeout server be_name,map_str_int(${PARAMETER_MAPS.serverMs})`,
  `http-request set-timeout tunnel be_name,map_str_int(${PARAMETER_MAPS.tunnelMs})`,
]

/** What a place of its own and one in reserve say in different ways. */
type Own = {
  readonly parameters: readonly string[]
  readonly check: readonly string[]
  readonly sticky: readonly string[]
  readonly limit: readonly string[]
  readonly files: readonly string[]
}

function renderBody(pool: Pool, settings: ProcessSettings, own: Own): string[] {
  const { mode, features = NO_FEATURES } = pool
  const limits = features.limits ? renderSizeLimits(features.limits) : []
  const refusals = [...renderGate(pool), ...limits, ...own.limit, ...renderAuth(pool)]
  return [
    ...renderAlgorithm(pool),
    ...renderTimeouts(pool.timeouts, pool.healthCheck),
    ...own.parameters,
    ...own.check,
    ...own.sticky,
    ...(features.requestId ? renderRequestId() : []),
    ...thinRefusals(refusals, mode, settings),
    ...renderFeatures(features),
    ...renderConnectedThinning(mode, settings),
    ...pool.customLines,
    ...own.files,
    ...pool.servers.map((server) => `server ${renderServer(server, pool)}`),
  ]
}

const ALGORITHMS: Readonly<Record<Exclude<Algorithm, 'hash'>, readonly string[]>> = {
  roundrobin: ['balance roundrobin'],
  leastconn: ['balance leastconn'],
  random: ['balance random(2)'],
  // Consistent hashing moves few clients when servers come and go, and is what weights and run-time servers need.
  source: ['balance source', 'hash-type consistent'],
  first: ['balance first'],
}

function renderAlgorithm({ algorithm, features }: Pool): readonly string[] {
  if (algorithm !== 'hash') return ALGORITHMS[algorithm]
  return [`balance ${renderHashKey(features?.hashKey ?? { by: 'path' })}`, 'hash-type consistent']
}

function renderHashKey(key: HashKey): string {
  if (key.by === 'path') return 'uri'
  if (key.by === 'header') return `hdr(${key.name})`
  return key.by === 'query' ? `url_param ${key.name}` : `hash req.cook(${key.name})`
}

function renderTimeouts(timeouts: PoolTimeouts, check: HealthCheck): string[] {
  const { connectMs, serverMs, queueMs, tunnelMs } = timeouts
  return [
    `timeout connect ${connectMs}ms`,
    `timeout server ${serverMs}ms`,
    `timeout queue ${queueMs}ms`,
    `timeout tunnel ${tunnelMs}ms`,
    `timeout check ${check.timeoutMs}ms`,
  ]
}

const SOURCE_TABLE = 'stick-table type ipv6 size 200k expire 30m'
const STICKY_BY_SOURCE = [`${SOURCE_TABLE} peers fairlead`, 'stick on src']

/**
 * After a reload the pool stands in a place of its own: there is nobody to hand this table to. With 220 tables of one
 * peers section a worker of 2.6.12 gets nothing at all from the one before it; with 196 it gets everything.
 */
const STICKY_BY_SOURCE_HERE = [SOURCE_TABLE, 'stick on src']

function renderStickiness(stickiness: Stickiness | null, cookieKey: string): readonly string[] {
  if (stickiness === null) return []
  return stickiness.mode === 'source' ? STICKY_BY_SOURCE : renderCookie(stickiness.cookieName, cookieKey)
}

/** Lines of a section stand two spaces in. */
export function indent(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`)
}
