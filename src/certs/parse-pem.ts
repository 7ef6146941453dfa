// PEM texts, read strictly: whose certificate, whose key, and that they belong together. No sentence quotes what stands in one.
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import { outcomeOf } from '../io/outcome.ts'
import type { CertifiedKey } from '../model/certificate.ts'
import { accepted, type Parsed, refused } from '../model/parsed.ts'
import { parseHostPattern } from '../model/text.ts'

/** A private key with its certificate and chain, and the PEM text of them: certificate, chain, key. */
export type PemKey = Omit<CertifiedKey, 'digest'> & { readonly pem: string }

/** How many characters are read at most: a certificate has 2,000, and a chain 4 of them. */
export const LONGEST_PEM = 100_000

/** HAProxy refuses shorter ones. */
const SHORTEST_RSA_BITS = 2048

const WHAT_TO_GIVE = 'give PEM text: the certificate, the chain, and the private key'

/**
 * Reads one text, or several that belong together: a certificate with its chain and its private key, or one of each
 * type of key (RSA and ECDSA for the same names). The order does not matter. Answers one key with its chain of each type.
 */
export async function parsePem(...texts: readonly string[]): Promise<Parsed<readonly PemKey[]>> {
  const text = texts.join('\n')
  if (text.length > LONGEST_PEM) return refused(`it is longer than ${LONGEST_PEM / 1000} KB; ${WHAT_TO_GIVE}`)
  const blocks = [...text.matchAll(/-----BEGIN ([A-Z0-9 ]+)-----[\s\S]*?-----END \1-----/g)]
  const certificates: X509Certificate[] = []
  const keys: KeyObject[] = []
  for (const [block, label = ''] of blocks) {
    const read = await readBlock(block, label, certificates.length + 1)
    if (!read.ok) return read
    if (read.value instanceof X509Certificate) certificates.push(read.value)
    else if (read.value) keys.push(read.value)
  }
  if (certificates.length === 0) return refused(`it holds no certificate; ${WHAT_TO_GIVE}`)
  if (keys.length === 0) return refused(`it holds no private key; ${WHAT_TO_GIVE}`)
  return pairUp(certificates, keys)
}

async function readBlock(
  block: string,
  label: string,
  number: number,
): Promise<Parsed<X509Certificate | KeyObject | null>> {
  if (label === 'ENCRYPTED PRIVATE KEY' || /^Proc-Type: *4, *ENCRYPTED/m.test(block))
    return refused('its private key is encrypted with a passphrase; give it without one')
  if (label === 'CERTIFICATE' || label === 'X509 CERTIFICATE') {
    const read = await outcomeOf(Promise.try(() => new X509Certificate(block)))
    return read.ok ? accepted(read.value) : refused(`certificate ${number} in it cannot be read; ${WHAT_TO_GIVE}`)
  }
  if (/^(RSA |EC |)PRIVATE KEY$/.test(label)) {
    const read = await outcomeOf(Promise.try(() => createPrivateKey(block)))
    return read.ok ? accepted(read.value) : refused(`the private key in it cannot be read; ${WHAT_TO_GIVE}`)
  }
  if (/^(EC|DH) PARAMETERS$/.test(label)) return accepted(null)
  return refused(`it holds a ${label.toLowerCase()}; ${WHAT_TO_GIVE}`)
}

function pairUp(certificates: readonly X509Certificate[], keys: readonly KeyObject[]): Parsed<readonly PemKey[]> {
  const found: PemKey[] = []
  const used = new Set<X509Certificate>()
  for (const key of keys) {
    const leaf = certificates.find((one) => one.checkPrivateKey(key))
    if (!leaf)
      return refused(
        `its private key does not belong to its certificate (${describe(certificates[0])}); give the key that the certificate was made for`,
      )
    const chain = findChain(leaf, certificates)
    for (const one of [leaf, ...chain]) used.add(one)
    const made = toPemKey(leaf, chain, key)
    if (!made.ok) return made
    if (found.some(({ keyType }) => keyType === made.value.keyType))
      return refused(
        `it holds two ${made.value.keyType} certificates; give one of each type at most, and others under another name`,
      )
    found.push(made.value)
  }
  const stranger = certificates.find((one) => !used.has(one))
  if (stranger)
    return refused(
      `it holds a certificate that belongs to no chain in it (${describe(stranger)}); take it out, or give its key`,
    )
  return accepted(found)
}

/** From the one who issued the leaf up, as far as they are there. */
function findChain(leaf: X509Certificate, all: readonly X509Certificate[]): X509Certificate[] {
  const chain: X509Certificate[] = []
  for (let last = leaf; ; ) {
    const issuer = all.find((one) => one !== leaf && !chain.includes(one) && last.checkIssued(one))
    if (!issuer) return chain
    chain.push(issuer)
    last = issuer
  }
}

const KEY_TYPES: Readonly<Record<string, CertifiedKey['keyType']>> = { rsa: 'rsa', ec: 'ecdsa', ed25519: 'ed25519' }

function toPemKey(leaf: X509Certificate, chain: readonly X509Certificate[], key: KeyObject): Parsed<PemKey> {
  const keyType = KEY_TYPES[key.asymmetricKeyType ?? '']
  if (!keyType) return refused(`its key is of type ${key.asymmetricKeyType}; use RSA, ECDSA or Ed25519`)
  const bits = key.asymmetricKeyDetails?.modulusLength ?? SHORTEST_RSA_BITS
  if (bits < SHORTEST_RSA_BITS) return refused(`its RSA key has ${bits} bits; use ${SHORTEST_RSA_BITS} or more`)
  const names = namesOf(leaf)
  if (names.length === 0)
    return refused(`its certificate (${describe(leaf)}) names no host; it needs a DNS name as subjectAltName`)
  const texts = [
    ...[leaf, ...chain].map((one) => one.toString()),
    key.export({ type: 'pkcs8', format: 'pem' }).toString(),
  ]
  return accepted({
    keyType,
    fingerprint: fingerprintOf(leaf),
    names,
    notBefore: new Date(leaf.validFrom).toISOString(),
    notAfter: new Date(leaf.validTo).toISOString(),
    issuer: nameOf(leaf.issuer),
    pem: texts.map((text) => `${text.trim()}\n`).join(''),
  })
}

/** The names HAProxy serves it for: alternative names, and the common name where that is a host. */
function namesOf(leaf: X509Certificate): string[] {
  const alternatives = [...(leaf.subjectAltName ?? '').matchAll(/(?:^|, )DNS:([^,"]+)/g)].map(([, name = '']) => name)
  const common = /^CN=(.+)$/m.exec(leaf.subject)?.[1]
  const names = [...alternatives, ...(common?.includes('.') ? [common] : [])].flatMap((name) => {
    const host = parseHostPattern(name)
    return host.ok && isIP(host.value.replace(/[[\]]/g, '')) === 0 ? [host.value] : []
  })
  return [...new Set(names)]
}

/** SHA-1 in upper-case hex, as HAProxy tells it. */
export function fingerprintOf(certificate: X509Certificate): string {
  return certificate.fingerprint.replaceAll(':', '').toUpperCase()
}

/** Whose it is, in one line. */
export function describeCertificate(certificate: X509Certificate): string {
  return nameOf(certificate.subject)
}

function describe(certificate: X509Certificate | undefined): string {
  return certificate ? describeCertificate(certificate) : ''
}

/** One line for a person, whatever the certificate says. */
function nameOf(subject: string | undefined): string {
  return [...(subject ?? '').replace(/\s*\n\s*/g, ', ')]
    .filter((letter) => letter >= ' ' && letter !== '\x7f')
    .join('')
    .slice(0, 200)
}
