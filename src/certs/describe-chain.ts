// The chain of a certificate as a person checks it: who stands in it, in order, and whether it reaches what browsers know.
import { X509Certificate } from 'node:crypto'
import { rootCertificates } from 'node:tls'
import { describeCertificate, type PemKey } from './parse-pem.ts'

/** What is told of a chain. */
type Chain = {
  /** SHA-256 of the certificate in upper-case hex. */
  readonly fingerprintSha256: string
  /** Subjects, the certificate's own first, each issued by the next. */
  readonly chain: readonly string[]
  /** Whether it ends with a root, or at one that browsers have. */
  readonly complete: boolean
}

/** Of a PEM text as `parsePem` has it: the certificate first, its chain in order. `roots` are what browsers have: Mozilla's list, as Node carries it. */
export function describeChain(pem: string, roots: readonly string[] = rootCertificates): Chain {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? []
  const chain = blocks.map((block) => new X509Certificate(block))
  const last = chain.at(-1)
  return {
    fingerprintSha256: chain[0]?.fingerprint256.replaceAll(':', '').toUpperCase() ?? '',
    chain: chain.map(describeCertificate),
    complete: last !== undefined && (last.checkIssued(last) || isIssuedByOneOf(readRoots(roots), last)),
  }
}

/** A certificate as anybody may see it: with its chain, without its text. */
export type DescribedKey = Omit<PemKey, 'pem'> & Chain

const DESCRIBED = new WeakMap<PemKey, DescribedKey>()

/** Of each only once: whoever lists many of them again waits for none. */
export function describeKey(key: PemKey): DescribedKey {
  const { pem, ...told } = key
  const described = DESCRIBED.get(key) ?? { ...told, ...describeChain(pem) }
  DESCRIBED.set(key, described)
  return described
}

type Roots = ReadonlyMap<string, readonly X509Certificate[]>

const READ = new WeakMap<readonly string[], Roots>()

/** Reading all of them takes some 20 ms, once. */
function readRoots(pems: readonly string[]): Roots {
  const known = READ.get(pems)
  if (known) return known
  const certificates = pems.map((pem) => new X509Certificate(pem))
  const read = Map.groupBy(certificates, ({ subject }) => subject)
  READ.set(pems, read)
  return read
}

function isIssuedByOneOf(roots: Roots, certificate: X509Certificate): boolean {
  const issuers = roots.get(certificate.issuer) ?? []
  return issuers.some((root) => certificate.checkIssued(root) && certificate.verify(root.publicKey))
}
