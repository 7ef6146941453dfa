// A target: the host and port of one server, as a user writes it.
import { isIP } from 'node:net'
import { accepted, type Parsed, quoted, refused } from './parsed.ts'
import { canonicalAddress, parsePort } from './text.ts'

/** Where one server answers. `host` is an IP address (IPv6 without brackets) or a DNS name in lower case. */
export type Target = { readonly host: string; readonly port: number }

const LABEL = /^[a-z0-9_]([-_a-z0-9]{0,61}[a-z0-9_])?$/

/** Reads `host:port`, `ip:port` or `[v6]:port`. */
export function parseTarget(text: string): Parsed<Target> {
  const refusal = refused(
    `${quoted(text)} is not a target; write host:port, ip:port or [v6]:port, for example web-1:8080`,
  )
  const parts = /^(?:\[([0-9a-fA-F:.]+)\]|([^[\]:]+)):(\d+)$/.exec(text)
  if (!parts) return refusal
  const port = parsePort(parts[3] ?? '')
  if (!port.ok) return refused(`${quoted(text)} is not a target: ${port.message}`)
  const [, v6, name = ''] = parts
  if (v6 !== undefined) return isIP(v6) === 6 ? accepted({ host: canonicalAddress(v6), port: port.value }) : refusal
  const host = name.toLowerCase().replace(/\.$/, '')
  const isName = host.length <= 253 && host.split('.').every((label) => LABEL.test(label)) && !/^[\d.]+$/.test(host)
  return isName || isIP(host) === 4 ? accepted({ host, port: port.value }) : refusal
}

/** The canonical text of a target: what a user wrote, with IPv6 in brackets. */
export function formatTarget(target: Target): string {
  return target.host.includes(':') ? `[${target.host}]:${target.port}` : `${target.host}:${target.port}`
}
