// TLS: how a listener's `bind` lines speak it, the list of its certificates, and the way from http to https.
import type { Capabilities } from '../../model/capabilities.ts'
import { type Certificate, formatCertificateId, SELF_SIGNED_NAME } from '../../model/certificate.ts'
import { type Config, type Listener, listenersOf, type Share, sharesOf } from '../../model/config.ts'
import { httpsPoolOf, ownPlaceOf } from '../../model/place.ts'
import { GUIDELINE_CIPHERS, GUIDELINE_SUITES } from '../../model/tls-guideline.ts'
import type { RenderedFile } from '../files.ts'
import { indent } from './pool.ts'

/** The list of a listener's certificates, relative to the generation's folder. */
export function formatCertificateListPath(listenerId: string): string {
  return `certs/${formatFileName(listenerId)}.list`
}

/** The file of the certificate a listener answers with by default: another one is another content of it. */
export function formatDefaultPath(listenerId: string): string {
  // No certificate of a load balancer called `default` has this name: there the type of its key follows.
  return `certs/default.${formatFileName(listenerId)}.pem`
}

function formatFileName(listenerId: string): string {
  return listenerId.replace(/[[\]]/g, '').replace(/:/g, '_')
}

/** The file of a certificate, relative to the generation's folder; HAProxy knows the certificate by it. */
export function formatCertificatePath(certificate: Parameters<typeof formatCertificateId>[0]): string {
  return `certs/${formatCertificateId(certificate)}.pem`
}

/** Where the PEM texts lie, from the folder of a generation's certificates. */
const PEM_FOLDER = '../../../certs'

/**
 * The words of a `bind` line. Without strict-sni the first certificate of the list answers where no name matches; with
 * it the list may be empty, and a name nobody serves is refused in the handshake.
 */
export function renderTlsWords(
  { id, tls, mode }: Pick<Listener, 'id' | 'tls' | 'mode'>,
  { curves }: Pick<Capabilities, 'curves'>,
): string {
  if (!tls) return ''
  // A port of tcp is one load balancer's alone, and its clients may not say whom they want.
  const isStrict = mode === 'http' ? !tls.default : tls.strict === true
  const protocols = ` alpn ${tls.http1 ? '' : 'h2,'}http/1.1`
  const names = `${isStrict ? ' strict-sni' : ''}${mode === 'http' ? protocols : ''}`
  const groups = curves === null ? '' : ` curves ${curves}`
  return ` ssl crt-list ${formatCertificateListPath(id)}${names} ssl-min-ver TLSv${tls.minVersion}${renderCiphers(tls)}${groups}`
}

/**
 * On each line, for a template of the user's may state others for the whole process. Whoever gives ciphers of their own
 * gives them in the order they want them taken.
 */
function renderCiphers({ minVersion, ciphers }: NonNullable<Listener['tls']>): string {
  const suites = ` ciphersuites ${GUIDELINE_SUITES.join(':')}`
  if (ciphers !== undefined) return ` ciphers ${ciphers}${suites}`
  return ` prefer-client-ciphers${minVersion === '1.2' ? ` ciphers ${GUIDELINE_CIPHERS.join(':')}` : ''}${suites}`
}

/** A certificate's line in the list: its file, whom it asks for a certificate, and the names where it is not served for all of its own. */
export function renderCertificateLine(certificate: Certificate): string {
  const { clients, only = [] } = certificate
  // In this order, for HAProxy tells it so.
  const asks = clients
    ? [`[verify ${clients.isRequired ? 'required' : 'optional'} ca-file ${formatAuthorityPath(certificate)}]`]
    : []
  return [formatCertificatePath(certificate), ...asks, ...only].join(' ')
}

/** The file of the CAs whose clients a certificate lets in; HAProxy knows them by it. */
export function formatAuthorityPath(certificate: Parameters<typeof formatCertificateId>[0]): string {
  return `certs/${formatCertificateId(certificate)}.clients.pem`
}

/** The list of a listener, and the files its lines name. */
export function renderCertificateList(
  { id, tls }: Pick<Listener, 'id' | 'tls'>,
  shares: Iterable<Share>,
): RenderedFile {
  const lines = [...shares].flatMap(({ certificates = [] }) =>
    certificates.filter((one) => one.listener === id).map((one) => `${renderCertificateLine(one)}\n`),
  )
  // For a name nobody can ask for: its own names are its owner's, who may give them up.
  const first = tls?.default ? `${formatDefaultPath(id)} ${SELF_SIGNED_NAME}\n` : ''
  return { path: formatCertificateListPath(id), content: first + lines.sort().join(''), owner: null }
}

function renderDefault({ id, tls }: Listener): RenderedFile[] {
  return tls?.default ? [renderLink(formatDefaultPath(id), tls.default.digest, null)] : []
}

/** Every list and every certificate. */
export function renderCertificates(config: Config): RenderedFile[] {
  const lists = listenersOf(config).flatMap((listener) =>
    listener.tls ? [renderCertificateList(listener, config.shares.values()), ...renderDefault(listener)] : [],
  )
  return [...lists, ...sharesOf(config).flatMap(({ certificates = [] }) => certificates.flatMap(renderCertificate))]
}

function renderCertificate(certificate: Certificate): RenderedFile[] {
  const { owner, digest, clients } = certificate
  const served = renderLink(formatCertificatePath(certificate), digest, owner)
  return clients ? [served, renderLink(formatAuthorityPath(certificate), clients.authority.digest, owner)] : [served]
}

function renderLink(path: string, digest: string, owner: string | null): RenderedFile {
  return { path, content: '', link: `${PEM_FOLDER}/${digest}.pem`, owner }
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
    for (const { path } of old.flatMap(renderCertificate)) gone.add(path)
    for (const file of fresh.flatMap(renderCertificate)) files.set(file.path, file)
  }
  const lists = [...listeners].flatMap((id) => {
    const listener = after.listeners.get(id)
    return listener?.tls ? [renderCertificateList(listener, after.shares.values())] : []
  })
  const defaults = before.listeners === after.listeners ? [] : findNewDefaults(before, after).flatMap(renderDefault)
  return { files: [...files.values(), ...lists, ...defaults], gone: [...gone].filter((path) => !files.has(path)) }
}

function findNewDefaults(before: Config, after: Config): Listener[] {
  const digestIn = (config: Config, id: string) => config.listeners.get(id)?.tls?.default?.digest
  return listenersOf(after).filter(({ id }) => digestIn(before, id) !== digestIn(after, id))
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
