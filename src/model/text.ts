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

/** A path prefix to match, from `/`; a trailing slash means nothing, so it is dropped (`/api/` is `/api`). */
export function parsePathPrefix(text: string): Parsed<string> {
  const allowed = /^\/([A-Za-z0-9\-._~!$&'()*+,;=:@/]|%[0-9A-Fa-f]{2})*$/
  if (text.length <= 1024 && allowed.test(text)) return accepted(text === '/' ? text : text.replace(/\/+$/, '') || '/')
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
