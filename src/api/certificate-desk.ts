// What the API needs of the daemon for certificates. Keys go in and never come out.
import type { CertifiedKey } from '../model/certificate.ts'
import type { Parsed } from '../model/parsed.ts'

/** A certificate's chain, for a person who checks it. */
type Chain = {
  /** SHA-256 of the certificate in upper-case hex. */
  readonly fingerprintSha256: string
  /** Subjects, the certificate's own first, each issued by the next. */
  readonly chain: readonly string[]
  /** Whether it ends with a root, or at one that browsers have. */
  readonly complete: boolean
}

/** A stored certificate without its keys. */
export type CertificateRecord = {
  readonly name: string
  /** One of each type at most; empty where the stored text is damaged. */
  readonly keys: readonly (Omit<CertifiedKey, 'digest'> & Chain)[]
  /** ISO 8601, UTC. */
  readonly updatedAt: string
  /** Load balancers by name. */
  readonly usedBy: readonly string[]
  /** What is wrong with it although it is served: it has expired, or will soon. */
  readonly remarks: readonly string[]
}

export interface CertificateDesk {
  /** By name. */
  list(): Promise<readonly CertificateRecord[]>
  get(name: string): Promise<CertificateRecord | undefined>
  /** Reads PEM texts that belong together, strictly, and keeps them in place of what was there; a sentence where they are wrong. */
  put(name: string, texts: readonly string[]): Promise<Parsed<CertificateRecord['keys']>>
  remove(name: string): Promise<void>
  /** Load balancers that ask for it or serve with it. */
  usersOf(name: string): readonly string[]
  /** Resolves true when everybody who uses it serves these keys, false at the deadline. */
  served(name: string, keys: CertificateRecord['keys'], timeoutMs: number): Promise<boolean>
}
