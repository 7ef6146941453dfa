// Signed requests (RFC 8555 section 6.2): JSON Web Signatures in their flattened form.
import { createHmac, sign } from 'node:crypto'
import type { AccountKey } from './account-key.ts'

/** The id and the MAC key (base64url) a CA gives those who have an account with it already (RFC 8555 section 7.3.4). */
export type Binding = { readonly keyId: string; readonly macKey: string }

/** The head of a signed request: `account` is its URL, null where there is none yet and the key itself is told. */
export type SignedHead = { readonly url: string; readonly nonce: string; readonly account: string | null }

/** The body of a POST; payload null: POST-as-GET. */
export function signRequest(payload: object | null, { key, jwk }: AccountKey, head: SignedHead): string {
  const { url, nonce, account } = head
  const who = account === null ? { jwk } : { kid: account }
  const text = payload === null ? '' : encode(payload)
  return seal({ alg: 'ES256', nonce, url, ...who }, text, (signed) =>
    sign('sha256', signed, { key, dsaEncoding: 'ieee-p1363' }),
  )
}

/** What proves to a CA that its customer owns the account key: the key, signed with the MAC key. */
export function signBinding({ keyId, macKey }: Binding, { jwk }: AccountKey, url: string): object {
  const mac = Buffer.from(macKey, 'base64url')
  const sealed = seal({ alg: 'HS256', kid: keyId, url }, encode(jwk), (signed) =>
    createHmac('sha256', mac).update(signed).digest(),
  )
  return JSON.parse(sealed) as object
}

function seal(head: object, payload: string, signer: (signed: Buffer) => Buffer): string {
  const protectedHead = encode(head)
  const signature = signer(Buffer.from(`${protectedHead}.${payload}`)).toString('base64url')
  return JSON.stringify({ protected: protectedHead, payload, signature })
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
