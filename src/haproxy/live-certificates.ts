// The certificates of the running worker, read back and laid over what was told.
import type { Certificate } from '../model/certificate.ts'
import type { Share } from '../model/config.ts'
import { formatCertificateListPath, formatCertificatePath, renderCertificateLine } from '../render/haproxy/tls.ts'

/** What of these shares is served as it should be. */
export type LiveCertificates = {
  /** By the certificate's file: the fingerprint of what HAProxy has in it. */
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
  const files = [...certificates].map(formatCertificatePath)
  const answers = files.length > 0 ? await askAll(files.map((file) => `show ssl cert ${file}`)) : []
  return { lists, fingerprints: parseFingerprints(answers.join('\n')) }
}

/** The lines of `show ssl crt-list`, a file and its names each, by the file. */
export function parseCertificateList(answer: string): Map<string, string> {
  const lines = answer.split('\n').map((line) => line.trim())
  const ours = lines.filter((line) => line !== '' && !/^#|^didn't find/.test(line))
  return new Map(ours.map((line) => [line.split(' ', 1)[0] ?? '', line]))
}

/** The fingerprints in answers to `show ssl cert FILE`, by file; one that is not there, or is empty, has none. */
export function parseFingerprints(answer: string): Map<string, string> {
  const found = new Map<string, string>()
  let file = ''
  for (const line of answer.split('\n')) {
    const [, name, value = ''] = /^(Filename|SHA1 FingerPrint): (\S+)/.exec(line) ?? []
    if (name === 'Filename') file = value
    else if (name !== undefined) found.set(file, value)
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
    return fingerprint === told.fingerprint ? [told] : [{ ...told, digest: '', fingerprint }]
  })
  const isSame = seen.length === certificates.length && seen.every((one, index) => one === certificates[index])
  return isSame ? share : { ...share, certificates: seen }
}

/** Lines of the lists that belong to nobody. */
export function findStrays(shares: Iterable<Share>, { lists }: LiveCertificates): { listener: string; path: string }[] {
  const ours = new Set<string>()
  for (const { certificates = [] } of shares)
    for (const one of certificates) ours.add(`${one.listener} ${formatCertificatePath(one)}`)
  return [...lists].flatMap(([listener, lines]) =>
    [...lines.keys()].filter((path) => !ours.has(`${listener} ${path}`)).map((path) => ({ listener, path })),
  )
}
