// Two readings of HAProxy's counters become rates, for a load balancer and for each of its servers.
import type { Latency, TopRow } from '../api/wire.ts'
import type { StatRow } from '../haproxy/stat-table.ts'
import type { Pool, Share } from '../model/config.ts'
import { formatTarget } from '../model/target.ts'
import { toHealth } from './status.ts'

/** Counters at one moment, by place and by `place/server`. */
export type Reading = { readonly atMs: number; readonly rows: ReadonlyMap<string, StatRow> }

/** What rows are made from. */
export type TopGround = {
  readonly before: Reading
  readonly now: Reading
  readonly placeOf: (poolId: string) => string
  readonly latencyOf: (keys: readonly string[], averageMs: number | null) => Latency
}

/** The row of a load balancer: its pools together. */
export function toLoadBalancerRow(share: Share, ground: TopGround): TopRow {
  const places = share.pools.map(({ id }) => ground.placeOf(id))
  const rows = rowsOf(places, ground.now)
  const up = sum(rows, 'act') + sum(rows, 'bck')
  const servers = share.pools.reduce((count, pool) => count + pool.servers.length, 0)
  return {
    loadBalancer: share.owner,
    pool: null,
    server: null,
    ...toRates(places, ground),
    health: `${up}/${servers} up`,
    latency: ground.latencyOf(places, toAverage(rows)),
  }
}

/** The rows of a pool's servers. */
export function toServerRows(pool: Pool, ground: TopGround): TopRow[] {
  const place = ground.placeOf(pool.id)
  return pool.servers.map((server) => {
    const key = `${place}/${server.name}`
    const row = ground.now.rows.get(key)
    return {
      loadBalancer: pool.owner,
      pool: pool.id.slice(pool.owner.length + 1),
      server: formatTarget(server),
      ...toRates([key], ground),
      health: toHealth(server, row),
      latency: ground.latencyOf([key], toAverage(row ? [row] : [])),
    }
  })
}

function toRates(keys: readonly string[], { before, now }: TopGround) {
  const seconds = Math.max(0.001, (now.atMs - before.atMs) / 1000)
  const rows = rowsOf(keys, now)
  const rate = (...columns: readonly string[]) => {
    const grown = keys.map((key) =>
      columns.reduce((all, column) => all + grow(before.rows.get(key), now.rows.get(key), column), 0),
    )
    return grown.reduce((all, one) => all + one, 0) / seconds
  }
  return {
    requestsPerSecond: rate('stot'),
    errors4xxPerSecond: rate('hrsp_4xx'),
    errors5xxPerSecond: rate('hrsp_5xx'),
    failuresPerSecond: rate('econ', 'eresp'),
    bytesInPerSecond: rate('bin'),
    bytesOutPerSecond: rate('bout'),
    sessions: sum(rows, 'scur'),
    queued: sum(rows, 'qcur'),
  }
}

function rowsOf(keys: readonly string[], { rows }: Reading): StatRow[] {
  return keys.map((key) => rows.get(key)).filter((row) => row !== undefined)
}

/** A reload counts from zero; what was not there before may have the counters of whoever had its place. */
function grow(before: StatRow | undefined, now: StatRow | undefined, column: string): number {
  if (!before || !now) return 0
  const [was, is] = [Number(before[column] ?? 0), Number(now[column] ?? 0)]
  return is < was ? is : is - was
}

function sum(rows: readonly StatRow[], column: string): number {
  return rows.reduce((all, row) => all + Number(row[column] ?? 0), 0)
}

/** Over HAProxy's last 1024 requests, until the head of the answer; pools by how much they have had to do. */
function toAverage(rows: readonly StatRow[]): number | null {
  const used = rows.filter((row) => Number(row['stot'] ?? 0) > 0)
  const weight = sum(used, 'stot')
  if (weight === 0) return null
  const total = used.reduce((all, row) => {
    const answerMs = sum([row], 'qtime') + sum([row], 'ctime') + sum([row], 'rtime')
    return all + Number(row['stot']) * answerMs
  }, 0)
  return Math.round(total / weight)
}
