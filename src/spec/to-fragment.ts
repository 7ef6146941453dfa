// A checked LoadBalancer resource becomes a fragment: defaults filled in, texts read, pools and routes named.
import { createHash } from 'node:crypto'
import type { Mode, Pool, Route } from '../model/config.ts'
import { formatListenerId } from '../model/config.ts'
import type { Fragment, ListenerWish, Origin } from '../model/fragment.ts'
import { quoted } from '../model/parsed.ts'
import { parseBindAddress, parseHostPattern, parsePathPrefix } from '../model/text.ts'
import { readDurationMs } from './defaults.ts'
import { routeFeatureKeys } from './feature-schema.ts'
import type { Checked, SpecProblem } from './parse-resource.ts'
import type { LoadBalancerInput, LoadBalancerSpec, RouteSpec } from './schema.ts'
import { type PoolScope, toPool } from './to-pool.ts'
import { checkTls, findTlsRemarks, withTls } from './to-tls.ts'

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

  // Made even when nothing needs it: its keys are checked.
  const main = toPool(`${name}.main`, spec, 'spec', scope)
  const pools: Pool[] = []
  const routes: Route[] = []
  for (const [poolName, pool] of Object.entries(spec.pools ?? {}))
    pools.push(toPool(`${name}.pool.${poolName}`, pool, `spec.pools.${poolName}`, scope))
  for (const [index, route] of (spec.routes ?? []).entries()) {
    const match = readMatch(route)
    const pool = route.pool ? `${name}.pool.${route.pool}` : `${name}.route.${formatRouteSlug(match)}`
    if (!route.pool) pools.push(toPool(pool, route, `spec.routes[${index}]`, scope, match.path))
    routes.push({ listener: listenerId, owner: name, ...match, pool })
  }
  if ((spec.backends ?? []).length > 0 || mode === 'tcp') {
    pools.push(main)
    routes.push({ listener: listenerId, owner: name, host: null, path: '/', pool: `${name}.main` })
  }
  problems.push(...findDoubleRoutes(routes))
  if (problems.length > 0) return { ok: false, problems: tellOnce(problems) }
  return {
    ok: true,
    value: {
      origin,
      name,
      vpc: spec.vpc ?? null,
      ...withTls(spec, listener, routes),
      pools,
      resource,
      problems: findTlsRemarks(spec),
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
  if (mode === 'tcp' && (spec.routes ?? []).length > 0)
    problems.push({
      path: 'spec.routes',
      message: 'routes by host and path need type http; a tcp load balancer sends everything to its backends',
    })
  for (const key of ['httpRequest', 'keepAlive'] as const) {
    if (mode === 'tcp' && spec.timeouts?.[key] !== undefined)
      problems.push({
        path: `spec.timeouts.${key}`,
        message: 'needs type http; a tcp load balancer has the timeouts connect, client, server, queue and tunnel',
      })
  }
  problems.push(...checkTls(spec, mode))
  for (const [index, route] of (spec.routes ?? []).entries())
    problems.push(...checkRoute(route, `spec.routes[${index}]`, spec))
  return problems
}

function checkRoute(route: RouteSpec, path: string, spec: LoadBalancerSpec): SpecProblem[] {
  if (route.pool === undefined) {
    if (route.redirect && route.backends)
      return [
        {
          path: `${path}.backends`,
          message: 'never get a request, since the route redirects; leave one of the two out',
        },
      ]
    if (route.backends || route.redirect) return []
    return [{ path, message: 'says where nothing goes; give it backends, the name of a pool, or a redirect' }]
  }
  const known = Object.keys(spec.pools ?? {})
  if (!known.includes(route.pool))
    return [
      {
        path: `${path}.pool`,
        message: `there is no pool ${quoted(route.pool)}; ${known.length > 0 ? `known: ${known.join(', ')}` : 'add it under spec.pools'}`,
      },
    ]
  const { match: _match, pool: _pool, ...own } = route
  const extra = Object.keys(own)[0]
  return extra === undefined
    ? []
    : [
        {
          path: `${path}.${extra}`,
          message:
            extra in routeFeatureKeys
              ? `needs backends of the route's own, or none for a redirect; this route names the pool ${route.pool}`
              : `a route that names a pool takes everything from it; move ${extra} to spec.pools.${route.pool}`,
        },
      ]
}

function readMatch(route: RouteSpec): { host: string | null; path: string } {
  const host = route.match.host === undefined ? null : parseHostPattern(route.match.host)
  const path = parsePathPrefix(route.match.path ?? '/')
  return { host: host?.ok ? host.value : null, path: path.ok ? path.value : '/' }
}

/** A name for a route's own pool that stays the same while its match does. */
function formatRouteSlug(match: { host: string | null; path: string }): string {
  const text = `${match.host ?? ''}${match.path}`
  const readable = text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .slice(0, 40)
  return `${readable || 'any'}-${createHash('sha256').update(text).digest('hex').slice(0, 6)}`
}

function findDoubleRoutes(routes: readonly Route[]): SpecProblem[] {
  const seen = new Set<string>()
  return routes.flatMap((route) => {
    const key = `${route.host ?? ''}${route.path}`
    if (!seen.has(key)) {
      seen.add(key)
      return []
    }
    return [
      {
        path: 'spec.routes',
        message: `${formatMatch(route)} stands twice; keep one (backends at the top are the route for any host and path /)`,
      },
    ]
  })
}

/** A route's match for a person: "host api.example.com, path /api". */
export function formatMatch(match: { host: string | null; path: string }): string {
  return `${match.host === null ? 'any host' : `host ${match.host}`}, path ${match.path}`
}
