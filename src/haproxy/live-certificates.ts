// The certificates of the running worker, read back and laid over what was told.
import type { Certificate } from '../model/certificate.ts'
import type { Config, Share } from '../model/config.ts'
import {
  formatAuthorityPath,
  formatCertificateListPath,
  formatCertificatePath,
  formatDefaultPath,
  renderCertificateLine,
} from '../render/haproxy/tls.ts'

/** What of these shares is served as it should be. */
export type LiveCertificates = {
  /** By the file of a certificate, or of CAs: the fingerprint of what HAProxy has in it. */
  readonly fingerprints: ReadonlyMap<string, string>
  /** By listener: the lines of its list by the file they begin with. */
  readonly lists: ReadonlyMap<string, ReadonlyMap<string, string>>
}

/** Asks for the lists of these listeners and for these certificates. */
export async function readCertificates(
  listeners: Iterable<string>,
  certificates: Iterable<Certificate>,
  askAll: (questions: readonly string[]) => Promise<readonly string[]>,
): Promise<LiveCertificates> {
  const lists = new Map<string, ReadonlyMap<string, string>>()
  for (const listener of listeners) {
    const answer = (await askAll([`show ssl crt-list ${formatCertificateListPath(listener)}`])).join('\n')
    lists.set(listener, parseCertificateList(answer))
  }
  const questions = [...certificates].flatMap((one) => [
    `show ssl cert ${formatCertificatePath(one)}`,
    ...(one.clients ? [`show ssl ca-file ${formatAuthorityPath(one)}`] : []),
  ])
  for (const listener of lists.keys()) questions.push(`show ssl cert ${formatDefaultPath(listener)}`)
  const answers = questions.length > 0 ? await askAll([...new Set(questions)]) : []
  return { lists, fingerprints: parseFingerprints(answers.join('\n')) }
}

/** The lines of `show ssl crt-list`, a file and its names each, by the file. */
export function parseCertificateList(answer: string): Map<string, string> {
  const lines = answer.split('\n').map((line) => line.trim())
  const ours = lines.filter((line) => line !== '' && !/^#|^didn't find/.test(line))
  return new Map(ours.map((line) => [line.split(' ', 1)[0] ?? '', line]))
}

/** The fingerprints in answers to `show ssl cert FILE` and `show ssl ca-file FILE`, by file; one that is not there, or is empty, has none. */
export function parseFingerprints(answer: string): Map<string, string> {
  const found = new Map<string, string>()
  let file = ''
  for (const line of answer.split('\n')) {
    const [, name, value = ''] = /^(Filename|SHA1 FingerPrint): (\S+)/.exec(line) ?? []
    if (name === 'Filename') {
      file = value
      found.delete(file)
    } else if (name !== undefined) found.set(file, [...(found.get(file)?.split(',') ?? []), value].sort().join())
  }
  return found
}

/** The share with its certificates as they are live: one that is not listed is left out, one of another content has no digest. */
export function overlayCertificates(share: Share, live: LiveCertificates): Share {
  const { certificates = [] } = share
  const seen = certificates.flatMap((told) => {
    if (!live.lists.has(told.listener)) return [told]
    const file = formatCertificatePath(told)
    const line = live.lists.get(told.listener)?.get(file)
    const fingerprint = live.fingerprints.get(file)
    if (line === undefined || fingerprint === undefined) return []
    if (line !== renderCertificateLine(told)) return [{ ...told, only: line.split(' ').slice(1) }]
    if (fingerprint !== told.fingerprint) return [{ ...told, digest: '', fingerprint }]
    return [overlayAuthorities(told, live)]
  })
  const isSame = seen.length === certificates.length && seen.every((one, index) => one === certificates[index])
  return isSame ? share : { ...share, certificates: seen }
}

/** With other CAs than were told, they have no digest. */
function overlayAuthorities(told: Certificate, { fingerprints }: LiveCertificates): Certificate {
  const { clients } = told
  if (!clients || fingerprints.get(formatAuthorityPath(told)) === clients.authority.fingerprint) return told
  return { ...told, clients: { ...clients, authority: { ...clients.authority, digest: '' } } }
}

/** The listeners with the certificates that answer by default as they are live: one of another content has no digest. */
export function overlayDefaults(
  listeners: Config['listeners'],
  { lists, fingerprints }: LiveCertificates,
): Config['listeners'] {
  return listeners.withMutations((draft) => {
    for (const id of lists.keys()) {
      const listener = listeners.get(id)
      const told = listener?.tls?.default
      const fingerprint = fingerprints.get(formatDefaultPath(id)) ?? ''
      if (listener?.tls && told && told.fingerprint !== fingerprint)
        draft.set(id, { ...listener, tls: { ...listener.tls, default: { ...told, digest: '', fingerprint } } })
    }
  })
}

/** Lines of the lists that belong to nobody. */
export function findStrays(shares: Iterable<Share>, { lists }: LiveCertificates): { listener: string; path: string }[] {
  const ours = new Set<string>()
  for (const { certificates = [] } of shares)
    for (const one of certificates) ours.add(`${one.listener} ${formatCertificatePath(one)}`)
  return [...lists].flatMap(([listener, lines]) =>
    [...lines.keys()]
      .filter((path) => path !== formatDefaultPath(listener) && !ours.has(`${listener} ${path}`))
      .map((path) => ({ listener, path })),
  )
}
