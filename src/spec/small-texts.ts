// The little languages inside the resource: status ranges, rate-limit keys, the health-check DSL, escapes.
import type { RateLimitKey } from '../model/config.ts'
import { parseDuration } from '../model/duration.ts'
import type { HashKey } from '../model/features.ts'
import { accepted, type Parsed, quoted, refused } from '../model/parsed.ts'
import { parseCookieName, parseHeaderName, parseRequestTarget } from '../model/text.ts'
import type { HealthCheckSpec } from './schema.ts'

/** Reads "200" or "200-399". */
export function parseStatusRange(text: string): Parsed<{ from: number; to: number }> {
  const parts = /^([1-5]\d\d)(?:-([1-5]\d\d))?$/.exec(text)
  const from = Number(parts?.[1])
  const to = Number(parts?.[2] ?? parts?.[1])
  if (parts && from <= to) return accepted({ from, to })
  return refused(`${quoted(text)} is not a status or a range of them; write 200 or 200-399`)
}

/** Reads "source", "path" or "header:X-Api-Key". */
export function parseRateLimitKey(text: string): Parsed<RateLimitKey> {
  if (text === 'source' || text === 'path') return accepted({ by: text })
  const name = parseHeaderName(text.startsWith('header:') ? text.slice(7) : '')
  if (name.ok) return accepted({ by: 'header', name: name.value })
  return refused(
    `${quoted(text)} is not a rate-limit key; write source, path or header:NAME, for example header:X-Api-Key`,
  )
}

/** Reads "path", "header:X-User", "cookie:SESSION" or "query:user". */
export function parseHashKey(text: string): Parsed<HashKey> {
  if (text === 'path') return accepted({ by: 'path' })
  const [, by, name = ''] = /^(header|cookie|query):(.+)$/.exec(text) ?? []
  const parsed = by === 'header' ? parseHeaderName(name) : parseCookieName(name)
  if (by !== undefined && parsed.ok) return accepted({ by: by as 'header' | 'cookie' | 'query', name: parsed.value })
  return refused(`${quoted(text)} is not a hash key; write path, header:NAME, cookie:NAME or query:NAME`)
}

/** Reads the command line's `http:/path:interval`, `tcp::interval` and `custom:<send>/<expect>:interval`. */
export function parseHealthCheckText(text: string): Parsed<HealthCheckSpec> {
  const refusal = refused(
    `${quoted(text)} is not a health check; write http:/health:5s, tcp::5s, custom:<send>/<expect>:5s or none`,
  )
  if (text === 'none') return accepted({ type: 'none' })
  const parts =
    /^(http|tcp|custom):(.*?)(?::([0-9a-z]+))?$/s.exec(text) ?? (text === 'tcp' ? ['', 'tcp', '', undefined] : null)
  if (!parts) return refusal
  const [, type, middle = '', every] = parts
  const interval = every === undefined ? undefined : parseDuration(every)
  if (interval && !interval.ok) return interval
  const rhythm = every === undefined ? {} : { interval: every }
  if (type === 'tcp') return middle === '' ? accepted({ type: 'tcp', ...rhythm }) : refusal
  if (type === 'http') {
    const path = parseRequestTarget(middle)
    return path.ok ? accepted({ type: 'http', path: middle, ...rhythm }) : path
  }
  const at = middle.search(/(?<!\\)\//)
  if (at < 0 || at === middle.length - 1) return refusal
  return accepted({
    type: 'custom',
    send: middle.slice(0, at).replaceAll('\\/', '/'),
    expect: middle.slice(at + 1).replaceAll('\\/', '/'),
    ...rhythm,
  })
}

/** The bytes of a text with \r \n \t \\ \" \xNN escapes, as hex digits: nothing in them can be taken for configuration. */
export function parseEscapes(text: string): Parsed<string> {
  const understood = /^(?:[^\\]|\\(?:[rnt0\\"/]|x[0-9a-fA-F]{2}))*/.exec(text)?.[0].length ?? 0
  if (understood < text.length)
    return refused(
      `${quoted(text)} has an unknown escape at character ${understood + 1}; use \\r \\n \\t \\0 \\\\ or \\xNN`,
    )
  const single: Readonly<Record<string, string>> = {
    r: '\r',
    n: '\n',
    t: '\t',
    '0': '\0',
    '\\': '\\',
    '"': '"',
    '/': '/',
  }
  const bytes: number[] = []
  for (const [piece, code] of text.matchAll(/\\(x[0-9a-fA-F]{2}|.)|[^\\]+/gs)) {
    if (code === undefined) bytes.push(...new TextEncoder().encode(piece))
    else if (code.startsWith('x')) bytes.push(Number.parseInt(code.slice(1), 16))
    else bytes.push((single[code] ?? '').charCodeAt(0))
  }
  return accepted(
    bytes
      .map((byte) => byte.toString(16).padStart(2, '0'))
      .join('')
      .toUpperCase(),
  )
}
