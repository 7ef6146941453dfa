// A rate limit: a table that counts what was let through, and the rules that hold a pool's requests against it.
import type { Mode, RateLimit } from '../../model/config.ts'
import { formatTableName } from './names.ts'

/** How long a tarpitted request is held before it is refused, in milliseconds. */
export const TARPIT_MS = 5000

/** The section that holds the counters; they outlive a reload through the peers section. */
export function renderRateLimitTable(limit: RateLimit): string[] {
  const type = limit.key.by === 'source' ? 'ipv6' : 'string len 64'
  return [
    `backend ${formatTableName(limit.scope)} from df_tcp`,
    `  stick-table type ${type} size 200k expire ${limit.windowMs}ms store gpc0,gpc0_rate(${limit.windowMs}ms)${formatBurstCounters(limit)} peers fairlead`,
  ]
}

/** Beside the window's: what came in the last second, where a burst is limited too. */
export function formatBurstCounters({ burst }: Pick<RateLimit, 'burst'>): string {
  return burst === undefined ? '' : `,gpc1,gpc1_rate(${BURST_MS}ms)`
}

const BURST_MS = 1000

/** The rules in the pool. Only accepted requests count, so a client above its limit still gets its share. */
export function renderRateLimit(limit: RateLimit, mode: Mode): string[] {
  const table = formatTableName(limit.scope)
  const isAbove = `if { sc0_gpc0_rate(${table}) ge ${limit.requests} }`
  const burst = limit.burst === undefined ? null : `if { sc0_gpc1_rate(${table}) ge ${limit.burst} }`
  if (mode === 'tcp')
    return [
      `tcp-request content track-sc0 src table ${table}`,
      `tcp-request content reject ${isAbove}`,
      ...(burst === null ? [] : [`tcp-request content reject ${burst}`, 'tcp-request content sc-inc-gpc1(0)']),
      'tcp-request content sc-inc-gpc0(0)',
    ]
  return [
    ...renderTracking(limit, table),
    `${renderRefusal(limit)} ${isAbove}`,
    ...(burst === null
      ? []
      : [`${renderRefusal({ ...limit, windowMs: BURST_MS })} ${burst}`, 'http-request sc-inc-gpc1(0)']),
    'http-request sc-inc-gpc0(0)',
    ...(limit.action === 'tarpit' ? [`timeout tarpit ${TARPIT_MS}ms`] : []),
  ]
}

function renderTracking(limit: RateLimit, table: string): string[] {
  if (limit.key.by === 'source') return [`http-request track-sc0 src table ${table}`]
  if (limit.key.by === 'path')
    return ['http-request set-var(txn.client) path,sha1,hex', `http-request track-sc0 var(txn.client) table ${table}`]
  // Hashed: a key of any length fits the table, and nobody reads API keys out of it.
  return [
    `http-request set-var(txn.client) req.hdr(${limit.key.name}),sha1,hex`,
    'http-request set-var(txn.client) src unless { var(txn.client) -m found }',
    `http-request track-sc0 var(txn.client) table ${table}`,
  ]
}

/** What a client above its limit is told. */
export function renderRefusal(limit: Pick<RateLimit, 'windowMs' | 'action'>): string {
  const answer = `content-type text/plain hdr Retry-After ${Math.ceil(limit.windowMs / 1000)} string "Too many requests.\\n"`
  return limit.action === 'deny'
    ? `http-request return status 429 ${answer}`
    : `http-request tarpit deny_status 429 ${answer}`
}
