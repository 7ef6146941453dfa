// The rate limit of a place in reserve: how many requests, per how long, by what and whose counters comes from maps, by place.
import type { Mode } from '../../model/config.ts'
import { type Profile, USUAL_WINDOWS_MS } from '../../model/profile.ts'
import { TARPIT_MS } from './rate-limit.ts'
import { PARAMETER_MAPS } from './rows.ts'

/** Places whose counters are alike share a table; its keys start with the scope. */
function formatTable(windowMs: number): string {
  return `rl.shared.${windowMs}`
}

/** The sections of the tables that places of these profiles count in. */
export function renderSharedTables(profiles: Iterable<Profile>): string[][] {
  const windows = new Set<number>()
  for (const { limit } of profiles) for (const windowMs of windowsOf(limit)) windows.add(windowMs)
  return [...windows].map((windowMs) => [
    `backend ${formatTable(windowMs)} from df_tcp`,
    `  stick-table type string len 128 size 200k expire ${windowMs}ms store gpc0,gpc0_rate(${windowMs}ms) peers fairlead`,
  ])
}

function windowsOf(limit: Profile['limit']): readonly number[] {
  if (limit === null) return []
  return limit === 'any' ? USUAL_WINDOWS_MS : [limit.windowMs]
}

/** The rules of a place, which do nothing without a row. Only accepted requests count, as in a place made for one pool. */
export function renderReservedLimit(limit: NonNullable<Profile['limit']>, mode: Mode): string[] {
  const [rule, scope] = mode === 'http' ? ['http-request', 'txn'] : ['tcp-request content', 'sess']
  const has = `{ var(${scope}.limit) -m found }`
  const set = (name: string, value: string, condition: string) =>
    `${rule} set-var(${scope}.${name}) ${value}${condition === '' ? '' : ` if ${condition}`}`
  const tracks = windowsOf(limit).map(
    (windowMs) =>
      `${rule} track-sc0 var(${scope}.counter) table ${formatTable(windowMs)} if ${has} { var(${scope}.window) -m str ${windowMs} }`,
  )
  return [
    set('limit', `be_name,map_str_int(${PARAMETER_MAPS.limit})`, ''),
    set('window', `be_name,map_str(${PARAMETER_MAPS.window})`, has),
    set('client', 'src', has),
    ...(mode === 'http' ? renderHeaderKey(has) : []),
    set('counter', `be_name,map_str(${PARAMETER_MAPS.scope}),concat(|,${scope}.client)`, has),
    ...tracks,
    set('over', `sc_gpc0_rate(0),sub(${scope}.limit)`, has),
    ...renderRefusals(mode, `if ${has} { var(${scope}.over) -m int ge 0 }`),
    `${rule} sc-inc-gpc0(0) if ${has}`,
  ]
}

/** A header whose name comes from a map is found among all of them by a reference back to that name. */
function renderHeaderKey(has: string): string[] {
  const named = '{ var(txn.header) -m found }'
  const find = String.raw`regsub("(?s)^([^|]*)\|(.*\n|)\1: *([^\r\n]*).*$","=\3")`
  return [
    `http-request set-var(txn.header) be_name,map_str(${PARAMETER_MAPS.limitHeader}) if ${has}`,
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
