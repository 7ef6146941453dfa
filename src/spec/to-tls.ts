// The tls part of a resource: the listener beside the plain one, what it serves, and the way from http to https.
import { isIP } from 'node:net'
import type { CertificateSource } from '../model/certificate.ts'
import { formatListenerId, type Route } from '../model/config.ts'
import { isDetour } from '../model/detour.ts'
import type { CertificateWish, ClientsWish, Fragment, ListenerWish, Problem } from '../model/fragment.ts'
import { httpsPoolOf } from '../model/place.ts'
import { DEFAULT_TLS_PORT, isAlone } from './check-tls.ts'
import type { LoadBalancerSpec, TlsSpec } from './schema.ts'

/** What a load balancer that serves `routes` on `plain` serves with its tls settings. */
export function withTls(
  { tls, port: plainPort }: LoadBalancerSpec,
  plain: ListenerWish,
  routes: readonly Route[],
): Pick<Fragment, 'listeners' | 'routes' | 'certificates'> {
  const source = tls ? sourceOf(tls) : null
  if (tls?.passthrough) return { listeners: [{ ...plain, sni: true }], routes }
  if (!tls || !source) return { listeners: [plain], routes }
  const clientCa = tls.clientCa === undefined ? {} : { clientCa: tls.clientCa }
  const spoken = { tls: { minVersion: tls.minVersion ?? null, ...clientCa } }
  const port = plain.mode === 'tcp' ? plain.port : (tls.port ?? DEFAULT_TLS_PORT)
  const listener = formatListenerId(plain.address, port)
  const certificates = [toCertificateWish(tls, listener, source, routes)]
  if (plain.mode === 'tcp' || isAlone({ tls, port: plainPort }))
    return { listeners: [{ ...plain, ...spoken }], routes, certificates }
  const encrypted = routes.map((route) => ({ ...route, listener }))
  const toHttps = httpsPoolOf(port)
  const isOpen = tls.redirect === false
  const { switches: _switches, detours: _detours, ...bare } = plain
  // What leads everybody to https needs no steps on the way.
  const direct = routes.filter(({ host }) => host === null || !isDetour(host))
  const open = isOpen ? routes : direct.map((route) => ({ ...route, pool: toHttps }))
  return {
    listeners: [isOpen ? plain : bare, { ...plain, port, ...spoken }],
    routes: [...open, ...encrypted],
    certificates,
  }
}

function toCertificateWish(
  { clientCa, clientCertificate }: TlsSpec,
  listener: string,
  source: CertificateSource,
  routes: readonly Route[],
): CertificateWish {
  if (clientCa === undefined) return { listener, source }
  const names = namesOf(routes)
  const clients: ClientsWish = {
    authority: { kind: 'authority', path: clientCa },
    isRequired: clientCertificate !== 'optional',
    ...(names.length > 0 ? { names } : {}),
  }
  return { listener, source, clients }
}

/** The hosts, where every route has one: a certificate may have names of others, whose clients are not to be asked. */
function namesOf(routes: readonly Route[]): string[] {
  const hosts = routes.map(({ host }) => host).filter((host) => host === null || !isDetour(host))
  const names = hosts.flatMap((host) => (host === null || isIP(host.replace(/[[\]]/g, '')) !== 0 ? [] : [host]))
  return names.length === hosts.length ? [...new Set(names)].sort() : []
}

/** What is accepted and kept, and not done yet. */
export function findTlsRemarks({ tls }: LoadBalancerSpec): Problem[] {
  if (!tls || tls.passthrough || sourceOf(tls) !== null) return []
  const message =
    'obtaining certificates for a domain is not built yet: this load balancer serves without TLS for now, and its tls settings are kept; with certificate or certificateFile it serves one of yours'
  return [{ code: 'not_yet', path: 'spec.tls', message, fatal: false }]
}

function sourceOf({ certificate, certificateFile }: TlsSpec): CertificateSource | null {
  if (certificate !== undefined) return { kind: 'stored', name: certificate }
  return certificateFile === undefined ? null : { kind: 'file', path: certificateFile }
}
