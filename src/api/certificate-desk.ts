// What the API needs of the daemon for certificates. Keys go in and never come out.
import type { CertifiedKey } from '../model/certificate.ts'
import type { Parsed } from '../model/parsed.ts'
import type { CertificateInfo } from './wire.ts'

/** A certificate's chain, for a person who checks it. */
type Chain = {
  /** SHA-256 of the certificate in upper-case hex. */
  readonly fingerprintSha256: string
  /** Subjects, the certificate's own first, each issued by the next. */
  readonly chain: readonly string[]
  /** Whether it ends with a root, or at one that browsers have. */
  readonly complete: boolean
}

/** A certificate without its keys: a stored one, or the one of a domain that is obtained. */
export type CertificateRecord = {
  /** Of one that is obtained its domain, which a stored one may be called too. */
  readonly name: string
  /** One of each type at most; empty where the stored text is damaged, or none has come yet. */
  readonly keys: readonly (Omit<CertifiedKey, 'digest'> & Chain)[]
  /** When it was stored, or came. ISO 8601, UTC; null: it has not come yet, or that is not known. */
  readonly updatedAt: string | null
  /** Load balancers by name that ask for it or serve with it. */
  readonly usedBy: readonly string[]
  /** What is wrong with it although it is served: it has expired, or will soon. */
  readonly remarks: readonly string[]
  /** null: a user stored it. */
  readonly obtained: CertificateInfo['obtained']
}

export interface CertificateDesk {
  /** By name; of two with the same the stored one is first. */
  list(): Promise<readonly CertificateRecord[]>
  /** Of two with the same name the stored one. */
  get(name: string): Promise<CertificateRecord | undefined>
  /** Reads PEM texts that belong together, strictly, and keeps them in place of what was there; a sentence where they are wrong. */
  put(name: string, texts: readonly string[]): Promise<Parsed<CertificateRecord['keys']>>
  /** Of a stored one. */
  remove(name: string): Promise<void>
  /** Resolves true when everybody who uses it serves these keys, false at the deadline. */
  served(name: string, keys: CertificateRecord['keys'], timeoutMs: number): Promise<boolean>
}
