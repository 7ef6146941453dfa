// The little languages inside the resource: rate-limit keys, hash keys, pins, escapes.
import type { RateLimitKey } from '../model/config.ts'
import type { SplitPin } from '../model/detour.ts'
import type { HashKey } from '../model/features.ts'
import { accepted, type Parsed, quoted, refused } from '../model/parsed.ts'
import { parseCookieName, parseHeaderName, parseRequestTarget } from '../model/text.ts'

/** Reads "source", "path" or "header:X-Api-Key". */
export function parseRateLimitKey(text: string): Parsed<RateLimitKey> {
  if (text === 'source' || text === 'path') return accepted({ by: text })
  const name = parseHeaderName(text.startsWith('header:') ? text.slice(7) : '')
  if (name.ok) return accepted({ by: 'header', name: name.value })
  return refused(
    `${quoted(text)} is not a rate-limit key; write source, path or header:NAME, for example header:X-Api-Key`,
  )
}

/** Reads "none", "cookie", "source" or "header:X-User"; a header's name in lower case. */
export function parseSplitPin(text: string): Parsed<SplitPin> {
  if (text === 'none' || text === 'cookie' || text === 'source') return accepted<SplitPin>(text)
  const name = parseHeaderName(text.startsWith('header:') ? text.slice(7) : '')
  if (name.ok) return accepted<SplitPin>(`header:${name.value.toLowerCase()}`)
  return refused(
    `${quoted(text)} does not say what keeps a client in its share; write none, cookie, source or header:NAME`,
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

/** Reads "ECDHE+AESGCM:!aNULL": names and commands of OpenSSL, with colons. */
export function parseCiphers(text: string): Parsed<string> {
  const [word, most] = [/^[!+-]?[A-Za-z0-9][A-Za-z0-9_+=.-]*$|^@(?:STRENGTH|SECLEVEL=[0-5])$/, 4096]
  if (text.length <= most && text.split(':').every((part) => word.test(part))) return accepted(text)
  return refused(
    `${quoted(text)} is not a list of ciphers; write their names with colons, for example ECDHE+AESGCM:!aNULL, at most ${most} characters`,
  )
}

/** A path without a query. */
export function parseMonitorUri(text: string): Parsed<string> {
  if (parseRequestTarget(text).ok && !text.includes('?')) return accepted(text)
  return refused(`${quoted(text)} is not a path; it starts with '/' and has no '?', for example /health`)
}
