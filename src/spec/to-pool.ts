// The pool keys of a resource become a Pool; what a route or named pool leaves out it takes from the top.

import { isIP } from 'node:net'
import type {
  Algorithm,
  HealthCheck,
  HealthProbe,
  Mode,
  Pool,
  PoolTimeouts,
  RateLimit,
  Server,
  Stickiness,
} from '../model/config.ts'
import { parseCustomLine } from '../model/custom-line.ts'
import { quoted } from '../model/parsed.ts'
import { formatTarget, parseTarget, type Target } from '../model/target.ts'
import { parseHostPattern } from '../model/text.ts'
import { DEFAULT_CHECK, DEFAULT_POOL_TIMEOUTS, readDurationMs } from './defaults.ts'
import type { RouteFeatureSpec } from './feature-schema.ts'
import type { SpecProblem } from './parse-resource.ts'
import { readFeatures } from './read-features.ts'
import { readGuards } from './read-guards.ts'
import type { BackendSpec, HealthCheckSpec, LoadBalancerSpec, PoolSpec, RateLimitSpec } from './schema.ts'
import { parseEscapes, parseRateLimitKey, parseStatusRange } from './small-texts.ts'

/** What the pools of one resource share. */
export type PoolScope = {
  readonly owner: string
  readonly mode: Mode
  /** The keys at the top of the spec, which pools inherit. */
  readonly base: LoadBalancerSpec
  readonly targetPort: number | undefined
  readonly report: (problem: SpecProblem) => void
}

/** One pool; `path` is where its keys stand in the resource, for problems. */
export function toPool(
  id: string,
  spec: PoolSpec & RouteFeatureSpec,
  path: string,
  scope: PoolScope,
  routePath = '/',
): Pool {
  const { base, mode, owner, report } = scope
  const algorithm = readAlgorithm(spec.algorithm ?? base.algorithm)
  return {
    id,
    owner,
    mode,
    algorithm,
    servers: readServers(spec.backends ?? [], path, spec.maintenance ?? base.maintenance ?? false, scope),
    healthCheck: readHealthCheck(
      spec.healthCheck ?? base.healthCheck ?? {},
      spec.healthCheck ? `${path}.healthCheck` : 'spec.healthCheck',
      report,
    ),
    stickiness: readStickiness(
      spec.sticky ?? base.sticky,
      mode,
      spec.sticky ? `${path}.sticky` : 'spec.sticky',
      report,
    ),
    rateLimit: readRateLimit(spec, id, path, scope),
    timeouts: readTimeouts({ ...base.timeouts, ...spec.timeouts }),
    ...readFeatures(spec, {
      mode,
      algorithm,
      base,
      path,
      routePath,
      report,
      sendProxy: base.proxyProtocol?.send ?? 'none',
    }),
    ...readGuards(spec, { mode, base, path, report, owner, id }),
    customLines: (spec.customSettings ?? []).flatMap((line) => {
      const parsed = parseCustomLine(line)
      return parsed.ok ? [parsed.value] : []
    }),
  }
}

function readAlgorithm(word: PoolSpec['algorithm']): Algorithm {
  return word === 'leastcon' ? 'leastconn' : (word ?? 'roundrobin')
}

function readServers(backends: readonly BackendSpec[], path: string, isClosed: boolean, scope: PoolScope): Server[] {
  const seen = new Set<string>()
  return backends.flatMap((backend, index) => {
    const text = withPort(backend.target, scope.targetPort)
    const target = parseTarget(text)
    const name = target.ok ? formatTarget(target.value).replace(/[[\]]/g, '') : ''
    const twice = `${quoted(text)} stands twice in this pool; give it once, with a weight`
    const refusal = target.ok ? (seen.has(name) ? twice : null) : target.message
    if (refusal !== null) scope.report({ path: `${path}.backends[${index}].target`, message: refusal })
    if (refusal !== null || !target.ok) return []
    seen.add(name)
    return [toServer(name, target.value, isClosed ? { ...backend, state: 'maint' } : backend)]
  })
}

function withPort(target: string, port: number | undefined): string {
  return /:\d+$/.test(target) || port === undefined ? target : `${target}:${port}`
}

function toServer(name: string, { host, port }: Target, backend: BackendSpec): Server {
  const { weight = 1, backup = false, maxConnections = null, state = 'ready' } = backend
  return { name, host, port, address: isIP(host) ? host : null, weight, backup, maxConnections, state }
}

function readHealthCheck(spec: HealthCheckSpec, path: string, report: PoolScope['report']): HealthCheck {
  return {
    ...readProbe(spec, path, report),
    intervalMs: readDurationMs(spec.interval) ?? DEFAULT_CHECK.intervalMs,
    timeoutMs: readDurationMs(spec.timeout) ?? DEFAULT_CHECK.timeoutMs,
    rise: spec.rise ?? DEFAULT_CHECK.rise,
    fall: spec.fall ?? DEFAULT_CHECK.fall,
    port: spec.port ?? null,
  }
}

const KEYS_OF_ONE_TYPE: Readonly<Record<string, string>> = {
  path: 'http',
  status: 'http',
  host: 'http',
  send: 'custom',
  expect: 'custom',
}

function readProbe(spec: HealthCheckSpec, path: string, report: PoolScope['report']): HealthProbe {
  const type =
    spec.type ??
    (spec.path !== undefined || spec.status !== undefined ? 'http' : spec.expect !== undefined ? 'custom' : 'tcp')
  for (const [key, needed] of Object.entries(KEYS_OF_ONE_TYPE)) {
    if (key in spec && needed !== type)
      report({ path: `${path}.${key}`, message: `belongs to a health check of type ${needed}; this one is ${type}` })
  }
  if (type === 'none' || type === 'tcp') return { type }
  if (type === 'http') {
    const status = parseStatusRange(String(spec.status ?? '200-399'))
    const { from, to } = status.ok ? status.value : { from: 200, to: 399 }
    const host = spec.host === undefined ? null : parseHostPattern(spec.host)
    return { type, path: spec.path ?? '/', host: host?.ok ? host.value : null, statusFrom: from, statusTo: to }
  }
  if (spec.expect === undefined)
    report({ path: `${path}.expect`, message: 'is missing; a custom health check says what the answer must contain' })
  return {
    type,
    send: readBytes(spec.send ?? '', `${path}.send`, report),
    expect: readBytes(spec.expect ?? '', `${path}.expect`, report),
  }
}

function readBytes(text: string, path: string, report: PoolScope['report']): string {
  const bytes = parseEscapes(text)
  if (bytes.ok) return bytes.value
  report({ path, message: bytes.message })
  return ''
}

function readStickiness(
  spec: PoolSpec['sticky'],
  mode: Mode,
  path: string,
  report: PoolScope['report'],
): Stickiness | null {
  if (!spec) return null
  if (spec.mode === 'source') {
    if (spec.cookieName !== undefined)
      report({ path: `${path}.cookieName`, message: 'belongs to mode cookie; with mode source leave it out' })
    return { mode: 'source' }
  }
  if (mode === 'tcp') report({ path: `${path}.mode`, message: 'a cookie needs type http; for tcp use mode source' })
  return { mode: 'cookie', cookieName: spec.cookieName ?? 'SERVERID' }
}

function readRateLimit(spec: PoolSpec, id: string, path: string, scope: PoolScope): RateLimit | null {
  const own = spec.rateLimit
  const limit = own ?? scope.base.rateLimit
  if (!limit) return null
  const isShared = own === undefined || path === 'spec'
  const where = isShared ? 'spec.rateLimit' : `${path}.rateLimit`
  return readLimit(limit, isShared ? scope.owner : id, where, scope)
}

function readLimit(limit: RateLimitSpec, counters: string, path: string, { mode, report }: PoolScope): RateLimit {
  const key = parseRateLimitKey(limit.key ?? 'source')
  const windowMs = readDurationMs(limit.window) ?? 0
  if (windowMs < 1000) report({ path: `${path}.window`, message: `"${limit.window}" is too short; use 1s or more` })
  if (mode === 'tcp' && key.ok && key.value.by !== 'source')
    report({ path: `${path}.key`, message: `a ${key.value.by} needs type http; for tcp use source` })
  if (limit.burst !== undefined && limit.burst > limit.requests)
    report({ path: `${path}.burst`, message: `${limit.burst} is more than requests; give at most ${limit.requests}` })
  if (mode === 'tcp' && limit.action === 'tarpit')
    report({ path: `${path}.action`, message: 'tarpit needs type http; for tcp use deny' })
  return {
    scope: counters,
    requests: limit.requests,
    windowMs,
    ...(limit.burst === undefined ? {} : { burst: limit.burst }),
    action: limit.action ?? 'deny',
    key: key.ok ? key.value : { by: 'source' },
  }
}

function readTimeouts(texts: {
  connect?: string | undefined
  server?: string | undefined
  queue?: string | undefined
  tunnel?: string | undefined
}): PoolTimeouts {
  return {
    connectMs: readDurationMs(texts.connect) ?? DEFAULT_POOL_TIMEOUTS.connectMs,
    serverMs: readDurationMs(texts.server) ?? DEFAULT_POOL_TIMEOUTS.serverMs,
    queueMs: readDurationMs(texts.queue) ?? DEFAULT_POOL_TIMEOUTS.queueMs,
    tunnelMs: readDurationMs(texts.tunnel) ?? DEFAULT_POOL_TIMEOUTS.tunnelMs,
  }
}
