// Where a Docker engine listens, as `--source docker=…` and DOCKER_HOST name it.
import { isIP } from 'node:net'
import { join } from 'node:path'
import { accepted, type Parsed, quoted, refused } from '../../model/parsed.ts'

/** How TCP is encrypted: the folder with ca.pem, cert.pem and key.pem; unverified: whoever answers is believed. */
export type DockerTls = { readonly folder: string; readonly verify: boolean }

/** A Docker engine's address. */
export type DockerEndpoint =
  | { readonly kind: 'unix'; readonly path: string }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number; readonly tls: DockerTls | null }
  | { readonly kind: 'ssh'; readonly host: string; readonly user: string | null; readonly port: number | null }

/** The variables of Docker's own command that matter here. */
export type DockerEnvironment = Readonly<
  Partial<Record<'DOCKER_HOST' | 'DOCKER_CERT_PATH' | 'DOCKER_TLS_VERIFY' | 'HOME', string>>
>

const DEFAULT_PATH = '/var/run/docker.sock'

const ALLOWED = 'write unix:///PATH, tcp://HOST:PORT or ssh://HOST'

/** What follows `docker=`; where nothing does, DOCKER_HOST, and else /var/run/docker.sock. */
export function findEndpoint(argument: string, environment: DockerEnvironment): Parsed<DockerEndpoint> {
  const [text, origin] = argument === '' ? [environment.DOCKER_HOST ?? '', 'DOCKER_HOST '] : [argument, '']
  if (text === '') return accepted({ kind: 'unix', path: DEFAULT_PATH })
  const parsed = parseEndpoint(text, findTls(environment))
  return parsed.ok ? parsed : refused(`${origin}${parsed.message}`)
}

/** One address of a Docker engine; `tls` says how TCP is encrypted. */
export function parseEndpoint(text: string, tls: DockerTls | null): Parsed<DockerEndpoint> {
  const [, scheme = '', rest = ''] = /^([a-z]+):\/\/([^\s\p{Cc}]*)$/u.exec(text) ?? []
  if (scheme === 'unix' && /^\/[^?#]+$/.test(rest)) return accepted({ kind: 'unix', path: rest })
  if (scheme === 'tcp') return parseTcp(text, rest, tls)
  if (scheme === 'ssh') return parseSsh(text, rest)
  if (scheme === 'unix') return refused(`${quoted(text)} names no absolute path; write unix:///run/docker.sock`)
  return refused(`${quoted(text)} is not the address of a Docker engine; ${ALLOWED}`)
}

/** As a user would write it. */
export function formatEndpoint(endpoint: DockerEndpoint): string {
  if (endpoint.kind === 'unix') return `unix://${endpoint.path}`
  const host = isIP(endpoint.host) === 6 ? `[${endpoint.host}]` : endpoint.host
  if (endpoint.kind === 'tcp') return `tcp://${host}:${endpoint.port}`
  const user = endpoint.user === null ? '' : `${endpoint.user}@`
  return `ssh://${user}${host}${endpoint.port === null ? '' : `:${endpoint.port}`}`
}

/** Docker's own rule: a certificate folder or a demand to verify turns TLS on, and only the demand verifies. */
function findTls({ DOCKER_CERT_PATH, DOCKER_TLS_VERIFY, HOME }: DockerEnvironment): DockerTls | null {
  if (!DOCKER_CERT_PATH && !DOCKER_TLS_VERIFY) return null
  return { folder: DOCKER_CERT_PATH || join(HOME ?? '/root', '.docker'), verify: Boolean(DOCKER_TLS_VERIFY) }
}

function parseTcp(text: string, rest: string, tls: DockerTls | null): Parsed<DockerEndpoint> {
  const place = parsePlace(rest)
  if (place === null || place.user !== null)
    return refused(`${quoted(text)} is not tcp://HOST:PORT; for example tcp://10.0.0.5:2376`)
  return accepted({ kind: 'tcp', host: place.host, port: place.port ?? (tls === null ? 2375 : 2376), tls })
}

function parseSsh(text: string, rest: string): Parsed<DockerEndpoint> {
  const place = parsePlace(rest)
  if (place === null)
    return refused(`${quoted(text)} is not ssh://[USER@]HOST[:PORT]; a password or a path cannot stand in it`)
  return accepted({ kind: 'ssh', ...place })
}

/** `[user@]host[:port]`. A host or user never begins with a dash: ssh would take it for an option. */
function parsePlace(text: string): { user: string | null; host: string; port: number | null } | null {
  const pattern = /^(?:([A-Za-z0-9_][\w.-]*)@)?(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9_][\w.-]*))(?::(\d{1,5}))?\/?$/
  const [whole, user = null, v6, name = '', portText] = pattern.exec(text) ?? []
  const port = portText === undefined ? null : Number(portText)
  const isPort = port === null || (port >= 1 && port <= 65_535)
  if (whole === undefined || !isPort || (v6 !== undefined && isIP(v6) !== 6)) return null
  return { user, host: v6 ?? name, port }
}
