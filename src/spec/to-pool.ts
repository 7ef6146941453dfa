// The pool keys of a resource become a Pool; what a route or named pool leaves out it takes from the top.

import { isIP } from 'node:net'
import type { Algorithm, Mode, Pool, PoolTimeouts, RateLimit, Server, Stickiness } from '../model/config.ts'
import { isOfListeners, parseCustomLine } from '../model/custom-line.ts'
import { quoted } from '../model/parsed.ts'
import { formatTarget, parseTarget, type Target } from '../model/target.ts'
import { readHsts } from './check-tls-settings.ts'
import { DEFAULT_POOL_TIMEOUTS, readDurationMs } from './defaults.ts'
import type { RouteFeatureSpec } from './feature-schema.ts'
import type { SpecProblem } from './parse-resource.ts'
import { readFeatures } from './read-features.ts'
import { readGuards, withClientCertificate } from './read-guards.ts'
import { readAgentCheck, readHealthCheck } from './read-health-check.ts'
import type { BackendSpec, LoadBalancerSpec, PoolSpec, RateLimitSpec } from './schema.ts'
import { withoutServerKeys } from './server-keys.ts'
import { parseRateLimitKey } from './small-texts.ts'

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
  stated: PoolSpec & RouteFeatureSpec,
  path: string,
  around: PoolScope,
  routePath = '/',
): Pool {
  const spec = stated.static ? withoutServerKeys(stated) : stated
  const scope = stated.static ? { ...around, base: withoutServerKeys(around.base) } : around
  const { base, mode, owner, report } = scope
  const algorithm = readAlgorithm(spec.algorithm ?? base.algorithm)
  return {
    id,
    owner,
    mode,
    algorithm,
    servers: readServers(spec, path, scope),
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
    timeouts: readTimeouts({ ...base.timeouts, ...spec.timeouts }, mode),
    ...readFeatures(spec, {
      mode,
      algorithm,
      base,
      path,
      routePath,
      report,
      sendProxy: base.proxyProtocol?.send ?? 'none',
      hsts: readHsts(base.tls),
    }),
    ...withClientCertificate(readGuards(spec, { mode, base, path, report, owner, id }), base.tls, mode),
    customLines: (spec.customSettings ?? []).flatMap((line) => {
      const parsed = parseCustomLine(line)
      return parsed.ok && !isOfListeners(parsed.value) ? [parsed.value] : []
    }),
  }
}

function readAlgorithm(word: PoolSpec['algorithm']): Algorithm {
  return word === 'leastcon' ? 'leastconn' : (word ?? 'roundrobin')
}

function readServers(spec: PoolSpec, path: string, scope: PoolScope): Server[] {
  const isClosed = spec.maintenance ?? scope.base.maintenance ?? false
  const agentCheck = spec.agentCheck ?? scope.base.agentCheck
  const seen = new Set<string>()
  return (spec.backends ?? []).flatMap((backend, index) => {
    const text = withPort(backend.target, scope.targetPort)
    const target = parseTarget(text)
    const name = target.ok ? formatTarget(target.value).replace(/[[\]]/g, '') : ''
    const twice = `${quoted(text)} stands twice in this pool; give it once, with a weight`
    const refusal = target.ok ? (seen.has(name) ? twice : null) : target.message
    if (refusal !== null) scope.report({ path: `${path}.backends[${index}].target`, message: refusal })
    if (refusal !== null || !target.ok) return []
    seen.add(name)
    return [toServer(name, target.value, { agentCheck, ...backend, ...(isClosed ? { state: 'maint' } : {}) })]
  })
}

function withPort(target: string, port: number | undefined): string {
  return /:\d+$/.test(target) || port === undefined ? target : `${target}:${port}`
}

function toServer(name: string, { host, port }: Target, backend: BackendSpec): Server {
  const { weight = 1, backup = false, maxConnections = null, state = 'ready' } = backend
  const agentCheck = readAgentCheck(backend.agentCheck)
  const address = isIP(host) ? host : null
  return { name, host, port, address, weight, backup, maxConnections, state, ...agentCheck }
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

type TimeoutTexts = NonNullable<LoadBalancerSpec['timeouts']>

function readTimeouts({ connect, client, server, queue, tunnel }: TimeoutTexts, mode: Mode): PoolTimeouts {
  const usual = DEFAULT_POOL_TIMEOUTS[mode]
  // For tcp HAProxy goes by `tunnel` alone: who states how long one side may be quiet means that.
  const quiet = mode === 'tcp' ? [client, server].flatMap((text) => readDurationMs(text) ?? []) : []
  return {
    connectMs: readDurationMs(connect) ?? usual.connectMs,
    serverMs: readDurationMs(server) ?? usual.serverMs,
    queueMs: readDurationMs(queue) ?? usual.queueMs,
    tunnelMs: readDurationMs(tunnel) ?? (quiet.length > 0 ? Math.min(...quiet) : usual.tunnelMs),
  }
}
