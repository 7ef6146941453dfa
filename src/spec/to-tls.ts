// The tls part of a resource: the listener beside the plain one, what it serves, and the way from http to https.
import type { CertificateSource } from '../model/certificate.ts'
import { formatListenerId, type Mode, type Route } from '../model/config.ts'
import { isDetour } from '../model/detour.ts'
import type { Fragment, ListenerWish, Problem } from '../model/fragment.ts'
import { httpsPoolOf } from '../model/place.ts'
import type { SpecProblem } from './parse-resource.ts'
import type { LoadBalancerSpec, TlsSpec } from './schema.ts'

/** The https port, where a user says none. */
const DEFAULT_PORT = 443

/** What only makes sense together. */
export function checkTls({ tls, port }: LoadBalancerSpec, mode: Mode): SpecProblem[] {
  if (!tls) return []
  if (mode === 'tcp') return [{ path: 'spec.tls', message: 'needs type http' }]
  if (tls.certificate !== undefined && tls.certificateFile !== undefined)
    return [
      {
        path: 'spec.tls.certificateFile',
        message: 'stands beside certificate; keep one: certificate for a stored one, certificateFile for a file',
      },
    ]
  const [plain, encrypted] = [port ?? 80, tls.port ?? DEFAULT_PORT]
  if (isAlone({ tls, port }) && tls.redirect === true)
    return [{ path: 'spec.tls.redirect', message: `needs http on another port; https is alone on ${encrypted}` }]
  if (sourceOf(tls) === null || plain !== encrypted || isAlone({ tls, port })) return []
  return [
    {
      path: 'spec.tls.port',
      message: `${encrypted} is the port of http too; give one of them another: http is on 80 and https on 443 by default`,
    },
  ]
}

/** What a load balancer that serves `routes` on `plain` serves with its tls settings. */
export function withTls(
  { tls, port: plainPort }: LoadBalancerSpec,
  plain: ListenerWish,
  routes: readonly Route[],
): Pick<Fragment, 'listeners' | 'routes' | 'certificates'> {
  const source = tls ? sourceOf(tls) : null
  if (!tls || !source) return { listeners: [plain], routes }
  const port = tls.port ?? DEFAULT_PORT
  const listener = formatListenerId(plain.address, port)
  const encrypted = routes.map((route) => ({ ...route, listener }))
  const toHttps = httpsPoolOf(port)
  if (isAlone({ tls, port: plainPort }))
    return {
      listeners: [{ ...plain, tls: { minVersion: tls.minVersion ?? null } }],
      routes,
      certificates: [{ listener, source }],
    }
  const isOpen = tls.redirect === false
  const { switches: _switches, detours: _detours, ...bare } = plain
  // What leads everybody to https needs no steps on the way.
  const direct = routes.filter(({ host }) => host === null || !isDetour(host))
  const open = isOpen ? routes : direct.map((route) => ({ ...route, pool: toHttps }))
  return {
    listeners: [isOpen ? plain : bare, { ...plain, port, tls: { minVersion: tls.minVersion ?? null } }],
    routes: [...open, ...encrypted],
    certificates: [{ listener, source }],
  }
}

/** What is accepted and kept, and not done yet. */
export function findTlsRemarks({ tls }: LoadBalancerSpec): Problem[] {
  if (!tls || sourceOf(tls) !== null) return []
  const message =
    'obtaining certificates for a domain is not built yet: this load balancer serves without TLS for now, and its tls settings are kept; with certificate or certificateFile it serves one of yours'
  return [{ code: 'not_yet', path: 'spec.tls', message, fatal: false }]
}

/** Whoever says the same port twice means https alone there, without http beside it. */
function isAlone({ tls, port }: Pick<LoadBalancerSpec, 'tls' | 'port'>): boolean {
  return port !== undefined && tls?.port === port && sourceOf(tls) !== null
}

function sourceOf({ certificate, certificateFile }: TlsSpec): CertificateSource | null {
  if (certificate !== undefined) return { kind: 'stored', name: certificate }
  return certificateFile === undefined ? null : { kind: 'file', path: certificateFile }
}
