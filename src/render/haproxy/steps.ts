// The steps between a request's host and path and its pool: conditions, splits, and pools that stand in for others.

import type { Listener } from '../../model/config.ts'
import {
  type Condition,
  DETOUR_PATHS,
  type Detour,
  detourPrefixOf,
  SPLIT_PARTS,
  type Switch,
  type Trait,
} from '../../model/detour.ts'
import { formatRouteKey } from './names.ts'
import { renderWord } from './word.ts'

const POOL = 'http-request set-var(txn.pool)'

/** Whether a listener's requests may need them. */
export function hasSteps({ switches, detours }: Pick<Listener, 'switches' | 'detours'>): boolean {
  return switches !== undefined || detours !== undefined
}

/** The rules; `notFound` answers a request that no condition takes. */
export function renderSteps(
  { switches = [], detours = [], wildcardLabels }: Listener,
  map: string,
  notFound: (isLost: string) => readonly string[],
): string[] {
  const isLost = `{ var(txn.pool) -m beg ${detourPrefixOf('switch')} }`
  return [
    ...switches.flatMap((one) => renderSwitch(one, map, wildcardLabels)),
    ...(switches.length > 0 ? notFound(isLost) : []),
    ...detours.filter((detour) => detour !== 'fallback').flatMap((detour) => renderSplit(detour, map)),
    ...(detours.includes('fallback') ? renderFallback(map) : []),
  ]
}

/** A step that leads nowhere leaves the pool as it is, so that the next rule is tried. */
function renderSwitch({ id, host, path, cases }: Switch, map: string, wildcardLabels: number): string[] {
  const isHere = `if { var(txn.pool) -m str ${id} }`
  const row = (below: string) => `${POOL} str(${formatRouteKey({ host: id, path: below })}),map_str(${map}) ${isHere}`
  return [
    ...cases.map((one, index) => `${row(DETOUR_PATHS.case(index))} ${renderCondition(one)}`),
    row(DETOUR_PATHS.otherwise),
    ...findLessSpecific(host, path, wildcardLabels).map((key) => `${POOL} ${key},map_beg(${map}) ${isHere}`),
  ]
}

/** Keys of the next routes a request would have had: shorter paths of the host, then wilder hosts with the whole path. */
function findLessSpecific(host: string | null, path: string, wildcardLabels: number): string[] {
  // One character less: the longest key that begins so is of fewer segments, or of a path with a `*` at its end.
  const shorter = path === '/' ? [] : [`str(${renderWord(formatRouteKey({ host, path }).slice(0, -1))})`]
  if (host === null) return shorter
  const labels = (host.startsWith('*.') ? host.slice(2).split('.') : host.split('.')).slice(1)
  const wilder = labels
    .map((_, index) => labels.slice(index))
    .filter((rest) => rest.length <= wildcardLabels)
    .map((rest) => `str(.${rest.join('.')}),concat(,txn.path,/)`)
  return [...shorter, ...wilder, 'path,concat(/)']
}

function renderCondition({ methods, headers, query }: Condition): string {
  const trait = (fetch: string, [name, value]: Trait) =>
    value === null ? `{ ${fetch}(${name}) -m found }` : `{ ${fetch}(${name}) -m str -- ${renderWord(value)} }`
  return [
    ...(methods.length > 0 ? [`{ method ${methods.join(' ')} }`] : []),
    ...headers.map((header) => trait('req.hdr', header)),
    ...query.map((parameter) => trait('url_param', parameter)),
  ].join(' ')
}

/** The cookie that keeps a client in its part of every split that is pinned by one. */
const PART_COOKIE = 'fairlead-split'

const PART = 'http-request set-var(txn.part)'

function renderSplit(detour: Exclude<Detour, 'fallback'>, map: string): string[] {
  const isHere = `if { var(txn.pool) -m beg ${detourPrefixOf(detour)} }`
  return [...renderPart(detour, isHere), `${POOL} var(txn.pool),concat(/,txn.part,/),map_str(${map}) ${isHere}`]
}

/** Which part of a split a client or connection is in, where nothing of HTTP says so. */
export function formatPart(detour: 'split-none' | 'split-source'): string {
  return detour === 'split-none' ? `rand(${SPLIT_PARTS})` : partOf('src')
}

function partOf(fetch: string): string {
  return `${fetch},xxh32(1),mod(${SPLIT_PARTS})`
}

/** Which part a request is in. */
function renderPart(detour: Exclude<Detour, 'fallback'>, isHere: string): string[] {
  const any = formatPart('split-none')
  if (detour === 'split-none' || detour === 'split-source') return [`${PART} ${formatPart(detour)} ${isHere}`]
  if (detour === 'split-cookie') {
    const asked = `req.cook(${PART_COOKIE})`
    const isNew = 'if { var(txn.new_part) -m found }'
    return [
      `${PART} ${asked} ${isHere} { ${asked} -m reg ^(0|[1-9][0-9]?)$ }`,
      `http-request set-var(txn.new_part) ${any} ${isHere} !{ var(txn.part) -m found }`,
      `${PART} var(txn.new_part) ${isNew}`,
      `http-after-response add-header Set-Cookie ${PART_COOKIE}=%[var(txn.new_part)];\\ Path=/;\\ Max-Age=2592000;\\ HttpOnly;\\ SameSite=Lax ${isNew}`,
    ]
  }
  const value = `req.hdr(${detour.slice('split-header:'.length)})`
  return [`${PART} ${any} ${isHere}`, `${PART} ${partOf(value)} ${isHere} { ${value} -m found }`]
}

function renderFallback(map: string): string[] {
  const isHere = 'if { var(txn.else) -m found }'
  const key = (path: string) => `var(txn.else),concat(${path}/),map_str(${map})`
  return [
    `http-request set-var(txn.else) var(txn.pool) if { var(txn.pool) -m beg ${detourPrefixOf('fallback')} }`,
    `${POOL} ${key(DETOUR_PATHS.first)} ${isHere}`,
    `${POOL} ${key(DETOUR_PATHS.standIn)} ${isHere} { var(txn.pool),nbsrv eq 0 }`,
  ]
}
