// Certificates as everything but their storage sees them: names, dates and digests, never a key.

/** Where a load balancer's certificate comes from: the store of this node, or a file on it. */
export type CertificateSource =
  | { readonly kind: 'stored'; readonly name: string }
  | { readonly kind: 'file'; readonly path: string }

/** A private key with its certificate and chain. The PEM text itself is kept elsewhere, by digest. */
export type CertifiedKey = {
  readonly keyType: 'rsa' | 'ecdsa' | 'ed25519'
  /** SHA-256 of the PEM text that HAProxy is given, in hex. */
  readonly digest: string
  /** SHA-1 of the certificate in upper-case hex: what HAProxy tells of the one it has. */
  readonly fingerprint: string
  /** Lower-case DNS names, `*.` wildcards included. */
  readonly names: readonly string[]
  /** ISO 8601, UTC. */
  readonly notBefore: string
  readonly notAfter: string
  readonly issuer: string
}

/** What is known of a source: the last good keys, at most one of each type, and what is wrong with it now. */
export type KnownCertificate = {
  /** Empty where there never was a good one. */
  readonly keys: readonly CertifiedKey[]
  /** Why the source cannot be used as it is now; null when it can. */
  readonly trouble: string | null
  /** What a user should know of a certificate that is used: it expires, its chain is not complete. */
  readonly remarks: readonly string[]
}

/** By source, as `formatSource` has it. */
export type KnownCertificates = { readonly get: (source: string) => KnownCertificate | undefined }

/** A certificate on a listener. */
export type Certificate = CertifiedKey & {
  readonly owner: string
  readonly listener: string
  /** As `formatSource` has it. */
  readonly source: string
  /** The names it is served for, where another load balancer has some of its names; absent: all of them. */
  readonly only?: readonly string[]
}

/** The source as a key, and for a person: "certificate my-cert", "file /etc/ssl/web.pem". */
export function formatSource(source: CertificateSource): string {
  return source.kind === 'stored' ? `certificate ${source.name}` : `file ${source.path}`
}

/** What tells one certificate from all others on this node: it stays the same when its content is replaced. */
export function formatCertificateId({
  owner,
  listener,
  keyType,
}: Pick<Certificate, 'owner' | 'listener' | 'keyType'>): string {
  return `${owner}.${keyType}.${listener.replace(/[[\]]/g, '').replace(/:/g, '_')}`
}
