// What a load balancer's status says of TLS: the certificates it serves, and how those stand that are obtained for it.
import type { ObtainedDomain, TlsStatus, WireProblem } from '../api/wire.ts'
import type { ObtainState } from '../certs/obtain/obtain-state.ts'
import { type Certificate, formatSource } from '../model/certificate.ts'
import type { StatusGround } from './status.ts'

/** Problems that are about certificates. */
const CODES = ['certificate', 'pending']

/** Absent where TLS is not spoken here. */
export function toTlsStatus(
  certificates: readonly Certificate[],
  { placement, config: { listeners }, obtaining }: StatusGround,
  problems: readonly WireProblem[],
): { readonly tls?: TlsStatus } {
  const [first] = certificates
  const wishes = placement?.serving?.certificates ?? []
  const domains = wishes.flatMap(({ source }) => (source.kind === 'domain' ? [source.name] : []))
  const obtained = domains.map((domain) => toObtained(domain, obtaining(domain), certificates))
  if (!first && obtained.length === 0) return {}
  const served = certificates.flatMap(({ names, only = names }) => only)
  const listener = first?.listener ?? wishes[0]?.listener ?? ''
  return {
    tls: {
      domains: [...new Set([...served, ...domains])],
      notAfter: findFirst(certificates.map(({ notAfter }) => notAfter)),
      renewAt: findFirst(obtained.map(({ renewAt }) => renewAt)),
      source: first?.source ?? `domain ${domains[0]}`,
      issuer: first?.issuer ?? null,
      default: first !== undefined && listeners.get(listener)?.tls?.default?.owner === first.owner,
      lastError:
        problems.find(({ code }) => CODES.includes(code))?.message ??
        obtained.find(({ lastError }) => lastError !== null)?.lastError ??
        null,
      ...(obtained.length > 0 ? { obtained } : {}),
    },
  }
}

function findFirst(times: readonly (string | null)[]): string | null {
  return times.filter((time) => time !== null).sort()[0] ?? null
}

function toObtained(
  domain: string,
  state: ObtainState | undefined,
  certificates: readonly Certificate[],
): ObtainedDomain {
  if (!state) return { ...UNKNOWN, domain }
  const { fingerprint, steps, notAfter, renewAt, lastError, failures, counts } = state
  const served = certificates.filter(({ source }) => source === formatSource({ kind: 'domain', name: domain }))
  const isTold = fingerprint === null || served.some((one) => one.fingerprint === fingerprint)
  const hasEnded = notAfter !== null && Date.parse(notAfter) <= Date.now()
  return {
    domain,
    state: served.length === 0 ? 'pending' : hasEnded ? 'expired' : 'serving',
    // Until HAProxy has what came.
    isUnderWay: state.isUnderWay || !isTold,
    steps,
    notAfter,
    renewAt,
    lastError,
    failures,
    tries: counts.obtained + counts.failed,
  }
}

/** Of one that nobody has begun with. */
const UNKNOWN = {
  state: 'pending',
  isUnderWay: false,
  steps: [],
  notAfter: null,
  renewAt: null,
  lastError: null,
  failures: 0,
  tries: 0,
} as const
