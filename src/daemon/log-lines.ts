// Lines of HAProxy's log as a user knows them: of which load balancer, pool and target; and which of them are asked for.
import type { LogFilter } from '../api/engine.ts'
import type { LogLine } from '../api/wire.ts'
import type { AccessLine } from '../haproxy/access-line.ts'
import type { Pool, Share } from '../model/config.ts'
import { formatTarget } from '../model/target.ts'
import { formatFrontendName } from '../render/haproxy/names.ts'
import { countRequests } from '../render/haproxy/thinning.ts'
import { formatEnding } from './log-endings.ts'

/** Where the lines of one load balancer come from. */
export type Ground = {
  readonly name: string
  readonly pools: ReadonlyMap<string, Pool>
  /** Listeners, for what found no pool: of several load balancers on one each sees it. */
  readonly frontends: ReadonlySet<string>
}

/** The ground of a load balancer, with its pools where they stand now. */
export function toGround(name: string, share: Share | undefined, placeOf: (poolId: string) => string): Ground {
  return {
    name,
    pools: new Map(share?.pools.map((pool) => [placeOf(pool.id), pool])),
    frontends: new Set(share?.routes.map(({ listener }) => formatFrontendName(listener))),
  }
}

/** A line as the API answers it; null where it is another load balancer's. */
export function toLogLine(line: AccessLine, { name, pools, frontends }: Ground): LogLine | null {
  const pool = pools.get(line.place)
  if (!pool && !frontends.has(line.place)) return null
  const { request, status, queueMs, connectMs, answerMs, retries, bytes, end } = line
  return {
    time: new Date(line.atMs).toISOString(),
    loadBalancer: name,
    client: line.client,
    requestId: request?.id ?? null,
    method: request?.method ?? null,
    host: request?.host ?? null,
    path: request?.path ?? null,
    pool: pool ? pool.id.slice(pool.owner.length + 1) : null,
    server: line.server === null ? null : findTarget(line.server, pool),
    status,
    durationMs: line.totalMs,
    queueMs,
    connectMs,
    answerMs,
    retries,
    bytes,
    end,
    ending: formatEnding(end),
    standsFor: weigh(line),
  }
}

/** How many requests or connections a line stands for. */
export function weigh({ request, status, connectMs, answerMs, end, rate }: AccessLine): number {
  const isServed = (request ? answerMs : connectMs) !== null
  return countRequests({ status, isHttp: request !== null, isServed, end, rate })
}

function findTarget(name: string, pool: Pool | undefined): string {
  const server = pool?.servers.find((one) => one.name === name)
  return server ? formatTarget(server) : name
}

/** Whether a line is one of those asked for. */
export function isAskedFor(line: LogLine, filter: LogFilter): boolean {
  const { status, path, host, server, method, slowerThanMs, requestId } = filter
  return (
    (status === undefined || (line.status !== null && line.status >= status[0] && line.status <= status[1])) &&
    (path === undefined || isBelow(line.path, path)) &&
    (host === undefined || plainHost(line.host) === plainHost(host)) &&
    (server === undefined || isServer(line.server, server)) &&
    (requestId === undefined || line.requestId === requestId) &&
    (method === undefined || line.method === method.toUpperCase()) &&
    (slowerThanMs === undefined || line.durationMs >= slowerThanMs)
  )
}

function isBelow(path: string | null, prefix: string): boolean {
  return path !== null && `${path}/`.startsWith(prefix.endsWith('/') ? prefix : `${prefix}/`)
}

function plainHost(host: string | null): string | undefined {
  return host?.toLowerCase().replace(/:\d+$/, '')
}

function isServer(target: string | null, asked: string): boolean {
  const plain = (text: string) => text.replace(/[[\]]/g, '')
  return target !== null && (plain(target) === plain(asked) || plain(target.replace(/:\d+$/, '')) === plain(asked))
}
