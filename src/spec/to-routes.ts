// The routes of a resource: what of its traffic goes to which pool, and the steps in between.
import { createHash } from 'node:crypto'
import type { Pool, Route } from '../model/config.ts'
import { type Condition, DETOUR_PATHS, type Detour, detourIdOf, type Switch } from '../model/detour.ts'
import { parseHostPattern, parsePathPrefix } from '../model/text.ts'
import { readDomains } from './check-tls.ts'
import type { LoadBalancerSpec, RouteSpec } from './schema.ts'
import { parseSplitPin } from './small-texts.ts'
import { toParts } from './split-parts.ts'
import { type PoolScope, toPool } from './to-pool.ts'

/** What serving a resource's routes takes. */
export type Routing = {
  readonly routes: readonly Route[]
  readonly pools: readonly Pool[]
  readonly switches: readonly Switch[]
  readonly detours: readonly Detour[]
}

/** Which requests a route is about. */
export type Match = { readonly host: string | null; readonly path: string; readonly when: Condition | null }

/** A match and the id of what takes its requests. */
type Aim = { readonly match: Match; readonly to: string }

/** Reads the routes; problems are reported to the scope. */
export function toRouting(spec: LoadBalancerSpec, listener: string, scope: PoolScope): Routing {
  const draft = new Draft(spec, listener, scope)
  // Made even when nothing needs it: its keys are checked.
  const main = toPool(`${scope.owner}.main`, spec, 'spec', scope)
  for (const [name, pool] of Object.entries(spec.pools ?? {}))
    draft.pools.push(toPool(`${scope.owner}.pool.${name}`, pool, `spec.pools.${name}`, scope))
  const aims = (spec.routes ?? []).map((route, index) => draft.aim(route, `spec.routes[${index}]`))
  const matches = findTopMatches(spec, scope)
  if (matches.length > 0) draft.pools.push(main)
  for (const match of matches) {
    // What a route takes does not go to the backends at the top.
    const isTaken = scope.mode === 'http' && aims.some((aim) => formatMatch(aim.match) === formatMatch(match))
    if (!isTaken) aims.push({ match, to: draft.withFallback(main.id, spec.fallback) })
  }
  draft.reportDoubles(aims)
  for (const same of Map.groupBy(aims, ({ match }) => `${match.host ?? ''}${match.path}`).values()) draft.add(same)
  const { routes, pools, switches, detours } = draft
  return { routes, pools, switches, detours: [...detours].sort() }
}

const EVERYTHING: Match = { host: null, path: '/', when: null }

/** What goes to the backends at the top; nothing where they are not there. */
function findTopMatches(spec: LoadBalancerSpec, { mode }: PoolScope): Match[] {
  const { tls, routes = [], backends = [] } = spec
  if (tls?.passthrough) {
    const domains = readDomains(tls)
    if (domains.length > 0) return domains.map((host) => ({ ...EVERYTHING, host }))
    return backends.length > 0 || routes.length === 0 ? [EVERYTHING] : []
  }
  return backends.length > 0 || spec.static || mode === 'tcp' ? [EVERYTHING] : []
}

class Draft {
  readonly pools: Pool[] = []
  readonly routes: Route[] = []
  readonly switches: Switch[] = []
  readonly detours = new Set<Detour>()
  readonly #spec: LoadBalancerSpec
  readonly #listener: string
  readonly #scope: PoolScope

  constructor(spec: LoadBalancerSpec, listener: string, scope: PoolScope) {
    this.#spec = spec
    this.#listener = listener
    this.#scope = scope
  }

  /** Where a route leads, with its own pool made. */
  aim(route: RouteSpec, path: string): Aim {
    const match = readMatch(route)
    const slug = formatRouteSlug(match)
    if (route.split) return { match, to: this.#split(route, slug) }
    if (route.pool) return { match, to: this.#named(route.pool) }
    const id = `${this.#scope.owner}.route.${slug}`
    this.pools.push(toPool(id, route, path, this.#scope, match.path))
    return { match, to: this.withFallback(id, route.fallback ?? this.#spec.fallback) }
  }

  /** The id itself, or that of a step which goes on to the pool that stands in. */
  withFallback(id: string, name: string | undefined): string {
    const { owner } = this.#scope
    const other = name === undefined ? id : `${owner}.pool.${name}`
    if (other === id) return id
    this.detours.add('fallback')
    const detour = detourIdOf('fallback', id)
    if (this.routes.every(({ host }) => host !== detour)) {
      this.#row(detour, DETOUR_PATHS.first, id)
      this.#row(detour, DETOUR_PATHS.standIn, other)
    }
    return detour
  }

  #named(name: string): string {
    return this.withFallback(
      `${this.#scope.owner}.pool.${name}`,
      this.#spec.pools?.[name]?.fallback ?? this.#spec.fallback,
    )
  }

  #split({ split = [], splitPin = 'none' }: RouteSpec, slug: string): string {
    const pin = parseSplitPin(splitPin)
    const kind = `split-${pin.ok ? pin.value : 'none'}` as const
    this.detours.add(kind)
    const id = detourIdOf(kind, `${this.#scope.owner}.${slug}`)
    const parts = toParts(split.map(({ pool, weight }) => ({ to: this.#named(pool), weight: weight ?? 1 })))
    for (const [index, to] of parts.entries()) this.#row(id, DETOUR_PATHS.part(index), to)
    return id
  }

  /** The routes of one host and path. */
  add(same: readonly Aim[]): void {
    const [first] = same
    if (!first) return
    const { host, path } = first.match
    const cases = same
      .filter(({ match }) => match.when !== null)
      .sort((a, b) => countTraits(b.match.when) - countTraits(a.match.when))
    const plain = same.find(({ match }) => match.when === null)
    if (cases.length === 0) this.#row(host, path, first.to)
    else this.#switch(first.match, cases, plain)
  }

  #switch({ host, path }: Match, cases: readonly Aim[], plain: Aim | undefined): void {
    const id = detourIdOf('switch', `${this.#scope.owner}.${formatRouteSlug({ host, path, when: null })}`)
    this.switches.push({ id, host, path, cases: cases.flatMap(({ match }) => match.when ?? []) })
    this.#row(host, path, id)
    for (const [index, { to }] of cases.entries()) this.#row(id, DETOUR_PATHS.case(index), to)
    if (plain) this.#row(id, DETOUR_PATHS.otherwise, plain.to)
  }

  reportDoubles(aims: readonly Aim[]): void {
    const seen = new Set<string>()
    for (const { match } of aims) {
      const key = formatMatch(match)
      const message = `${key} stands twice; keep one`
      if (seen.has(key)) this.#scope.report({ path: 'spec.routes', message })
      seen.add(key)
    }
  }

  #row(host: string | null, path: string, pool: string): void {
    this.routes.push({ listener: this.#listener, owner: this.#scope.owner, host, path, pool })
  }
}

function readMatch({ match }: RouteSpec): Match {
  const host = match.host === undefined ? null : parseHostPattern(match.host)
  const path = parsePathPrefix(match.path ?? '/')
  const traits = (values: Readonly<Record<string, string>> = {}) =>
    Object.entries(values)
      .map(([name, value]) => [name, value === '*' ? null : value] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1))
  const when = {
    methods: [...new Set(match.methods)].sort(),
    headers: traits(match.headers),
    query: traits(match.query),
  }
  return {
    host: host?.ok ? host.value : null,
    path: path.ok ? path.value : '/',
    when: countTraits(when) > 0 ? when : null,
  }
}

/** How much a condition asks for; who asks for more is asked first. */
function countTraits(when: Condition | null): number {
  return when === null ? 0 : Math.min(1, when.methods.length) + when.headers.length + when.query.length
}

/** A name for a route's own pool that stays the same while its match does. */
function formatRouteSlug({ host, path, when }: Match): string {
  const plain = `${host ?? ''}${path}`
  const text = when === null ? plain : `${plain} ${JSON.stringify(when)}`
  const readable = plain
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .slice(0, 40)
  return `${readable || 'any'}-${createHash('sha256').update(text).digest('hex').slice(0, 6)}`
}

/** A route's match for a person: "host api.example.com, path /api". */
export function formatMatch(match: { host: string | null; path: string; when?: Condition | null }): string {
  const { methods = [], headers = [], query = [] } = match.when ?? {}
  const trait =
    (kind: string) =>
    ([name, value]: readonly [string, string | null]) =>
      `${kind} ${name}${value === null ? '' : `: ${value}`}`
  const words = [
    match.host === null ? 'any host' : `host ${match.host}`,
    `path ${match.path}`,
    ...(methods.length > 0 ? [`method ${methods.join(' or ')}`] : []),
    ...headers.map(trait('header')),
    ...query.map(trait('query')),
  ]
  return words.join(', ')
}
