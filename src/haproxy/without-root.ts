// What of a chain clients are sent: not its root, which they have or do not trust anyway (RFC 8446, section 4.4.2).
import { X509Certificate } from 'node:crypto'

/** A PEM text of a certificate, its chain and its key, without the root at the chain's end. One that stands alone stays. */
export function withoutRoot(pem: string): string {
  const certificates = pem.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----\n?/g) ?? []
  const last = certificates.at(-1)
  if (last === undefined || certificates.length === 1) return pem
  const issuer = new X509Certificate(last)
  return issuer.checkIssued(issuer) ? pem.replace(last, '') : pem
}
