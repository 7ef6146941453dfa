// Which certificates a fragment brings, and whether it may bring them.
import { type Certificate, type CertificateSource, formatSource, type KnownCertificates } from '../model/certificate.ts'
import { type ClientsWish, certificateSourcesOf, type Fragment, type Problem } from '../model/fragment.ts'
import { type Claims, findTakenNames, type TakenName } from './claims.ts'

/** The certificates of a fragment as far as they are known. */
export function certificatesOf(fragment: Fragment, known: KnownCertificates): Certificate[] {
  return (fragment.certificates ?? []).flatMap(({ listener, source, clients }) => {
    const key = formatSource(source)
    const asked = clients ? toClients(clients, known) : {}
    return (known.get(key)?.keys ?? []).map((one) => ({
      ...one,
      owner: fragment.name,
      listener,
      source: key,
      ...asked,
    }))
  })
}

function toClients({ authority: source, isRequired, names }: ClientsWish, known: KnownCertificates) {
  const key = formatSource(source)
  const [authority] = known.get(key)?.keys ?? []
  return {
    ...(names ? { only: names } : {}),
    ...(authority ? { clients: { authority, source: key, isRequired } } : {}),
  }
}

/** Why a fragment cannot be served with what is known of its certificates; null when it can. */
export function findMissing(fragment: Fragment, known: KnownCertificates): Problem | null {
  for (const source of certificateSourcesOf(fragment)) {
    const found = known.get(formatSource(source))
    if (found && found.keys.length > 0) continue
    const message = found?.trouble ?? `${formatSource(source)} has not been read yet`
    return { code: 'invalid', path: pathOf(source.kind), message, fatal: true }
  }
  return null
}

/** What should be told of certificates that are served all the same. */
export function findCertificateRemarks(fragment: Fragment, known: KnownCertificates): Problem[] {
  return certificateSourcesOf(fragment).flatMap((source) => {
    const { trouble = null, remarks = [] } = known.get(formatSource(source)) ?? {}
    const tell = (code: string) => (message: string) => ({ code, path: pathOf(source.kind), message, fatal: false })
    const troubles = trouble === null ? [] : [`${trouble}; the last good one is served`]
    return [...troubles.map(tell('certificate')), ...remarks.map(tell('expiry'))]
  })
}

/** A newcomer's name that somebody else serves. */
export function findNameConflict(claims: Claims, certificates: readonly Certificate[]): Problem | null {
  for (const certificate of certificates) {
    const [taken] = findTakenNames(claims, certificate)
    if (taken) return { code: 'conflict', path: 'spec.tls', message: describeTaken(certificate, taken), fatal: true }
  }
  return null
}

/** Who serves already gives up only the names that somebody else has, and is told. */
export function withoutTakenNames(
  claims: Claims,
  certificates: readonly Certificate[],
): { readonly certificates: Certificate[]; readonly problems: Problem[] } {
  const problems: Problem[] = []
  const left = certificates.flatMap((certificate) => {
    const taken = findTakenNames(claims, certificate)
    if (taken.length === 0) return [certificate]
    for (const one of taken)
      problems.push({ code: 'conflict', path: 'spec.tls', message: describeTaken(certificate, one), fatal: false })
    const only = (certificate.only ?? certificate.names).filter((name) => !taken.some((one) => one.name === name))
    return only.length > 0 ? [{ ...certificate, only }] : []
  })
  return { certificates: left, problems }
}

function describeTaken({ listener, source }: Certificate, { name, by, service }: TakenName): string {
  if (service === source || service.startsWith(`${source} `))
    return `the name ${name} of its certificate is served by load balancer ${by} on ${listener} with other clientCa or clientCertificate; give its routes hosts that the other has not, both the same, or use another port`
  return `the name ${name} of its certificate is served by load balancer ${by} on ${listener} with another certificate; take the name out of one of them, give both ${source}, or use another port`
}

function pathOf(kind: CertificateSource['kind']): string {
  if (kind === 'authority') return 'spec.tls.clientCa'
  return kind === 'file' ? 'spec.tls.certificateFile' : 'spec.tls.certificate'
}
