// The tls part of a resource: the listener beside the plain one, what it serves, and the way from http to https.
import { createHash } from 'node:crypto'
import { isIP } from 'node:net'
import { type CertificateSource, formatSource } from '../model/certificate.ts'
import { formatListenerId, type Mode, type Route } from '../model/config.ts'
import { isDetour } from '../model/detour.ts'
import type { CertificateWish, ClientsWish, Fragment, ListenerWish } from '../model/fragment.ts'
import { httpsPoolOf } from '../model/place.ts'
import { DEFAULT_TLS_PORT, readDomains, speaksTls } from './check-tls.ts'
import type { LoadBalancerSpec, TlsSpec } from './schema.ts'

/** What a load balancer that serves `routes` on `plain` serves with its tls settings. */
export function withTls(
  { tls }: LoadBalancerSpec,
  plain: ListenerWish,
  routes: readonly Route[],
): Pick<Fragment, 'listeners' | 'routes' | 'certificates' | 'meanwhile'> {
  if (tls?.passthrough) return { listeners: [{ ...plain, sni: true }], routes }
  if (!tls || !speaksTls(tls)) return { listeners: [plain], routes }
  const sources = sourcesOf(tls)
  const [source] = sources
  const port = plain.mode === 'tcp' ? plain.port : (tls.port ?? DEFAULT_TLS_PORT)
  const listener = formatListenerId(plain.address, port)
  const encrypted = { ...plain, port, tls: toTlsWish(tls, plain.mode) }
  const isOne = plain.mode === 'tcp' || plain.port === port
  const both = isOne
    ? { listeners: [encrypted], routes }
    : { listeners: [plain, encrypted], routes: [...routes, ...routes.map((route) => ({ ...route, listener }))] }
  const certificates = sources.map((one, index) => ({
    ...toCertificateWish(tls, listener, one, routes),
    ...(index === 0 ? {} : { part: partOf(one) }),
  }))
  if (isOne || tls.redirect === false) return { ...both, certificates }
  // Until there is a certificate nobody is sent to https; but nobody without one of their own is let in either.
  const isOpen = tls.clientCa === undefined && source?.kind === 'domain'
  return { ...withRedirect(both, plain, routes, port), certificates, ...(isOpen ? { meanwhile: both } : {}) }
}

/** With http that leads everybody to https: it needs no steps on the way. */
function withRedirect(
  both: Pick<Fragment, 'listeners' | 'routes'>,
  plain: ListenerWish,
  routes: readonly Route[],
  port: number,
): typeof both {
  const { switches: _switches, detours: _detours, ...bare } = plain
  const direct = routes.filter(({ host }) => host === null || !isDetour(host))
  const toHttps = direct.map((route) => ({ ...route, pool: httpsPoolOf(port) }))
  return {
    listeners: [bare, ...both.listeners.slice(1)],
    routes: [...toHttps, ...both.routes.slice(routes.length)],
  }
}

function toTlsWish(tls: TlsSpec, mode: Mode): NonNullable<ListenerWish['tls']> {
  const { minVersion = null, settings, clientCa, strictSni, default: isDefault, http2, ciphers } = tls
  const implied = mode === 'tcp' ? undefined : clientCa === undefined ? (isDefault ? false : undefined) : true
  const isStrict = strictSni ?? implied
  return {
    minVersion,
    ...(settings === undefined ? {} : { settings }),
    ...(clientCa === undefined ? {} : { clientCa }),
    ...(isStrict === undefined ? {} : { isStrict }),
    ...(http2 === undefined ? {} : { http2 }),
    ...(ciphers === undefined ? {} : { ciphers }),
  }
}

function toCertificateWish(
  { clientCa, clientCertificate, default: isDefault, autoRenew }: TlsSpec,
  listener: string,
  source: CertificateSource,
  routes: readonly Route[],
): CertificateWish {
  const isKept = source.kind === 'domain' && autoRenew === false
  const wish = {
    listener,
    source,
    ...(isDefault === undefined ? {} : { isDefault }),
    ...(isKept ? { autoRenew: false as const } : {}),
  }
  if (clientCa === undefined) return wish
  const names = namesOf(routes)
  const clients: ClientsWish = {
    authority: { kind: 'authority', path: clientCa },
    isRequired: clientCertificate !== 'optional',
    ...(names.length > 0 ? { names } : {}),
  }
  return { ...wish, clients }
}

/** The hosts, where every route has one: a certificate may have names of others, whose clients are not to be asked. */
function namesOf(routes: readonly Route[]): string[] {
  const hosts = routes.map(({ host }) => host).filter((host) => host === null || !isDetour(host))
  const names = hosts.flatMap((host) => (host === null || isIP(host.replace(/[[\]]/g, '')) !== 0 ? [] : [host]))
  return names.length === hosts.length ? [...new Set(names)].sort() : []
}

/** The first answers by default where one of them is to do that; each once. Whoever gives certificates wants none obtained. */
function sourcesOf(tls: TlsSpec): CertificateSource[] {
  const names = listOf(tls.certificate).map((name): CertificateSource => ({ kind: 'stored', name }))
  const files = listOf(tls.certificateFile).map((path): CertificateSource => ({ kind: 'file', path }))
  const given = [...names, ...files]
  return given.length > 0 ? given : readDomains(tls).map((name): CertificateSource => ({ kind: 'domain', name }))
}

function listOf(given: string | readonly string[] | undefined): string[] {
  return [...new Set(typeof given === 'string' ? [given] : given)]
}

/** Short enough for the name of a file. */
function partOf(source: CertificateSource): string {
  return createHash('sha256').update(formatSource(source)).digest('hex').slice(0, 12)
}
