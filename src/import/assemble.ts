// Sites become load balancers: one for each pair of ports and certificate, since a load balancer has one of each.
import type { LoadBalancerInput, LoadBalancerSpec } from '../spec/schema.ts'
import { Names } from './names.ts'
import type { Remarks } from './remark.ts'
import type { Pools, Site, SiteRoute } from './site.ts'

/** What the sites of one load balancer have in common. */
type Door = Pick<Site, 'bind' | 'certificateFile' | 'minVersion' | 'timeouts'> & {
  readonly port: number
  readonly tlsPort: number | null
  readonly redirect: boolean
}

type Entrance = { readonly door: Door; readonly site: Site }

/** The resources, in the order of the file. `fallback` names what nothing else does. */
export function assemble(
  sites: readonly Site[],
  pools: Pools,
  remarks: Remarks,
  fallback: string,
): LoadBalancerInput[] {
  const entrances = findEntrances(sites, remarks)
  const byDoor = Map.groupBy(entrances, ({ door }) => JSON.stringify(door))
  const names = new Names()
  return [...byDoor.values()].flatMap((group) => {
    const [first] = group
    const routes = group.flatMap(({ site }) => toRoutes(site))
    if (!first || routes.length === 0) return []
    const name = names.take(findName(first.site) ?? fallback)
    return [
      { name, spec: { ...toDoorSpec(first.door), ...toRouteSpec(dropTwice(routes, first.site.line, remarks), pools) } },
    ]
  })
}

function findEntrances(sites: readonly Site[], remarks: Remarks): Entrance[] {
  const ways = sites.filter(({ isWayToTls }) => isWayToTls)
  const used = new Set<Site>()
  const doors = sites.flatMap((site): Entrance[] => {
    if (site.isWayToTls) return []
    const { bind, certificateFile, minVersion, timeouts, tlsPorts } = site
    const shared = { bind, timeouts }
    const [tlsPort, ...more] = tlsPorts
    for (const port of more)
      remarks.leaveOut(site.line, `port ${port}: one load balancer serves https on one port; ${tlsPort} was taken`)
    const plain = site.plainPorts.map((port) => ({
      ...shared,
      port,
      tlsPort: null,
      redirect: false,
      certificateFile: null,
      minVersion: null,
    }))
    if (tlsPort === undefined) return plain.map((door) => ({ door, site }))
    const tls = { ...shared, tlsPort, certificateFile, minVersion }
    const [first, ...others] = plain
    if (first) return [{ ...first, ...tls }, ...others].map((door) => ({ door, site }))
    const way = ways.find((one) => site.hosts.every((host) => one.hosts.includes(host) || one.hosts.includes(null)))
    if (way) used.add(way)
    else
      remarks.note(
        site.line,
        `port 80 is opened beside ${tlsPort} and sends clients to https; a load balancer has both`,
      )
    return [{ door: { ...tls, port: way?.plainPorts[0] ?? 80, redirect: true }, site }]
  })
  return dropHidden([...doors, ...toRedirects(ways.filter((way) => !used.has(way)))], remarks)
}

/** Ways to https that belong to no load balancer of this file redirect by themselves. */
function toRedirects(ways: readonly Site[]): Entrance[] {
  const none = { tlsPort: null, redirect: false, certificateFile: null, minVersion: null }
  return ways.flatMap((site) => {
    const { bind, timeouts } = site
    return site.plainPorts.map((port) => ({ site, door: { bind, timeouts, port, ...none } }))
  })
}

/** What a plain port serves that another load balancer needs for its way to https. */
function dropHidden(entrances: readonly Entrance[], remarks: Remarks): Entrance[] {
  const ways = entrances.filter(({ door }) => door.redirect)
  return entrances.filter(({ door, site }) => {
    if (door.tlsPort !== null) return true
    const hidden = ways.some(
      (way) => way.door.port === door.port && way.site.hosts.some((host) => site.hosts.includes(host)),
    )
    if (hidden)
      remarks.leaveOut(
        site.line,
        `port ${door.port}: sends these hosts to https, so what it served itself was left out`,
      )
    return !hidden
  })
}

function toDoorSpec({ port, tlsPort, bind, certificateFile, minVersion, redirect, timeouts }: Door): LoadBalancerSpec {
  const tls = {
    ...(tlsPort === null || tlsPort === 443 ? {} : { port: tlsPort }),
    ...(certificateFile === null ? {} : { certificateFile }),
    ...(redirect ? {} : { redirect }),
    ...(minVersion === null ? {} : { minVersion }),
  }
  return {
    ...(port === 80 ? {} : { port }),
    ...(bind === null ? {} : { bind }),
    ...(tlsPort === null ? {} : { tls }),
    ...(Object.keys(timeouts).length > 0 ? { timeouts } : {}),
  }
}

type HostRoute = SiteRoute & { readonly host: string | null }

function toRoutes(site: Site): HostRoute[] {
  return site.hosts.flatMap((host) => site.routes.map((route) => ({ ...route, host })))
}

function dropTwice(routes: readonly HostRoute[], line: number, remarks: Remarks): HostRoute[] {
  const seen = new Map<string, string>()
  return routes.filter(({ host, path, keys }) => {
    const match = `${host ?? ''}${path.replace(/(?<=.)\/+$/, '')}`
    const [first, text] = [seen.get(match), JSON.stringify(keys)]
    if (first === undefined) seen.set(match, text)
    else if (first !== text)
      remarks.leaveOut(line, `${host ?? 'any host'} ${path}: stands more than once; the first was taken`)
    return first === undefined
  })
}

function toRouteSpec(routes: readonly HostRoute[], pools: Pools): LoadBalancerSpec {
  const [only, ...more] = routes
  // The one pool of everything stands at the top, where a person would write it.
  if (
    only &&
    more.length === 0 &&
    only.host === null &&
    only.path === '/' &&
    !only.keys.redirect &&
    !only.keys.rewrite
  ) {
    const { pool, ...own } = only.keys
    return pool === undefined ? own : { ...pools.get(pool) }
  }
  const { all, routes: named } = nameRepeated(routes, pools)
  const used = new Set(named.flatMap(({ keys }) => keys.pool ?? []))
  const wanted = Object.fromEntries([...all].filter(([name]) => used.has(name)))
  return {
    routes: named.map(({ host, path, keys }) => ({
      match: { ...(host === null ? {} : { host }), ...(path === '/' ? {} : { path }) },
      ...keys,
    })),
    ...(used.size > 0 ? { pools: wanted } : {}),
  }
}

/** Pools that several routes write out become named ones; what rewrites or redirects is a route's own. */
function nameRepeated(routes: readonly HostRoute[], pools: Pools): { all: Pools; routes: HostRoute[] } {
  const texts = Map.groupBy(routes, ({ keys }) => JSON.stringify(keys))
  const names = new Names()
  for (const name of pools.keys()) names.take(name)
  const all = new Map(pools)
  const known = new Map<string, string>()
  for (const [text, [first, ...more]] of texts) {
    if (!first || more.length === 0 || !first.keys.backends || first.keys.rewrite || first.keys.redirect) continue
    const name = names.take(first.path === '/' ? 'main' : first.path)
    known.set(text, name)
    all.set(name, first.keys)
  }
  const named = routes.map((route) => {
    const pool = known.get(JSON.stringify(route.keys))
    return pool === undefined ? route : { ...route, keys: { pool } }
  })
  return { all, routes: named }
}

/** The host people know it by, or the pool it leads to. */
function findName({ name, hosts, routes }: Site): string | undefined {
  return name ?? hosts.find((host) => host !== null) ?? routes.find(({ keys }) => keys.pool !== undefined)?.keys.pool
}
