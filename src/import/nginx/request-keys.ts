// Directives that change requests and answers on their way: headers, timeouts, compression, retries.
import { parseChangeableHeader, parseHeaderValue } from '../../model/text.ts'
import { formatLine, type Remarks } from '../remark.ts'
import type { RouteKeys } from '../site.ts'
import type { Directive } from './parse-nginx.ts'
import { toDuration } from './times.ts'

/** The directives `readRequestKeys` knows, and those about files; nginx takes each from the innermost level that has it. */
export const REQUEST_DIRECTIVES: ReadonlySet<string> = new Set([
  'proxy_set_header',
  'add_header',
  'proxy_hide_header',
  'proxy_connect_timeout',
  'proxy_read_timeout',
  'gzip',
  'proxy_next_upstream',
  'proxy_next_upstream_tries',
  'root',
  'index',
])

/** What holds inside `inner` when this holds around it; `also`: what holds only where it stands. */
export function inherit(
  outer: readonly Directive[],
  inner: readonly Directive[],
  also: ReadonlySet<string> = new Set(),
): Directive[] {
  const own = inner.filter(({ name }) => REQUEST_DIRECTIVES.has(name) || also.has(name))
  const names = new Set(own.map(({ name }) => name))
  return [...outer.filter(({ name }) => !names.has(name)), ...own]
}

/** The keys of a route, or of its pool. */
export function readRequestKeys(directives: readonly Directive[], remarks: Remarks): RouteKeys {
  const headers = readHeaders(directives, remarks)
  const timeouts = readTimeouts(directives, remarks)
  const retries = readRetries(directives, remarks)
  const isPacked = directives.some(({ name, words }) => name === 'gzip' && words[0] === 'on')
  return {
    ...(Object.keys(headers).length > 0 ? { headers } : {}),
    ...(Object.keys(timeouts).length > 0 ? { timeouts } : {}),
    ...(isPacked ? { compression: true } : {}),
    ...retries,
  }
}

/** Headers that HAProxy gives servers anyway, and the variables that say just that. */
const ALREADY_SO: readonly (readonly [RegExp, RegExp])[] = [
  [/^host$/, /^\$(http_)?host$/],
  [/^x-forwarded-for$/, /^\$(proxy_add_x_forwarded_for|remote_addr)$/],
  [/^x-forwarded-proto$/, /^\$scheme$/],
  [/^upgrade$/, /^\$http_upgrade$/],
  [/^connection$/, /^(|upgrade|keep-alive|close|\$connection_upgrade|\$http_connection)$/i],
]

type Rules = NonNullable<NonNullable<RouteKeys['headers']>['request']>

function readHeaders(directives: readonly Directive[], remarks: Remarks): NonNullable<RouteKeys['headers']> {
  const request: { set: Record<string, string>; remove: string[] } = { set: {}, remove: [] }
  const response: typeof request = { set: {}, remove: [] }
  for (const { name: directive, words, line } of directives) {
    const [name = '', value = ''] = words
    if (directive === 'proxy_hide_header') response.remove.push(name)
    if (directive !== 'proxy_set_header' && directive !== 'add_header') continue
    const isRequest = directive === 'proxy_set_header'
    if (isRequest && ALREADY_SO.some(([of, as]) => of.test(name.toLowerCase()) && as.test(value))) continue
    const side = isRequest ? request : response
    const obstacle = findObstacle(name, value)
    if (obstacle !== null) remarks.leaveOut(line, `${formatLine([directive, name, value])}: ${obstacle}`)
    else if (value === '') side.remove.push(name)
    else side.set[name] = value
  }
  const toRules = ({ set, remove }: typeof request): Rules => ({
    ...(Object.keys(set).length > 0 ? { set } : {}),
    ...(remove.length > 0 ? { remove } : {}),
  })
  const [asked, answered] = [toRules(request), toRules(response)]
  return {
    ...(Object.keys(asked).length > 0 ? { request: asked } : {}),
    ...(Object.keys(answered).length > 0 ? { response: answered } : {}),
  }
}

function findObstacle(name: string, value: string): string | null {
  if (/\$(proxy_add_x_forwarded_for|remote_addr)/.test(value))
    return "servers get the client's address in X-Forwarded-For; other headers take literal values only"
  if (value.includes('$')) return 'there are no variables; a header takes a literal value'
  const changeable = parseChangeableHeader(name)
  if (!changeable.ok) return changeable.message
  const literal = value === '' ? null : parseHeaderValue(value)
  return literal === null || literal.ok ? null : literal.message
}

function readTimeouts(directives: readonly Directive[], remarks: Remarks): { connect?: string; server?: string } {
  const find = (wanted: string) => {
    const found = directives.findLast(({ name }) => name === wanted)
    const [text = ''] = found?.words ?? []
    const time = found ? toDuration(text) : null
    if (found && time === null)
      remarks.leaveOut(found.line, `${wanted} ${formatLine([text])}: is no duration that can be set`)
    return time
  }
  const [connect, server] = [find('proxy_connect_timeout'), find('proxy_read_timeout')]
  return { ...(connect === null ? {} : { connect }), ...(server === null ? {} : { server }) }
}

type Retries = NonNullable<RouteKeys['retries']>
type Cause = NonNullable<Retries['on']>[number]

const CAUSES: Readonly<Record<string, readonly Cause[]>> = {
  error: ['conn-failure', 'empty-response'],
  timeout: ['response-timeout'],
  http_500: ['500'],
  http_502: ['502'],
  http_503: ['503'],
  http_504: ['504'],
}

function readRetries(directives: readonly Directive[], remarks: Remarks): { retries?: Retries } {
  const next = directives.findLast(({ name }) => name === 'proxy_next_upstream')
  const tries = directives.findLast(({ name }) => name === 'proxy_next_upstream_tries')?.words[0] ?? ''
  if (!next) return {}
  if (next.words.includes('off')) return { retries: { attempts: 0, on: [] } }
  for (const word of next.words)
    if (!Object.hasOwn(CAUSES, word))
      remarks.leaveOut(next.line, `proxy_next_upstream ${formatLine([word])}: is no cause to send a request again`)
  const on = [...new Set(next.words.flatMap((word) => CAUSES[word] ?? []))]
  // nginx counts the first try too.
  const attempts = /^[1-9]\d?$/.test(tries) ? Math.min(20, Number(tries) - 1) : null
  return { retries: { ...(attempts === null ? {} : { attempts }), on } }
}
