// The regular expressions of HAProxy 1.x, which matched whole header lines and the request line.

/** Which headers a pattern deletes whole: by name, or by how the name begins. */
export type DeletedHeaders = { readonly names: readonly string[] } | { readonly prefix: string }

const NAME = String.raw`[A-Za-z0-9_]+(?:\\?-[A-Za-z0-9_]+)*\\?-?`
const ANY_VALUE = /^(?:\\s[*+]?|\[ \][*+]?| [*+]?)?(?:\.\*|\(\.\*\))?\$?$/

function plain(name: string): string {
  return name.replaceAll('\\', '')
}

/** The headers that a pattern matches whatever their value; null where it looks at the value or is not understood. */
export function parseDeletedHeaders(pattern: string): DeletedHeaders | null {
  const named = new RegExp(`^\\^(?:\\((?:\\?:)?(?<list>${NAME}(?:\\|${NAME})*)\\)|(?<one>${NAME})):(?<rest>.*)$`).exec(
    pattern,
  )
  if (named) {
    const { list, one, rest = '' } = named.groups ?? {}
    return ANY_VALUE.test(rest) ? { names: (list ?? one ?? '').split('|').map(plain) } : null
  }
  const start = new RegExp(`^\\^(${NAME})(?:(?:\\.\\*|\\[\\^:\\][*+])(?::(?:\\.\\*)?)?)?$`).exec(pattern)?.[1]
  // Names of headers are matched in lower case.
  return start === undefined ? null : { prefix: plain(start).toLowerCase() }
}

/** A header and a pattern for its value; null for anything else than `^Name: value`. */
export type HeaderPattern = { readonly name: string; readonly value: string }

export function parseHeaderPattern(pattern: string): HeaderPattern | null {
  const { name, rest } = new RegExp(`^\\^(?<name>${NAME}):(?<rest>.*)$`).exec(pattern)?.groups ?? {}
  if (name === undefined || rest === undefined || hasAlternatives(rest)) return null
  const value = rest.replace(/^(?:\\s[*+]?|\[ \][*+]?| [*+]?)(?!\?)/, '')
  if (value === rest && rest !== '' && !/^[.(]/.test(rest)) return null
  return { name: plain(name), value: `^${value}` }
}

/** Whether a `|` stands outside all parentheses and brackets. */
function hasAlternatives(pattern: string): boolean {
  const bare = pattern.replace(/\\./g, '').replace(/\[[^\]]*\]/g, '')
  let flat = bare
  for (let before = ''; before !== flat; ) {
    before = flat
    flat = flat.replace(/\([^()]*\)/g, '')
  }
  return flat.includes('|')
}

/** What a replacement writes into the header of this name; null where it makes another line of it. */
export function parseHeaderReplacement(name: string, replacement: string): string | null {
  const colon = replacement.indexOf(':')
  if (colon < 0 || plain(replacement.slice(0, colon)).toLowerCase() !== name.toLowerCase()) return null
  return replacement.slice(colon + 1).replace(/^ /, '')
}

const METHOD = String.raw`(?:\[\^ ?:? ?\][*+]|\\S[*+]|\\w[*+]|\[A-Z\][*+])`

/** A pattern for the path, and what the path becomes. */
export type PathRewrite = { readonly pattern: string; readonly replacement: string }

/** `^([^ :]*) /old(.*)` with `\1 /new\2`, and `^([^ ]* /)old(.*)` with `\1new\2`: a rewrite of the path. */
export function parsePathRewrite(pattern: string, replacement: string): PathRewrite | null {
  const apart = new RegExp(`^\\^\\(${METHOD}\\) (?<path>/[^()\\s$?]*(?:/\\?|/\\*)?)\\(\\.\\*\\)\\$?$`).exec(pattern)
  const joined = new RegExp(`^\\^\\(${METHOD} /\\)(?<path>[^()\\s$?]*(?:\\[/\\]\\?|/\\?)?)\\(\\.\\*\\)\\$?$`).exec(
    pattern,
  )
  const target = /^\\1 (\/[^\s\\?]*)\\2$/.exec(replacement)?.[1]
  const joinedTarget = /^\\1([^\s\\?]*)\\2$/.exec(replacement)?.[1]
  if (apart && target !== undefined && !hasAlternatives(apart.groups?.['path'] ?? ''))
    return { pattern: `^${apart.groups?.['path']}(.*)`, replacement: `${target}\\1` }
  if (joined && joinedTarget !== undefined && !hasAlternatives(joined.groups?.['path'] ?? ''))
    return { pattern: `^/${joined.groups?.['path']}(.*)`, replacement: `/${joinedTarget}\\1` }
  return null
}

/** What a request must be for a pattern to match its first line: a condition of HAProxy's, without braces. */
export type RequestPattern = { readonly methods: readonly string[]; readonly uri: string | null }

/** `^GET /admin`, `^[^ ]* /admin`: null for anything else. */
export function parseRequestPattern(pattern: string): RequestPattern | null {
  const {
    method,
    list,
    uri = '',
  } = new RegExp(`^\\^\\(?(?:(?<list>[A-Z]+(?:\\|[A-Z]+)*)|(?<method>${METHOD}))\\)? (?<uri>[^\\s$]*)$`).exec(pattern)
    ?.groups ?? {}
  if (method === undefined && list === undefined) return null
  if (hasAlternatives(uri) || (list?.includes('|') && !pattern.startsWith('^('))) return null
  const isAny = /^(?:\.\*|\(\.\*\))?$/.test(uri)
  return { methods: list?.split('|') ?? [], uri: isAny ? null : `^${uri}` }
}
