// The request for a certificate (PKCS #10, RFC 2986): names and a public key, signed with the key. No names but alternative ones.
import { createPublicKey, type KeyObject, sign } from 'node:crypto'
import {
  BIT_STRING,
  DNS_NAME,
  der,
  ECDSA_WITH_SHA256,
  INTEGER,
  NULL,
  OBJECT_ID,
  OCTET_STRING,
  SEQUENCE,
  SET,
  SUBJECT_ALTERNATIVE_NAME,
} from '../../io/der.ts'

/** sha256WithRSAEncryption and extensionRequest: the bodies of their object identifiers. */
const SHA256_WITH_RSA = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b]
const EXTENSION_REQUEST = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x0e]

/** In DER. The key is a private one, RSA or EC; the names are DNS names, wildcards too. */
export function makeCertificateRequest(names: readonly string[], key: KeyObject): Buffer {
  const alternatives = der(SEQUENCE, ...names.map((name) => der(DNS_NAME, Buffer.from(name))))
  const extension = der(SEQUENCE, der(OBJECT_ID, SUBJECT_ALTERNATIVE_NAME), der(OCTET_STRING, alternatives))
  const attribute = der(SEQUENCE, der(OBJECT_ID, EXTENSION_REQUEST), der(SET, der(SEQUENCE, extension)))
  const spki = createPublicKey(key).export({ type: 'spki', format: 'der' })
  const body = der(SEQUENCE, der(INTEGER, [0]), der(SEQUENCE), spki, der(0xa0, attribute))
  const algorithm =
    key.asymmetricKeyType === 'rsa'
      ? der(SEQUENCE, der(OBJECT_ID, SHA256_WITH_RSA), der(NULL))
      : der(SEQUENCE, der(OBJECT_ID, ECDSA_WITH_SHA256))
  return der(SEQUENCE, body, algorithm, der(BIT_STRING, [0], sign('sha256', body, key)))
}
