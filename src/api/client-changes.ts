// The changes the API takes, as requests: each function is one of them, and nothing is sent here.
import type {
  BackendSpec,
  HealthCheckSpec,
  LoadBalancerInput,
  RateLimitSpec,
  RouteSpec,
  StickySpec,
  TlsSpec,
} from '../spec/schema.ts'
import type { ApiRequest } from './client-request.ts'

/** What the parts of a load balancer that stand alone are made of. */
export type Parts = {
  readonly sticky: StickySpec
  readonly 'rate-limit': RateLimitSpec
  readonly 'health-check': HealthCheckSpec
  readonly tls: TlsSpec
}

/** Several backends at once, and a health check with them, as one change. */
export type NewBackends = { readonly backends: readonly BackendSpec[]; readonly healthCheck?: HealthCheckSpec }

const ROOT = '/v1/load-balancers'

export function createLoadBalancer(resource: LoadBalancerInput): ApiRequest {
  return { method: 'POST', path: ROOT, body: resource }
}

/** Replaces the whole resource, or creates it. */
export function putLoadBalancer(resource: LoadBalancerInput): ApiRequest {
  return { method: 'PUT', path: pathOf(resource.name), body: resource }
}

export function deleteLoadBalancer(name: string): ApiRequest {
  return { method: 'DELETE', path: pathOf(name) }
}

/** Adds to the main pool, or to a named one. */
export function addBackends(name: string, added: NewBackends, pool?: string): ApiRequest {
  return { method: 'POST', path: `${pathOf(name, 'backends')}${query({ pool })}`, body: added }
}

export function patchBackend(name: string, target: string, patch: Partial<BackendSpec>, pool?: string): ApiRequest {
  return { method: 'PATCH', path: `${pathOf(name, 'backends', target)}${query({ pool })}`, body: patch }
}

export function removeBackend(name: string, target: string, pool?: string): ApiRequest {
  return { method: 'DELETE', path: `${pathOf(name, 'backends', target)}${query({ pool })}` }
}

/** Sets a part of the load balancer, or of one of its named pools. */
export function putPart<K extends keyof Parts>(name: string, part: K, value: Parts[K], pool?: string): ApiRequest {
  return { method: 'PUT', path: `${pathOf(name, part)}${query({ pool })}`, body: value }
}

/** Asks for the certificates of a load balancer's domains now. */
export function renewPart(name: string): ApiRequest {
  return { method: 'POST', path: `${pathOf(name, 'tls')}/renew` }
}

/** Makes a domain ours. */
export function takeOverRecord(domain: string): ApiRequest {
  return { method: 'POST', path: `/v1/dns/${encodeURIComponent(domain)}/take-over` }
}

export function deletePart(name: string, part: keyof Parts, pool?: string): ApiRequest {
  return { method: 'DELETE', path: `${pathOf(name, part)}${query({ pool })}` }
}

export function addRoute(name: string, route: RouteSpec): ApiRequest {
  return { method: 'POST', path: pathOf(name, 'routes'), body: route }
}

/** The route with exactly this match. */
export function removeRoute(name: string, match: { host?: string | undefined; path?: string | undefined }): ApiRequest {
  return { method: 'DELETE', path: `${pathOf(name, 'routes')}${query(match)}` }
}

/** Makes an older version the newest one. */
export function rollBack(name: string, version: number): ApiRequest {
  return { method: 'POST', path: pathOf(name, 'rollback'), body: { version } }
}

/** PEM texts: certificate and chain, and the key where it is not in the same text. */
export type CertificateTexts = { readonly certificate: string; readonly key?: string }

const CERTIFICATES = '/v1/certificates'

export function addCertificate(name: string, texts: CertificateTexts): ApiRequest {
  return { method: 'POST', path: CERTIFICATES, body: { name, ...texts } }
}

/** Also where there is none. */
export function replaceCertificate(name: string, texts: CertificateTexts): ApiRequest {
  return { method: 'PUT', path: `${CERTIFICATES}/${encodeURIComponent(name)}`, body: texts }
}

export function removeCertificate(name: string): ApiRequest {
  return { method: 'DELETE', path: `${CERTIFICATES}/${encodeURIComponent(name)}` }
}

/** The path of a load balancer, or of something below it. */
export function pathOf(name: string, ...parts: readonly string[]): string {
  return [ROOT, ...[name, ...parts].map(encodeURIComponent)].join('/')
}

/** `?a=b&c=d` of the values that are there, a list as one pair each, or nothing. */
export function query(values: Readonly<Record<string, string | readonly string[] | undefined>>): string {
  const pairs = Object.entries(values).flatMap(([key, value]) =>
    [value ?? []].flat().map((text): [string, string] => [key, text]),
  )
  return pairs.length === 0 ? '' : `?${new URLSearchParams(pairs)}`
}
