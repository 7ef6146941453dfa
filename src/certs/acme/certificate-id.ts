// How ARI names a certificate (RFC 9773 section 4.1): by the key that signed it and its serial number.
import type { X509Certificate } from 'node:crypto'
import { type DerValue, INTEGER, OBJECT_ID, OCTET_STRING, readDer } from '../../io/der.ts'

/** authorityKeyIdentifier: the body of its object identifier. */
const AUTHORITY_KEY_IDENTIFIER = Buffer.of(0x55, 0x1d, 0x23)
const KEY_IDENTIFIER = 0x80
const EXTENSIONS = 0xa3

/** Null where the certificate does not tell which key signed it. */
export function findCertificateId(certificate: X509Certificate): string | null {
  const body = inside(inside(readDer(certificate.raw)[0])[0])
  // The version, an INTEGER too, stands before it in a tag of its own.
  const serial = body.find(({ tag }) => tag === INTEGER)
  const extensions = inside(inside(body.find(({ tag }) => tag === EXTENSIONS))[0]).map(inside)
  const found = extensions.find(
    ([id]) => id?.tag === OBJECT_ID && Buffer.compare(id.content, AUTHORITY_KEY_IDENTIFIER) === 0,
  )
  const identifier = inside(inside(found?.find(({ tag }) => tag === OCTET_STRING))[0])
  const key = identifier.find(({ tag }) => tag === KEY_IDENTIFIER)
  if (!serial || !key) return null
  // The serial with the zero that keeps it positive, as it stands in the certificate.
  return `${key.content.toString('base64url')}.${serial.content.toString('base64url')}`
}

function inside(value: DerValue | undefined): DerValue[] {
  return value ? readDer(value.content) : []
}
