// A pool's profile: what of it HAProxy can only be told when it loads its configuration. Pools of one profile can stand
// in for each other: everything else of them changes in the running process.
import { createHash } from 'node:crypto'
import type { Algorithm, Mode, Pool, RateLimit } from './config.ts'
import { formatDuration } from './duration.ts'
import { type Features, featuresProfileOf, NO_FEATURES } from './features.ts'
import { type Guards, guardsProfileOf } from './guards.ts'
import { formatStatuses, type HealthCheck, type HttpProbe, type ProtocolProbe } from './health-check.ts'

/** Whether HAProxy checks by connecting (or not at all, which is a matter of each server), by a request, or by bytes. */
export type CheckProfile = { readonly type: 'plain' } | Omit<HttpProbe, 'path' | 'host'> | ProtocolProbe

/** What a rate limit's counters and answer are like; how many requests are allowed is not part of it. */
export type LimitProfile = Pick<RateLimit, 'windowMs' | 'action' | 'key' | 'burst'>

/** Everything of a pool that cannot change in the running process. */
export type Profile = {
  readonly mode: Mode
  readonly algorithm: Algorithm
  readonly check: CheckProfile
  /** `cookie`: one of any name, or none. */
  readonly sticky: 'cookie' | 'source' | null
  /** `any`: one of the usual windows, or none. */
  readonly limit: 'any' | LimitProfile | null
  readonly connectMs: number
  readonly queueMs: number
  readonly checkMs: number
  /** Only of tcp: for http they change in the running process. */
  readonly serverMs: number | null
  readonly tunnelMs: number | null
  /** Absent: none. */
  readonly features?: Features
  /** Absent: everybody. */
  readonly guards?: Guards
}

/** Windows whose counters are always there. */
export const USUAL_WINDOWS_MS: readonly number[] = [1000, 10_000, 60_000]

/** The profile that fits a pool with nothing to spare; null where raw lines make it one of a kind. */
export function profileOf(pool: Pool): Profile | null {
  if (pool.customLines.length > 0) return null
  const { mode, algorithm, stickiness, rateLimit, timeouts, healthCheck } = pool
  const isTcp = mode === 'tcp'
  const limit = rateLimit && limitProfileOf(rateLimit)
  const features = featuresProfileOf(pool.features ?? NO_FEATURES)
  const profile: Profile = {
    mode,
    algorithm,
    check: checkProfileOf(healthCheck),
    sticky: stickiness?.mode ?? null,
    limit,
    connectMs: timeouts.connectMs,
    queueMs: timeouts.queueMs,
    checkMs: healthCheck.timeoutMs,
    serverMs: isTcp ? timeouts.serverMs : null,
    tunnelMs: isTcp ? timeouts.tunnelMs : null,
    ...(Object.keys(features).length > 0 ? { features } : {}),
    ...(pool.guards ? { guards: guardsProfileOf(pool.guards) } : {}),
  }
  return profile.sticky === 'cookie' || limit !== null ? widen(profile) : profile
}

/** The one that holds what this one does, and a limit or a sticky cookie beside it. */
export function widen(profile: Profile): Profile {
  const sticky = profile.mode === 'http' ? (profile.sticky ?? 'cookie') : profile.sticky
  return { ...profile, sticky, limit: profile.limit ?? 'any' }
}

/** The profiles a pool can be held by, the closest first; none for one of a kind. */
export function findProfiles(pool: Pool): string[] {
  const profile = profileOf(pool)
  return profile === null ? [] : [...new Set([profile, widen(profile)].map(describeProfile))]
}

function limitProfileOf({ windowMs, action, key, burst }: RateLimit): 'any' | LimitProfile {
  if (burst !== undefined) return { windowMs, action, key, burst }
  return USUAL_WINDOWS_MS.includes(windowMs) ? 'any' : { windowMs, action, key }
}

function checkProfileOf(check: HealthCheck): CheckProfile {
  if (check.type === 'none' || check.type === 'tcp') return { type: 'plain' }
  const { intervalMs: _interval, timeoutMs: _timeout, rise: _rise, fall: _fall, port: _port, ...probe } = check
  if (probe.type !== 'http') return probe
  const { path: _path, host: _host, ...request } = probe
  return request
}

/** What a profile has where a user says nothing; it goes without saying in its description. */
const USUAL = { connectMs: 5000, queueMs: 60_000, checkMs: 2000, serverMs: 60_000, tunnelMs: 604_800_000 } as const

/** A profile for a person: "http roundrobin, sticky by source". No two profiles have the same, so it is their key too. */
export function describeProfile(profile: Profile): string {
  const { mode, algorithm, check, sticky, limit } = profile
  const times = Object.entries(USUAL).flatMap(([name, usual]) => {
    const ms = profile[name as keyof typeof USUAL]
    return ms === null || ms === usual ? [] : [`${name.slice(0, -2)} timeout ${formatDuration(ms)}`]
  })
  return [
    `${mode} ${algorithm}`,
    ...(check.type === 'plain' ? [] : [describeCheck(check)]),
    ...(sticky === 'cookie' ? ['any cookie'] : sticky === 'source' ? ['sticky by source'] : []),
    ...(limit === null ? [] : [limit === 'any' ? 'any limit' : describeLimit(limit)]),
    ...times,
    ...(profile.features ? [describeByName(profile.features)] : []),
    ...(profile.guards ? [describeByName(profile.guards)] : []),
  ].join(', ')
}

function describeCheck(check: Exclude<CheckProfile, { type: 'plain' }>): string {
  const { type } = check
  if (type === 'custom') return `custom check ${check.send}/${check.expect}`
  if (type === 'postgres' || type === 'mysql') return `${type} check as ${check.user}`
  if (type === 'grpc') return `grpc check of ${check.service}@${check.host}`
  if (type !== 'http') return `${type} check`
  const { statuses, type: _type, ...more } = check
  const extra = Object.keys(more).length > 0 ? ` + ${describeByName(more)}` : ''
  return `http check ${formatStatuses(statuses)}${extra}`
}

/** Names, and a digest: values may be secret, and long. */
function describeByName(values: object): string {
  const names = Object.keys(values).map((name) => name.replace(/Ms$/, ''))
  return `${names.join(' + ')} (${createHash('sha256').update(JSON.stringify(values)).digest('hex').slice(0, 12)})`
}

function describeLimit({ windowMs, action, key, burst }: LimitProfile): string {
  const peak = burst === undefined ? '' : `, ${burst} a second`
  const by = key.by === 'header' ? ` by header ${key.name}` : key.by === 'path' ? ' by path' : ''
  return `limit per ${formatDuration(windowMs)}${peak}${action === 'deny' ? '' : `, ${action}`}${by}`
}

/** A pool of this profile without servers and without anything of its own: what is held in reserve. */
export function toBlankPool(profile: Profile, id: string): Pool {
  const { mode, algorithm, check, connectMs, queueMs, checkMs, serverMs, tunnelMs, features, guards } = profile
  const rhythm = { intervalMs: 2000, timeoutMs: checkMs, rise: 2, fall: 3, port: null }
  return {
    id,
    owner: id,
    mode,
    algorithm,
    servers: [],
    healthCheck: { ...toBlankProbe(check), ...rhythm },
    stickiness: null,
    rateLimit: null,
    timeouts: { connectMs, queueMs, serverMs: serverMs ?? 60_000, tunnelMs: tunnelMs ?? 3_600_000 },
    ...(features ? { features } : {}),
    ...(guards ? { guards } : {}),
    customLines: [],
  }
}

function toBlankProbe(check: CheckProfile) {
  if (check.type === 'plain') return { type: 'tcp' } as const
  return check.type === 'http' ? ({ ...check, path: '/', host: null } as const) : check
}
