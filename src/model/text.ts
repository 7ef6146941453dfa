// Strict parsers of the small texts a user gives: each value that passes is safe as one word of a configuration.
import { isIP, SocketAddress } from 'node:net'
import { accepted, type Parsed, quoted, refused } from './parsed.ts'

const LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/

/** A load balancer's or pool's name: a DNS label (RFC 1123), at most 63 characters. */
export function parseName(text: string): Parsed<string> {
  if (LABEL.test(text)) return accepted(text)
  return refused(
    `${quoted(text)} is not a name; use a-z, 0-9 and '-', starting and ending with a letter or digit, at most 63 characters`,
  )
}

/** A host to match: a DNS name, `*.` and a DNS name, or an IP address; answered in lower case, without a port. */
export function parseHostPattern(text: string): Parsed<string> {
  const host = text.toLowerCase().replace(/\.$/, '')
  const bare = host.replace(/^\[(.*)\]$/, '$1')
  if (isIP(bare) === 6 && !bare.includes('%')) return accepted(`[${canonicalAddress(bare)}]`)
  const name = host.startsWith('*.') ? host.slice(2) : host
  if (
    name.length <= 253 &&
    name !== '' &&
    name.split('.').every((label) => /^[a-z0-9_]([-_a-z0-9]{0,61}[a-z0-9_])?$/.test(label))
  )
    return accepted(host)
  return refused(`${quoted(text)} is not a host; write app.example.com, *.example.com or an IP address`)
}

/**
 * A path prefix to match, from `/`; a trailing slash means nothing, so it is dropped (`/api/` is `/api`). It goes by whole
 * segments; a `*` at its end lets it end inside of one (`/api*` is `/apix` too), after a slash it adds nothing.
 */
export function parsePathPrefix(text: string): Parsed<string> {
  const allowed = /^\/([A-Za-z0-9\-._~!$&'()*+,;=:@/]|%[0-9A-Fa-f]{2})*$/
  if (text.length <= 1024 && allowed.test(text)) return accepted(text.replace(/\/+\*?$/, '') || '/')
  return refused(
    `${quoted(text)} is not a path; it starts with '/' and has only characters of a URL path (no spaces, no '?', no '#'), at most 1024`,
  )
}

/** A path with an optional query, as a health check asks for it. */
export function parseRequestTarget(text: string): Parsed<string> {
  if (text.length <= 1024 && /^\/([A-Za-z0-9\-._~!$&'()*+,;=:@/?]|%[0-9A-Fa-f]{2})*$/.test(text)) return accepted(text)
  return refused(
    `${quoted(text)} is not a request path; it starts with '/' and has only characters of a URL, at most 1024`,
  )
}

/** An HTTP header's name: the harmless part of RFC 9110's token, so that no quoting is ever needed. */
export function parseHeaderName(text: string): Parsed<string> {
  if (/^[A-Za-z0-9][A-Za-z0-9_\-.]{0,127}$/.test(text)) return accepted(text)
  return refused(`${quoted(text)} is not a header name; use letters, digits, '-', '_' and '.', at most 128`)
}

/** A cookie's name as we write it: the harmless part of a token, so that no quoting is ever needed. */
export function parseCookieName(text: string): Parsed<string> {
  if (/^[A-Za-z0-9_\-.]{1,64}$/.test(text)) return accepted(text)
  return refused(`${quoted(text)} is not a cookie name; use letters, digits, '_', '-' and '.', at most 64`)
}

/** A port, 1 to 65535. */
export function parsePort(text: string): Parsed<number> {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0
  return port >= 1 && port <= 65_535 ? accepted(port) : refused(`${quoted(text)} is not a port; use 1 to 65535`)
}

/** An IP address in the one form the system prints it in (`::0001` is `::1`). */
export function canonicalAddress(address: string): string {
  return isIP(address) === 6 ? new SocketAddress({ address, family: 'ipv6' }).address : address
}

/** An address to listen on: IPv4, IPv6 (brackets optional), or `*` and `0.0.0.0` for every address. */
export function parseBindAddress(text: string): Parsed<string> {
  const bare = text === '*' ? '0.0.0.0' : text.replace(/^\[(.*)\]$/, '$1').toLowerCase()
  if (isIP(bare) !== 0 && !bare.includes('%')) return accepted(canonicalAddress(bare))
  return refused(`${quoted(text)} is not an address to listen on; write an IPv4 or IPv6 address, or 0.0.0.0 for all`)
}

/** A file on the node: an absolute path, so that it does not depend on where the daemon was started. */
export function parseFilePath(text: string): Parsed<string> {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  if (text.length <= 4096 && /^\/[^\x00-\x1f\x7f]+$/.test(text)) return accepted(text)
  return refused(`${quoted(text)} is not a path on the node; write it from the root, for example /etc/ssl/web.pem`)
}

/** Headers that say where a message ends and who holds the connection: whoever changes them splits messages. */
const FRAMING = new Set([
  'connection',
  'content-length',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** The name of a header a user may change. */
export function parseChangeableHeader(text: string): Parsed<string> {
  if (!FRAMING.has(text.toLowerCase())) return parseHeaderName(text)
  return refused(`${quoted(text)} belongs to the connection and is HAProxy's own; leave it out`)
}

/** What a header may hold, literally: visible characters of ASCII and spaces between them. */
export function parseHeaderValue(text: string): Parsed<string> {
  if (/^[\x21-\x7e](?:[\x20-\x7e]{0,1022}[\x21-\x7e])?$/.test(text)) return accepted(text)
  return refused(
    `${quoted(text)} is not a header's value; use visible ASCII characters, spaces only between them, at most 1024`,
  )
}

/** A media type with its parameters. */
export function parseContentType(text: string): Parsed<string> {
  if (text.length <= 128 && /^[a-z0-9.+-]+\/[a-z0-9.+-]+(?:; ?[a-z]+=[A-Za-z0-9-]+)*$/.test(text)) return accepted(text)
  return refused(`${quoted(text)} is not a content type; write for example text/html or text/html; charset=utf-8`)
}

/** Where a redirect leads: http or https, a host, and perhaps a port, a path and a query. */
export function parseRedirectTarget(text: string): Parsed<string> {
  const parts = /^https?:\/\/([^/?#]+)([/?#][\x21-\x7e]*)?$/.exec(text)
  if (parts && text.length <= 1024 && parseHostPort(parts[1] ?? '').ok && !/["\\<>^`{|}]/.test(parts[2] ?? ''))
    return accepted(text)
  return refused(`${quoted(text)} is not an address to redirect to; write for example https://new.example.com/start`)
}

/** A host as it stands in an address: a DNS name or an IP address, with a port where it needs one. */
export function parseHostPort(text: string): Parsed<string> {
  const parts = /^(\[[^\]]+\]|[^:]+)(?::(\d+))?$/.exec(text)
  const host = parseHostPattern(parts?.[1] ?? '')
  const isPort = parts?.[2] === undefined || parsePort(parts[2]).ok
  if (host.ok && isPort && !host.value.startsWith('*')) return accepted(text)
  return refused(`${quoted(text)} is not a host; write new.example.com or new.example.com:8443`)
}

/** A regular expression (PCRE); HAProxy has the last word. */
export function parseRegex(text: string): Parsed<string> {
  if (/^[\x20-\x7e]{1,512}$/.test(text)) return accepted(text)
  return refused(`${quoted(text)} is not a regular expression; use visible ASCII characters, at most 512`)
}

/** A value to compare with, or `*`. Braces alone would end a condition of HAProxy's. */
export function parseMatchValue(text: string): Parsed<string> {
  if (/^[\x21-\x7e](?:[\x20-\x7e]{0,254}[\x21-\x7e])?$/.test(text) && !/^[{}]$/.test(text)) return accepted(text)
  return refused(`${quoted(text)} is not a value to match; use visible ASCII characters, at most 256, or * for any`)
}

/** A method of HTTP, in capitals. */
export function parseMethod(text: string): Parsed<string> {
  if (/^[A-Z][A-Z-]{0,31}$/.test(text)) return accepted(text)
  return refused(`${quoted(text)} is not a method; write it in capitals, for example GET`)
}
