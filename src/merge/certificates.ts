// Which certificates a fragment brings, and whether it may bring them.
import { type Certificate, type CertificateSource, formatSource, type KnownCertificates } from '../model/certificate.ts'
import { type ClientsWish, certificateSourcesOf, type Fragment, type Problem } from '../model/fragment.ts'
import { type Claims, findTakenNames, type TakenName } from './claims.ts'

/** The certificates of a fragment as far as they are known. */
export function certificatesOf(fragment: Fragment, known: KnownCertificates): Certificate[] {
  const all = (fragment.certificates ?? []).flatMap(({ listener, source, clients, part }) => {
    const key = formatSource(source)
    const asked = clients ? toClients(clients, known) : {}
    return (known.get(key)?.keys ?? []).map((one) => ({
      ...one,
      owner: fragment.name,
      listener,
      source: key,
      ...(part === undefined ? {} : { part }),
      ...asked,
    }))
  })
  return all.some(({ part }) => part !== undefined) ? withEachNameOnce(all) : all
}

/** A name is served with the first certificate that has it, whatever the others are. */
function withEachNameOnce(all: readonly Certificate[]): Certificate[] {
  const first = new Map<string, string>()
  return all.flatMap((one) => {
    const { listener, source, names, only = names } = one
    for (const name of only) if (!first.has(`${listener} ${name}`)) first.set(`${listener} ${name}`, source)
    const left = only.filter((name) => first.get(`${listener} ${name}`) === source)
    return left.length === only.length ? [one] : left.length === 0 ? [] : [{ ...one, only: left }]
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
  const isGood = (source: CertificateSource) => (known.get(formatSource(source))?.keys.length ?? 0) > 0
  // Of several each serves as long as one is good: what is wrong with the others is told.
  const others = findOthers(fragment).filter((source) => !isGood(source))
  if (others.length > 0 && fragment.certificates?.some(({ source }) => isGood(source))) return null
  for (const source of certificateSourcesOf(fragment)) {
    // Served without meanwhile.
    if (source.kind === 'domain') continue
    const found = known.get(formatSource(source))
    if (found && found.keys.length > 0) continue
    const message = found?.trouble ?? `${formatSource(source)} has not been read yet`
    return { code: 'invalid', path: pathOf(source.kind), message, fatal: true }
  }
  return null
}

/** All certificates of a fragment that has several, and asks no client for one. */
function findOthers({ certificates = [] }: Fragment): CertificateSource[] {
  const hasSeveral = certificates.some(({ part }) => part !== undefined)
  const isOpen = certificates.every(({ clients }) => clients === undefined)
  return hasSeveral && isOpen ? certificates.map(({ source }) => source) : []
}

/** What should be told of certificates that are served all the same. */
export function findCertificateRemarks(fragment: Fragment, known: KnownCertificates): Problem[] {
  return certificateSourcesOf(fragment).flatMap((source) => {
    const { trouble = null, remarks = [], keys = [] } = known.get(formatSource(source)) ?? {}
    if (source.kind === 'domain' && keys.length === 0) return [describePending(fragment, source.name, trouble)]
    const isOther = keys.length === 0 && findOthers(fragment).includes(source)
    if (keys.length === 0 && !isOther) return []
    const tell = (code: string) => (message: string) => ({ code, path: pathOf(source.kind), message, fatal: false })
    const troubles =
      trouble === null ? [] : [`${trouble}; ${isOther ? 'it is left out' : 'the last good one is served'}`]
    return [...troubles.map(tell('certificate')), ...remarks.map(tell('expiry'))]
  })
}

function describePending(fragment: Fragment, name: string, trouble: string | null): Problem {
  const message = `no certificate for ${name} yet: ${trouble ?? 'it is being obtained'}; until it is there ${describeUntilThere(fragment)}`
  return { code: 'pending', path: pathOf('domain'), message, fatal: false }
}

/** How clients fare meanwhile. */
function describeUntilThere({ certificates = [], listeners, meanwhile }: Fragment): string {
  const wish = listeners.find(({ tls }) => tls !== undefined)
  const isGuarded = certificates.some(({ clients }) => clients !== undefined)
  const where = wish?.mode === 'tcp' ? `port ${wish.port}` : 'https'
  const isRefused = isGuarded || wish?.tls?.isStrict === true
  const encrypted = `${where} ${isRefused ? 'refuses clients of that name' : 'answers with a self-signed one'}`
  if (meanwhile) return `${encrypted}, and http is not sent there`
  const isLed = isGuarded && listeners.length > 1
  return isLed
    ? `${encrypted}, and http is sent there all the same: nobody comes in without a certificate of their own`
    : encrypted
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
  if (kind === 'domain') return 'spec.tls.domain'
  return kind === 'file' ? 'spec.tls.certificateFile' : 'spec.tls.certificate'
}
