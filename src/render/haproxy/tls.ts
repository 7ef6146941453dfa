// TLS: how a listener's `bind` lines speak it, the list of its certificates, and the way from http to https.
import { type Certificate, formatCertificateId } from '../../model/certificate.ts'
import { type Config, type Listener, listenersOf, type Share, sharesOf } from '../../model/config.ts'
import { httpsPoolOf, ownPlaceOf } from '../../model/place.ts'
import type { RenderedFile } from '../files.ts'
import { indent } from './pool.ts'
import type { Capabilities } from './process-settings.ts'

/** The list of a listener's certificates, relative to the generation's folder. */
export function formatCertificateListPath(listenerId: string): string {
  return `certs/${listenerId.replace(/[[\]]/g, '').replace(/:/g, '_')}.list`
}

/** The file of a certificate, relative to the generation's folder; HAProxy knows the certificate by it. */
export function formatCertificatePath(certificate: Parameters<typeof formatCertificateId>[0]): string {
  return `certs/${formatCertificateId(certificate)}.pem`
}

/** Where the PEM texts lie, from the folder of a generation's certificates. */
const PEM_FOLDER = '../../../certs'

/** The words of a `bind` line. With strict-sni the list may be empty, and a name nobody serves is refused in the handshake. */
export function renderTlsWords({ id, tls }: Pick<Listener, 'id' | 'tls'>): string {
  if (!tls) return ''
  return ` ssl crt-list ${formatCertificateListPath(id)} strict-sni alpn h2,http/1.1 ssl-min-ver TLSv${tls.minVersion}`
}

/** A certificate's line in the list: its file, and the names where it is not served for all of its own. */
export function renderCertificateLine(certificate: Certificate): string {
  return [formatCertificatePath(certificate), ...(certificate.only ?? [])].join(' ')
}

/** The list of a listener, and the files its lines name. */
export function renderCertificateList(listener: string, shares: Iterable<Share>): RenderedFile {
  const lines = [...shares].flatMap(({ certificates = [] }) =>
    certificates.filter((one) => one.listener === listener).map((one) => `${renderCertificateLine(one)}\n`),
  )
  return { path: formatCertificateListPath(listener), content: lines.sort().join(''), owner: null }
}

/** Every list and every certificate. */
export function renderCertificates(config: Config): RenderedFile[] {
  const lists = listenersOf(config).flatMap((listener) =>
    listener.tls ? [renderCertificateList(listener.id, config.shares.values())] : [],
  )
  return [...lists, ...sharesOf(config).flatMap(({ certificates = [] }) => certificates.map(renderCertificate))]
}

function renderCertificate(certificate: Certificate): RenderedFile {
  const { owner, digest } = certificate
  return { path: formatCertificatePath(certificate), content: '', link: `${PEM_FOLDER}/${digest}.pem`, owner }
}

/** What of it a change of these load balancers touches. */
export function renderChangedCertificates(
  before: Config,
  after: Config,
  owners: Iterable<string>,
): { readonly files: readonly RenderedFile[]; readonly gone: readonly string[] } {
  const files = new Map<string, RenderedFile>()
  const gone = new Set<string>()
  const listeners = new Set<string>()
  for (const owner of owners) {
    const [old = [], fresh = []] = [before.shares.get(owner)?.certificates, after.shares.get(owner)?.certificates]
    if (old === fresh) continue
    for (const one of [...old, ...fresh]) listeners.add(one.listener)
    for (const one of old) gone.add(formatCertificatePath(one))
    for (const one of fresh) files.set(formatCertificatePath(one), renderCertificate(one))
  }
  const lists = [...listeners]
    .filter((id) => after.listeners.get(id)?.tls)
    .map((id) => renderCertificateList(id, after.shares.values()))
  return { files: [...files.values(), ...lists], gone: [...gone].filter((path) => !files.has(path)) }
}

/** The sections that answer requests of http with the way to https: one for each port that speaks TLS. */
export function renderHttpsPools(config: Config, { hostOnly }: Pick<Capabilities, 'hostOnly'>): string[][] {
  const ports = new Set(listenersOf(config).flatMap(({ tls, port }) => (tls ? [port] : [])))
  return [...ports].map((port) => {
    const host = `%[req.hdr(host),${hostOnly ? 'host_only' : 'regsub(:[0-9]+$,)'}]${port === 443 ? '' : `:${port}`}`
    return [
      `backend ${ownPlaceOf(httpsPoolOf(port))} from df_http`,
      ...indent([
        'http-request return status 400 unless { req.hdr(host) -m len gt 0 }',
        // A method other than GET and HEAD must stay what it is.
        `http-request redirect code 301 prefix https://${host} if METH_GET`,
        `http-request redirect code 308 prefix https://${host}`,
      ]),
    ]
  })
}
