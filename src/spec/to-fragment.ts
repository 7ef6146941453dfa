// A checked LoadBalancer resource becomes a fragment: defaults filled in, texts read, pools and routes named.
import { formatListenerId, type Mode } from '../model/config.ts'
import type { Detour, Switch } from '../model/detour.ts'
import type { Fragment, ListenerWish, Origin } from '../model/fragment.ts'
import { quoted } from '../model/parsed.ts'
import { parseBindAddress } from '../model/text.ts'
import { checkSniRoute, checkTls, readDomains } from './check-tls.ts'
import { readDurationMs } from './defaults.ts'
import { routeFeatureKeys } from './feature-schema.ts'
import type { Checked, SpecProblem } from './parse-resource.ts'
import type { LoadBalancerInput, LoadBalancerSpec, RouteSpec } from './schema.ts'
import { checkServerKeys } from './server-keys.ts'
import type { PoolScope } from './to-pool.ts'
import { toRouting } from './to-routes.ts'
import { withTls } from './to-tls.ts'

/** Reads a resource that passed the schema; what only makes sense together is checked here. Never throws. */
export function toFragment(resource: LoadBalancerInput, origin: Origin): Checked<Fragment> {
  const { name, spec } = resource
  const mode: Mode = spec.type ?? 'http'
  const problems: SpecProblem[] = checkTogether(spec, mode)
  const listener = toListener(spec, mode)
  const listenerId = formatListenerId(listener.address, listener.port)
  const scope: PoolScope = {
    owner: name,
    mode,
    base: spec,
    targetPort: spec.targetPort,
    report: (problem) => problems.push(problem),
  }

  const { routes, pools, switches, detours } = toRouting(spec, listenerId, scope)
  if (problems.length > 0) return { ok: false, problems: tellOnce(problems) }
  const domains = spec.tls ? readDomains(spec.tls) : []
  return {
    ok: true,
    value: {
      origin,
      name,
      vpc: spec.vpc ?? null,
      ...withTls(spec, withSteps(listener, switches, detours), routes),
      ...(domains.length > 0 ? { domains } : {}),
      pools,
      resource,
      problems: [],
    },
  }
}

/** What pools take over from the top is found wrong in each of them, and told once. */
function tellOnce(problems: readonly SpecProblem[]): SpecProblem[] {
  return [...new Map(problems.map((problem) => [`${problem.path} ${problem.message}`, problem])).values()]
}

function toListener(spec: LoadBalancerSpec, mode: Mode): ListenerWish {
  const address = parseBindAddress(spec.bind ?? '0.0.0.0')
  const { client, httpRequest, keepAlive } = spec.timeouts ?? {}
  return {
    address: address.ok ? address.value : '0.0.0.0',
    port: spec.port ?? 80,
    mode,
    ...(spec.proxyProtocol?.accept ? { acceptProxy: true } : {}),
    ...(spec.monitorUri === undefined ? {} : { monitorUri: spec.monitorUri }),
    timeouts: {
      clientMs: readDurationMs(client),
      httpRequestMs: readDurationMs(httpRequest),
      keepAliveMs: readDurationMs(keepAlive),
    },
  }
}

function checkTogether(spec: LoadBalancerSpec, mode: Mode): SpecProblem[] {
  const problems: SpecProblem[] = []
  if (mode === 'tcp' && spec.port === undefined)
    problems.push({ path: 'spec.port', message: 'is missing; a tcp load balancer needs a port, for example 5432' })
  if (mode === 'tcp' && !spec.tls?.passthrough && (spec.routes ?? []).length > 0)
    problems.push({
      path: 'spec.routes',
      message:
        'routes by host and path need type http; a tcp load balancer sends everything to its backends, or goes by host with tls: {passthrough: true}',
    })
  if (mode === 'tcp' && spec.monitorUri !== undefined)
    problems.push({ path: 'spec.monitorUri', message: 'needs type http; leave it out' })
  for (const key of ['httpRequest', 'keepAlive'] as const) {
    if (mode === 'tcp' && spec.timeouts?.[key] !== undefined)
      problems.push({
        path: `spec.timeouts.${key}`,
        message: 'needs type http; a tcp load balancer has the timeouts connect, client, server, queue and tunnel',
      })
  }
  problems.push(...checkTls(spec, mode), ...checkStatic(spec))
  problems.push(...checkFallback(spec.fallback, 'spec.fallback', spec, mode))
  for (const [name, pool] of Object.entries(spec.pools ?? {}))
    problems.push(...checkFallback(pool.fallback, `spec.pools.${name}.fallback`, spec, mode))
  for (const [index, route] of (spec.routes ?? []).entries())
    problems.push(...checkRoute(route, `spec.routes[${index}]`, spec, mode))
  return problems
}

/** At the top files stand for the backends; keys of servers may be there for others. */
function checkStatic(spec: LoadBalancerSpec): SpecProblem[] {
  const isAlone = (spec.routes ?? []).length + Object.keys(spec.pools ?? {}).length === 0
  const beside = 'stands beside backends, and a request goes one way; leave one of the two out'
  return [
    ...(spec.static && spec.backends ? [{ path: 'spec.static', message: beside }] : []),
    ...(isAlone ? checkServerKeys(spec, 'spec') : []),
  ]
}

/** The keys that say where a route leads. */
const AIMS = ['pool', 'split', 'redirect', 'static', 'backends'] as const

function checkRoute(route: RouteSpec, path: string, spec: LoadBalancerSpec, mode: Mode): SpecProblem[] {
  const bySni = mode === 'tcp' && spec.tls?.passthrough ? checkSniRoute(route, path) : []
  return bySni.length > 0 ? bySni : checkAim(route, path, spec, mode)
}

function checkAim(route: RouteSpec, path: string, spec: LoadBalancerSpec, mode: Mode): SpecProblem[] {
  const [first, second] = AIMS.filter((key) => route[key] !== undefined)
  if (first === undefined)
    return [
      {
        path,
        message: 'says where nothing goes; give it backends, the name of a pool, a split, a redirect, or static files',
      },
    ]
  if (second !== undefined)
    return [
      {
        path: `${path}.${second}`,
        message: `stands beside ${first}, and a request goes one way; leave one of the two out`,
      },
    ]
  if (route.splitPin !== undefined && first !== 'split')
    return [{ path: `${path}.splitPin`, message: 'belongs to a split; leave it out' }]
  if (mode === 'tcp' && route.splitPin !== undefined && !['none', 'source'].includes(route.splitPin))
    return [{ path: `${path}.splitPin`, message: 'a cookie or header needs type http; for tcp use source' }]
  if (first === 'backends' || first === 'redirect' || first === 'static')
    return [...checkServerKeys(route, path), ...checkNamed(route.fallback, `${path}.fallback`, spec)]
  const { match: _match, pool, split, splitPin: _pin, ...own } = route
  const extra = Object.keys(own)[0]
  const message =
    extra !== undefined && extra in routeFeatureKeys
      ? `needs backends of the route's own; this route names its pool`
      : `a route that names a pool takes everything from it; move ${extra} to spec.pools.${pool ?? '<name>'}`
  return [
    ...checkNamed(pool, `${path}.pool`, spec),
    ...(split ?? []).flatMap((part, index) => checkNamed(part.pool, `${path}.split[${index}].pool`, spec)),
    ...(split?.every(({ weight }) => weight === 0)
      ? [{ path: `${path}.split`, message: 'gives every pool weight 0; give one of them more' }]
      : []),
    ...(extra === undefined ? [] : [{ path: `${path}.${extra}`, message }]),
  ]
}

function checkFallback(name: string | undefined, path: string, spec: LoadBalancerSpec, mode: Mode): SpecProblem[] {
  if (mode === 'tcp' && name !== undefined)
    return [{ path, message: 'needs type http; for tcp use backends with backup: true' }]
  return checkNamed(name, path, spec)
}

function checkNamed(name: string | undefined, path: string, { pools = {} }: LoadBalancerSpec): SpecProblem[] {
  if (name === undefined || name in pools) return []
  const known = Object.keys(pools)
  const hint = known.length > 0 ? `known: ${known.join(', ')}` : 'add it under spec.pools'
  return [{ path, message: `there is no pool ${quoted(name)}; ${hint}` }]
}

/** A listener as these routes need it. */
function withSteps(listener: ListenerWish, switches: readonly Switch[], detours: readonly Detour[]): ListenerWish {
  return {
    ...listener,
    ...(switches.length > 0 ? { switches } : {}),
    ...(detours.length > 0 ? { detours } : {}),
  }
}
