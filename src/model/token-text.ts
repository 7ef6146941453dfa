// The texts of tokens a user gives: issuers, audiences, public keys.
import { accepted, type Parsed, quoted, refused } from './parsed.ts'

/** An issuer or an audience, literally. */
export function parseClaim(text: string): Parsed<string> {
  if (/^[\x21-\x7e]{1,256}$/.test(text) && text !== '}') return accepted(text)
  return refused(
    `${quoted(text)} is not an issuer or an audience; use visible ASCII characters without spaces, at most 256`,
  )
}

/** A public key as PEM text; whether it is one is found out when it is read. */
export function parsePublicKey(text: string): Parsed<string> {
  const isPublic = /^-----BEGIN (PUBLIC KEY|CERTIFICATE)-----\r?\n[A-Za-z0-9+/=\r\n]+-----END \1-----\s*$/.test(text)
  if (isPublic && text.length <= 16_384) return accepted(text)
  // It may be a private one by mistake: it is not said again.
  return refused('is no public key; give the PEM text of one, it begins with -----BEGIN PUBLIC KEY-----')
}
