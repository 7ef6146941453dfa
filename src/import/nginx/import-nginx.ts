// An nginx configuration becomes load balancers, and a remark on every line that is not in them.
import type { LoadBalancerInput } from '../../spec/schema.ts'
import { assemble } from '../assemble.ts'
import { Names, toName } from '../names.ts'
import { formatLine, type Imported, Remarks, type Unreadable } from '../remark.ts'
import type { Pools, Site } from '../site.ts'
import { remarkOn } from './directives.ts'
import { type Directive, parseNginx } from './parse-nginx.ts'
import { inherit, REQUEST_DIRECTIVES } from './request-keys.ts'
import { readServer } from './server.ts'
import { toDuration } from './times.ts'
import { readUpstream, toTarget } from './upstream.ts'

/** Reads a whole nginx.conf, or a part of it. `fallback` names what has no name. */
export function importNginx(text: string, fallback: string): Imported | Unreadable {
  const directives = parseNginx(text)
  if (!Array.isArray(directives)) return directives
  const remarks = new Remarks()
  const http = directives.filter(({ name }) => name === 'http').flatMap(({ block }) => block ?? [])
  const streams = directives.filter(({ name }) => name === 'stream').flatMap(({ block }) => block ?? [])
  const top = directives.filter(({ name }) => name !== 'http' && name !== 'stream')
  const web = importHttp([...top, ...http], remarks, fallback)
  const names = new Names()
  for (const { name } of web) names.take(name)
  return { resources: [...web, ...importStreams(streams, remarks, names)], remarks: remarks.list() }
}

function importHttp(directives: readonly Directive[], remarks: Remarks, fallback: string): LoadBalancerInput[] {
  const pools = readPools(directives, remarks)
  const outer = inherit([], directives)
  const servers = directives.filter(({ name }) => name === 'server')
  const sites = servers.map((server) => readServer(server, { pools, outer, remarks }))
  for (const directive of directives)
    if (!['server', 'upstream'].includes(directive.name) && !REQUEST_DIRECTIVES.has(directive.name))
      remarkOn(directive, remarks)
  remarkOnUnused(directives, sites, pools, remarks)
  remarkOnDefaults(sites, remarks)
  return assemble(sites, pools, remarks, fallback)
}

function readPools(directives: readonly Directive[], remarks: Remarks): Pools {
  const upstreams = directives.filter(({ name }) => name === 'upstream')
  return new Map(upstreams.map((upstream) => [toName(upstream.words[0] ?? ''), readUpstream(upstream, remarks)]))
}

function remarkOnUnused(
  directives: readonly Directive[],
  sites: readonly Site[],
  pools: Pools,
  remarks: Remarks,
): void {
  if (sites.length > 0) return
  for (const { name, words, line } of directives)
    if (name === 'upstream' && pools.size > 0)
      remarks.leaveOut(line, `upstream ${formatLine(words)}: no server block of this file sends requests there`)
}

/** nginx gives a name that no server block has to the first one of the port. */
function remarkOnDefaults(sites: readonly Site[], remarks: Remarks): void {
  const ports = new Map<number, Site>()
  for (const site of sites)
    for (const port of [...site.plainPorts, ...site.tlsPorts]) {
      const first = ports.get(port)
      if (!first || site.hosts.includes(null)) ports.set(port, first?.hosts.includes(null) ? first : site)
    }
  for (const site of new Set(ports.values())) {
    if (site.hosts.includes(null) || site.isWayToTls) continue
    remarks.note(
      site.line,
      `server: nginx gives it the requests for every other name too; here they get 404. Add a route without host for them`,
    )
  }
}

/** Each server of a stream block is a load balancer of type tcp. */
function importStreams(directives: readonly Directive[], remarks: Remarks, names: Names): LoadBalancerInput[] {
  const pools = readPools(directives, remarks)
  return directives.flatMap((directive): LoadBalancerInput[] => {
    if (directive.name === 'upstream') return []
    if (directive.name === 'server') return readStream(directive, pools, remarks, names) ?? []
    remarkOn(directive, remarks)
    return []
  })
}

function readStream(server: Directive, pools: Pools, remarks: Remarks, names: Names): LoadBalancerInput[] | null {
  const block = server.block ?? []
  const find = (wanted: string) => block.find(({ name }) => name === wanted)
  const [listen, pass] = [find('listen'), find('proxy_pass')]
  const port = /(?:^|:)(\d+)$/.exec(listen?.words[0] ?? '')?.[1]
  const to = pass?.words[0] ?? ''
  const target = pools.has(toName(to)) && !to.includes(':') ? null : toTarget(to)
  const pool = target === null ? pools.get(toName(to)) : { backends: [{ target }] }
  const isOther = listen?.words.some((word) => word === 'udp' || word === 'ssl') ?? false
  if (port === undefined || !pool || isOther) {
    remarks.leaveOut(
      server.line,
      'server: only TCP on a port, to an upstream of this file or to host:port, can be taken',
    )
    return null
  }
  const [connect, idle] = ['proxy_connect_timeout', 'proxy_timeout'].map((name) =>
    toDuration(find(name)?.words[0] ?? ''),
  )
  const timeouts = { ...(connect ? { connect } : {}), ...(idle ? { server: idle, client: idle } : {}) }
  for (const directive of block)
    if (!['listen', 'proxy_pass', 'proxy_connect_timeout', 'proxy_timeout'].includes(directive.name))
      remarkOn(directive, remarks)
  const { hashKey: _hashKey, ...keys } = pool
  const spec = {
    type: 'tcp' as const,
    port: Number(port),
    ...keys,
    ...(Object.keys(timeouts).length > 0 ? { timeouts } : {}),
  }
  return [{ name: names.take(target === null ? to : `tcp-${port}`), spec }]
}
