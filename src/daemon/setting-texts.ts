// Strict parsers of the texts that daemon settings are given in.
import { isIP } from 'node:net'
import { resolve } from 'node:path'
import { accepted, type Parsed, quoted, refused } from '../model/parsed.ts'
import { findEndpoint } from '../sources/docker/endpoint.ts'
import { parseEtcdArgument, withoutSecrets } from '../sources/kontena/etcd-address.ts'

/** What of the machine and the user the settings' defaults and paths depend on. */
export type Machine = {
  readonly root: boolean
  readonly home: string
  readonly hostname: string
  readonly workingDirectory: string
}

/** Where the API listens. `host` is an IP address (IPv6 without brackets) or a name; port 0 means any free one. */
export type ApiAddress = { readonly host: string; readonly port: number }

/** A kind of source and what follows its `=`, empty where nothing does. */
export type SourceSetting = { readonly kind: SourceKind; readonly argument: string }

export type SourceKind = 'docker' | 'kontena' | 'file' | 'kontena-yml'

/** An account at an ACME server that was made elsewhere (RFC 8555 section 7.3.4); `hmac` is a secret. */
export type AcmeAccountBinding = { readonly keyId: string; readonly hmac: string }

const SOURCES: Readonly<Record<SourceKind, { usage: string; needsArgument: boolean }>> = {
  file: { usage: 'file=PATH', needsArgument: true },
  docker: { usage: 'docker[=ADDRESS]', needsArgument: false },
  kontena: { usage: 'kontena[=etcd://HOST:PORT?lb=NAME]', needsArgument: false },
  'kontena-yml': { usage: 'kontena-yml=PATH', needsArgument: true },
}

/** An absolute path; a relative one counts from where the daemon is started, `~` is the user's home. */
export function parsePath(text: string, { home, workingDirectory }: Machine): Parsed<string> {
  if (text === '' || /\p{Cc}/u.test(text)) return refused(`${quoted(text)} is not a path`)
  return accepted(resolve(workingDirectory, text.replace(/^~(?=\/|$)/, home)))
}

/**
 * `host:port`, `[v6]:port`, `:port` for every address, or a port alone for loopback; `http://` before it is fine. null
 * for `none`: the unix socket alone.
 */
export function parseApiAddress(text: string): Parsed<ApiAddress | null> {
  if (text === 'none') return accepted(null)
  const parts = /^(?:http:\/\/)?(?:(?:\[([^\]]+)\]|([^[\]:/]*)):)?(\d{1,5})\/?$/.exec(text)
  const [, v6, name = v6 === undefined ? undefined : '', port = ''] = parts ?? []
  const host = v6 ?? (name === undefined ? '127.0.0.1' : name || '0.0.0.0')
  const isName = v6 === undefined && /^[A-Za-z0-9]([-.A-Za-z0-9]*[A-Za-z0-9])?$/.test(host)
  const isHost = v6 === undefined ? isName : isIP(v6) === 6
  if (parts && isHost && Number(port) <= 65_535) return accepted({ host, port: Number(port) })
  return refused(
    `${quoted(text)} is not an address to listen on; write host:port or [v6]:port, for example 127.0.0.1:8080, or none`,
  )
}

/** The address as it is written: `127.0.0.1:8080`, `[::1]:8080`. */
export function formatApiAddress({ host, port }: ApiAddress): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

/** A whole number from `least` to `most`. */
export function parseCount(text: string, most: number, least = 1): Parsed<number> {
  if (/^\d{1,9}$/.test(text) && Number(text) >= least && Number(text) <= most) return accepted(Number(text))
  return refused(`${quoted(text)} is not a whole number from ${least} to ${most}`)
}

/** A port; 0 as null. */
export function parseStatsPort(text: string): Parsed<number | null> {
  const parsed = parseCount(text, 65_535, 0)
  return parsed.ok ? accepted(parsed.value || null) : parsed
}

/** HAProxy makes a socket under another name first, up to 12 bytes longer; 107 are all there is (unix(7)). */
const LONGEST_SOCKET_BYTES = 95

/** A path that is short enough for a socket. */
export function parseSocketPath(text: string, machine: Machine): Parsed<string> {
  const path = parsePath(text, machine)
  if (!path.ok || Buffer.byteLength(path.value) <= LONGEST_SOCKET_BYTES) return path
  return refused(`${quoted(text)} is too long for a socket: at most ${LONGEST_SOCKET_BYTES} bytes with its folder`)
}

/** `KIND` or `KIND=ARGUMENT`; paths count from where the daemon is started. */
export function parseSource(text: string, machine: Machine): Parsed<SourceSetting> {
  const [, kind = '', argument = ''] = /^([^=]*)=?(.*)$/s.exec(text) ?? []
  const usages = Object.values(SOURCES).map(({ usage }) => usage)
  if (!isSourceKind(kind)) return refused(`${quoted(withoutSecrets(text))} is not a source; use ${usages.join(', ')}`)
  const { needsArgument, usage } = SOURCES[kind]
  if (argument === '' && needsArgument) return refused(`${quoted(text)} lacks its argument; write ${usage}`)
  const address =
    kind === 'docker' ? findEndpoint(argument, {}) : kind === 'kontena' ? parseEtcdArgument(argument) : null
  if (address?.ok === false) return address
  if (kind !== 'file' && kind !== 'kontena-yml') return accepted({ kind, argument })
  const path = parsePath(argument, machine)
  return path.ok ? accepted({ kind, argument: path.value }) : path
}

/** As it was given, without secrets. */
export function formatSource({ kind, argument }: SourceSetting): string {
  return argument === '' ? kind : `${kind}=${kind === 'kontena' ? withoutSecrets(argument) : argument}`
}

/** A node's name, the host name by default. */
export function parseNodeName(text: string): Parsed<string> {
  if (/^[A-Za-z0-9]([-._A-Za-z0-9]{0,251}[A-Za-z0-9])?$/.test(text)) return accepted(text)
  return refused(`${quoted(text)} is not a node's name; use letters, digits, '-', '.' and '_'`)
}

export function parseSwitch(text: string): Parsed<boolean> {
  const word = text.toLowerCase()
  if (['true', 'yes', 'y', 'on', '1'].includes(word)) return accepted(true)
  if (['false', 'no', 'n', 'off', '0'].includes(word)) return accepted(false)
  return refused(`${quoted(text)} is neither yes nor no; use true or false`)
}

/** The URL of an ACME server's directory. */
export function parseAcmeDirectory(text: string): Parsed<string> {
  if (URL.canParse(text) && new URL(text).protocol === 'https:') return accepted(text)
  return refused(`${quoted(text)} is not the URL of an ACME directory; it starts with https://`)
}

/** A profile's name, as the CA's directory has it. */
export function parseAcmeProfile(text: string): Parsed<string> {
  if (/^[A-Za-z0-9][-._A-Za-z0-9]{0,63}$/.test(text)) return accepted(text)
  return refused(`${quoted(text)} is not a profile's name; Let's Encrypt has classic, tlsserver and shortlived`)
}

/** An address of this node, as the world has it. */
export function parseIpAddress(text: string): Parsed<string> {
  return isIP(text) === 0
    ? refused(`${quoted(text)} is not an address; write 203.0.113.7 or 2001:db8::7`)
    : accepted(text.toLowerCase())
}

export function parseEmail(text: string): Parsed<string> {
  if (/^[^\s@\p{Cc}]+@[^\s@\p{Cc}]+$/u.test(text)) return accepted(text)
  return refused(`${quoted(text)} is not an e-mail address; write name@example.com`)
}

/** `KID:HMAC` as the certificate authority gave it. The refusal does not repeat what was given: it is a secret. */
export function parseAcmeAccountBinding(text: string): Parsed<AcmeAccountBinding> {
  const [, keyId, hmac] = /^(\S+):([A-Za-z0-9_-]+)=*$/.exec(text) ?? []
  if (keyId !== undefined && hmac !== undefined) return accepted({ keyId, hmac })
  return refused('what was given is not KID:HMAC, the key id and the base64url key your certificate authority gave you')
}

/** One of a few words. */
export function parseOneOf<T extends string>(text: string, words: readonly T[]): Parsed<T> {
  const word = words.find((each) => each === text)
  return word === undefined ? refused(`${quoted(text)} is not one of ${words.join(', ')}`) : accepted(word)
}

function isSourceKind(text: string): text is SourceKind {
  return Object.hasOwn(SOURCES, text)
}
