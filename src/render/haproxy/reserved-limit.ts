// The rate limit of a place in reserve: how many requests, per how long, by what and whose counters comes from maps, by place.
import type { Mode } from '../../model/config.ts'
import { type LimitProfile, type Profile, USUAL_WINDOWS_MS } from '../../model/profile.ts'
import { formatBurstCounters, renderRefusal, TARPIT_MS } from './rate-limit.ts'
import { LIMIT_BY_PATH, PARAMETER_MAPS } from './rows.ts'

/** Places whose counters are alike share a table; its keys start with the scope. */
function formatTable({ windowMs, burst }: Window): string {
  return `rl.shared.${windowMs}${burst === undefined ? '' : '.burst'}`
}

/** What is counted for so long; with a burst also what came in the last second. */
type Window = { readonly windowMs: number; readonly burst?: number }

/** The sections of the tables that places of these profiles count in. */
export function renderSharedTables(profiles: Iterable<Profile>): string[][] {
  const windows = new Map<string, Window>()
  for (const { limit } of profiles) for (const window of windowsOf(limit)) windows.set(formatTable(window), window)
  return [...windows].map(([table, window]) => {
    const { windowMs } = window
    const counters = `gpc0,gpc0_rate(${windowMs}ms)${formatBurstCounters(window)}`
    return [
      `backend ${table} from df_tcp`,
      `  stick-table type string len 128 size 200k expire ${windowMs}ms store ${counters} peers fairlead`,
    ]
  })
}

function windowsOf(limit: Profile['limit']): readonly Window[] {
  if (limit === null) return []
  return limit === 'any' ? USUAL_WINDOWS_MS.map((windowMs) => ({ windowMs })) : [limit]
}

/** The rules of a place, which do nothing without a row. Only accepted requests count, as in a place made for one pool. */
export function renderReservedLimit(limit: NonNullable<Profile['limit']>, mode: Mode): string[] {
  const [rule, scope] = mode === 'http' ? ['http-request', 'txn'] : ['tcp-request content', 'sess']
  const has = `{ var(${scope}.limit) -m found }`
  const set = (name: string, value: string, condition: string) =>
    `${rule} set-var(${scope}.${name}) ${value}${condition === '' ? '' : ` if ${condition}`}`
  const tracks = windowsOf(limit).map(
    (window) =>
      `${rule} track-sc0 var(${scope}.counter) table ${formatTable(window)} if ${has} { var(${scope}.window) -m str ${window.windowMs} }`,
  )
  return [
    set('limit', `be_name,map_str_int(${PARAMETER_MAPS.limit})`, ''),
    set('window', `be_name,map_str(${PARAMETER_MAPS.window})`, has),
    set('client', 'src', has),
    ...(mode === 'http' ? renderHeaderKey(has) : []),
    set('counter', `be_name,map_str(${PARAMETER_MAPS.scope}),concat(|,${scope}.client)`, has),
    ...tracks,
    set('over', `sc_gpc0_rate(0),sub(${scope}.limit)`, has),
    ...(limit === 'any' || limit.burst === undefined ? [] : renderBurst(limit, limit.burst, mode, has)),
    ...renderRefusals(mode, `if ${has} { var(${scope}.over) -m int ge 0 }`),
    `${rule} sc-inc-gpc0(0) if ${has}`,
  ]
}

/** How many in a second is part of the profile. What is above the limit of the window is not counted twice. */
function renderBurst(limit: LimitProfile, burst: number, mode: Mode, has: string): string[] {
  const [rule, scope] = mode === 'http' ? ['http-request', 'txn'] : ['tcp-request content', 'sess']
  const refuse = mode === 'http' ? renderRefusal({ ...limit, windowMs: 1000 }) : 'tcp-request content reject'
  const isWithin = `{ var(${scope}.over) -m int lt 0 }`
  return [
    `${refuse} if ${has} ${isWithin} { sc_gpc1_rate(0) ge ${burst} }`,
    `${rule} sc-inc-gpc1(0) if ${has} ${isWithin}`,
  ]
}

/** A header whose name comes from a map is found among all of them by a reference back to that name. */
function renderHeaderKey(has: string): string[] {
  const named = `{ var(txn.header) -m found } !{ var(txn.header) -m str ${LIMIT_BY_PATH} }`
  const find = String.raw`regsub("(?s)^([^|]*)\|(.*\n|)\1: *([^\r\n]*).*$","=\3")`
  return [
    `http-request set-var(txn.header) be_name,map_str(${PARAMETER_MAPS.limitHeader}) if ${has}`,
    `http-request set-var(txn.client) path,sha1,hex if { var(txn.header) -m str ${LIMIT_BY_PATH} }`,
    `http-request set-var(txn.headers) req.hdrs if ${named}`,
    `http-request set-var(txn.found) 'var(txn.header),concat("|",txn.headers),${find}' if ${named}`,
    'http-request set-var(txn.client) var(txn.found),sha1,hex if { var(txn.found) -m beg = }',
  ]
}

function renderRefusals(mode: Mode, isAbove: string): string[] {
  if (mode === 'tcp') return [`tcp-request content reject ${isAbove}`]
  const answer = `content-type text/plain hdr Retry-After "%[be_name,map_str(${PARAMETER_MAPS.retryAfter},1)]" string "Too many requests.\\n"`
  return [
    `http-request tarpit deny_status 429 ${answer} ${isAbove} { be_name,map_str(${PARAMETER_MAPS.limitAction}) tarpit }`,
    `http-request return status 429 ${answer} ${isAbove}`,
    `timeout tarpit ${TARPIT_MS}ms`,
  ]
}
