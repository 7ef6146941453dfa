// Tokens (JWT) signed as an issuer would, wrong ones included.
import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'

const encode = (text: string) => Buffer.from(text).toString('base64url')

/** A token of a payload; `key` is a private key, or the secret of HS. */
export function makeToken(
  header: { alg: string; kid?: string; [name: string]: unknown },
  payload: object,
  key: KeyObject | string,
): string {
  const signed = [header, payload].map((part) => encode(JSON.stringify(part))).join('.')
  const hash = `sha${header.alg.slice(2)}`
  if (header.alg === 'none') return `${signed}.`
  const signature =
    typeof key === 'string'
      ? createHmac(hash, key).update(signed).digest()
      : sign(hash, Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' })
  return `${signed}.${signature.toString('base64url')}`
}

export const makeRsa = () => generateKeyPairSync('rsa', { modulusLength: 2048 })
export const makeEc = (namedCurve = 'P-256') => generateKeyPairSync('ec', { namedCurve })

/** A public key as PEM text. */
export function toPem(key: KeyObject): string {
  return key.export({ type: 'spki', format: 'pem' }).toString()
}

/** Seconds since 1970, so many from now. */
export function inSeconds(seconds: number): number {
  return Math.floor(Date.now() / 1000) + seconds
}
