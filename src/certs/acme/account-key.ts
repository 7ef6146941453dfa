// An ACME account's key: EC P-256, kept as PEM by whoever owns it. What follows from it: its JWK and its thumbprint.
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { outcomeOf } from '../../io/outcome.ts'
import { AcmeFailure } from './acme-failure.ts'

/** The public key as RFC 7638 wants it: these members, in this order. */
export type PublicJwk = { readonly crv: string; readonly kty: string; readonly x: string; readonly y: string }

export type AccountKey = {
  readonly key: KeyObject
  readonly jwk: PublicJwk
  /** What stands after the token in every answer to a challenge: it depends on the key alone (RFC 7638). */
  readonly thumbprint: string
}

/** A new account key as PEM (PKCS #8). It is a secret: whoever has it can revoke every certificate of the account. */
export function makeAccountKey(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
}

/** Failure `acme-account-key` where the PEM text is no EC P-256 key. */
export async function readAccountKey(pem: string): Promise<AccountKey> {
  const read = await outcomeOf(Promise.try(() => createPrivateKey(pem)))
  if (!read.ok || read.value.asymmetricKeyDetails?.namedCurve !== 'prime256v1')
    throw new AcmeFailure({
      code: 'acme-account-key',
      message: 'the key of the ACME account cannot be used; give an EC P-256 private key as PEM, or let one be made',
    })
  const { crv = '', kty = '', x = '', y = '' } = createPublicKey(read.value).export({ format: 'jwk' })
  const jwk = { crv, kty, x, y }
  const thumbprint = createHash('sha256').update(JSON.stringify(jwk)).digest('base64url')
  return { key: read.value, jwk, thumbprint }
}
