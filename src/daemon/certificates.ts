// The certificates of this node: the store, the watch over those in use, and what the API needs of both.
import { join } from 'node:path'
import type { CertificateDesk, CertificateRecord } from '../api/certificate-desk.ts'
import { CertificateStore, type StoredPem } from '../certs/certificate-store.ts'
import { CertificateWatch, type Obtained } from '../certs/certificate-watch.ts'
import { describeKey } from '../certs/describe-chain.ts'
import { readOwnCertificate } from '../certs/own-certificate.ts'
import { parsePem } from '../certs/parse-pem.ts'
import { findRemarks } from '../certs/remarks.ts'
import type { Haproxy } from '../haproxy/haproxy.ts'
import { outcomeOf } from '../io/outcome.ts'
import { type Certificate, formatSource, SELF_SIGNED } from '../model/certificate.ts'
import { accepted, type Parsed, refused } from '../model/parsed.ts'
import { parseName } from '../model/text.ts'
import type { Board } from './board.ts'
import { type CertificateUsers, findCertificateUsers } from './certificate-users.ts'
import { findObtained, listObtained, type Obtaining } from './obtained-certificates.ts'

/** What the daemon keeps of certificates. */
export type Certificates = { readonly store: CertificateStore; readonly watch: CertificateWatch }

/** Opens both; nothing is read yet. `ring` is called when something of those in use has changed. */
export function openCertificates(
  stateDir: string,
  haproxy: Haproxy,
  obtained: (name: string) => Promise<Obtained>,
  ring: () => void,
): Certificates {
  const folder = join(stateDir, 'certificates')
  const store = new CertificateStore(folder, (name) => void watch.refresh({ kind: 'stored', name }))
  const stored = async (name: string) => (await store.get(name))?.pem
  const watch = new CertificateWatch({
    stored,
    obtained,
    selfSigned: () => readOwnCertificate(folder),
    keep: (pem, keyType) => haproxy.pems.keep(pem, keyType === 'authority'),
    ring,
  })
  return { store, watch }
}

/** How long a slow machine may take for our own certificate, in milliseconds; without it unknown names are refused. */
const OWN_TIMEOUT_MS = 10_000

/** What served last is known from the start, beside what we made ourselves, and what nobody uses any more is thrown away. */
export async function recallCertificates({ watch }: Certificates, haproxy: Haproxy): Promise<void> {
  const told = await haproxy.lastTold()
  const served: Certificate[] = []
  for (const { certificates = [] } of told?.config.shares.values() ?? [])
    for (const one of certificates)
      if ((await Promise.all(digestsOf(one).map((digest) => haproxy.pems.has(digest)))).every(Boolean)) served.push(one)
  watch.remember(served)
  await watch.wantAlso([SELF_SIGNED], OWN_TIMEOUT_MS)
  const own = watch.known().get(formatSource(SELF_SIGNED))?.keys ?? []
  await haproxy.pems.prune(new Set([...served.flatMap(digestsOf), ...own.map(({ digest }) => digest)]))
}

function digestsOf({ digest, clients }: Certificate): string[] {
  return clients ? [digest, clients.authority.digest] : [digest]
}

/** The certificates as the API sees them. */
export function createCertificateDesk(
  { store }: Certificates,
  obtaining: Obtaining,
  haproxy: Haproxy,
  board: Board,
): CertificateDesk {
  return {
    get: async (name) => {
      // Whoever asks may ask for anything: no other name leads to a file.
      const stored = parseName(name).ok ? await store.get(name) : undefined
      const users = findCertificateUsers(board.now)
      return stored ? describeStored(stored, users) : findObtained(name, obtaining, users)
    },
    list: async () => {
      const texts = await Promise.all((await store.names()).map((name) => store.get(name)))
      const users = findCertificateUsers(board.now)
      const stored = await Promise.all(texts.flatMap((text) => (text ? [describeStored(text, users)] : [])))
      const all = [...stored, ...listObtained(obtaining, users)]
      return all.sort((a, b) => (a.name === b.name ? 0 : a.name < b.name ? -1 : 1))
    },
    put: (name, texts) => keep(name, texts, store, haproxy),
    remove: (name) => store.remove(name),
    served: (name, keys, timeoutMs) => {
      const wanted = new Set(keys.map(({ fingerprint }) => fingerprint))
      const source = formatSource({ kind: 'stored', name })
      return board.waitUntil(
        ({ config, failure }) =>
          failure === null &&
          [...config.shares.values()].every(({ certificates = [] }) =>
            certificates.every((one) => one.source !== source || wanted.has(one.fingerprint)),
          ),
        timeoutMs,
      )
    },
  }
}

async function describeStored(
  { name, pem, updatedAt }: StoredPem,
  users: CertificateUsers,
): Promise<CertificateRecord> {
  const parsed = await parsePem(pem)
  const keys = parsed.ok ? parsed.value : []
  return {
    name,
    keys: keys.map(describeKey),
    updatedAt,
    usedBy: users.of(formatSource({ kind: 'stored', name })),
    remarks: parsed.ok ? findRemarks(keys, Date.now()) : [parsed.message],
    obtained: null,
  }
}

async function keep(
  name: string,
  texts: readonly string[],
  store: CertificateStore,
  haproxy: Haproxy,
): Promise<Parsed<CertificateRecord['keys']>> {
  const parsed = await parsePem(...texts)
  if (!parsed.ok) return parsed
  const taken = await outcomeOf(Promise.all(parsed.value.map((key) => haproxy.pems.keep(key.pem))))
  if (!taken.ok) return refused(taken.error.message)
  await store.put(name, parsed.value.map((key) => key.pem).join(''))
  return accepted(parsed.value.map(describeKey))
}
