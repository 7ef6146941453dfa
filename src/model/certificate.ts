// Certificates as everything but their storage sees them: names, dates and digests, never a key.

/** Where a certificate comes from: the store of this node, a file on it, a CA we ask (`domain`), or ourselves. `authority`: a file of CAs. */
export type CertificateSource =
  | { readonly kind: 'stored'; readonly name: string }
  | { readonly kind: 'domain'; readonly name: string }
  | { readonly kind: 'file' | 'authority'; readonly path: string }
  | { readonly kind: 'self-signed' }

/** The certificate we made ourselves, which nobody trusts: it answers where there is no other. */
export const SELF_SIGNED = { kind: 'self-signed' } as const

/** The only name of the one we made ourselves; nobody can have it (RFC 6761). */
export const SELF_SIGNED_NAME = 'default.invalid'

/** What it says it is. */
export const SELF_SIGNED_COMMON_NAME = 'Fairlead default certificate'

/** A private key with its certificate and chain, or `authority`: certificates of CAs. The PEM text itself is kept elsewhere, by digest. */
export type CertifiedKey = {
  readonly keyType: 'rsa' | 'ecdsa' | 'ed25519' | 'authority'
  /** SHA-256 of the PEM text that HAProxy is given, in hex. */
  readonly digest: string
  /** SHA-1 of the certificate in upper-case hex: what HAProxy tells of the one it has. Of CAs all of them, sorted, with commas. */
  readonly fingerprint: string
  /** Lower-case DNS names, `*.` wildcards included; of CAs their subjects. */
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
  /** Tells it from the others of its load balancer there; absent: the first of them, or the only one. */
  readonly part?: string
  /** The names it is served for, where that is not all of its own; absent: all of them. */
  readonly only?: readonly string[]
  /** Whom it asks for a certificate; absent: nobody. */
  readonly clients?: Clients
}

/** What a listener answers with where no certificate has the name a client asks for, or it asks for none. */
export type DefaultCertificate = Pick<CertifiedKey, 'digest' | 'fingerprint' | 'names' | 'notAfter'> & {
  /** The load balancer whose certificate it is; null: the one we made ourselves. */
  readonly owner: string | null
}

/** Clients that prove by a certificate who they are, and the CAs those come from. */
export type Clients = { readonly authority: CertifiedKey; readonly source: string; readonly isRequired: boolean }

/** The source as a key, and for a person: "certificate my-cert", "file /etc/ssl/web.pem", "authority /etc/ssl/ca.pem". */
export function formatSource(source: CertificateSource): string {
  switch (source.kind) {
    case 'self-signed':
      return source.kind
    case 'stored':
      return `certificate ${source.name}`
    case 'domain':
      return `domain ${source.name}`
    default:
      return `${source.kind} ${source.path}`
  }
}

/** What `formatSource` made. */
export function parseSource(text: string): CertificateSource {
  if (text === SELF_SIGNED.kind) return SELF_SIGNED
  const space = text.indexOf(' ')
  const [kind, rest] = [text.slice(0, space), text.slice(space + 1)]
  if (kind === 'domain') return { kind, name: rest }
  return kind === 'file' || kind === 'authority' ? { kind, path: rest } : { kind: 'stored', name: rest }
}

/** Two certificates of one of these may serve the same name on a listener: it does not matter which of them is taken. */
export function formatService({ source, clients }: Pick<Certificate, 'source' | 'clients'>): string {
  return clients ? `${source} ${clients.isRequired ? 'required' : 'optional'} ${clients.source}` : source
}

/** What tells one certificate from all others on this node: it stays the same when its content is replaced. */
export function formatCertificateId({
  owner,
  listener,
  keyType,
  part,
}: Pick<Certificate, 'owner' | 'listener' | 'keyType' | 'part'>): string {
  const which = part === undefined ? '' : `.${part}`
  return `${owner}.${keyType}.${listener.replace(/[[\]]/g, '').replace(/:/g, '_')}${which}`
}
