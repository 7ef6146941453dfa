// Keys for tokens out of the texts they come in: PEM, a JWKS document, or a secret as it is.
import { createHash, createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto'
import { outcomeOf } from '../../io/outcome.ts'
import { accepted, type Parsed, refused } from '../../model/parsed.ts'
import type { TokenAlgorithm, TokenKey } from '../../model/token-key.ts'

/** Each costs HAProxy a line for every request. */
const MOST_KEYS = 20

/** A shorter secret can be guessed from a token. */
const SHORTEST_SECRET = 16

/** A key of one algorithm: a secret for HS, else the PEM text of a public key or a certificate. */
export async function parseTokenKey(text: string, algorithm: TokenAlgorithm | null): Promise<Parsed<TokenKey[]>> {
  if (algorithm?.startsWith('HS')) {
    const secret = Buffer.from(text.replace(/\r?\n$/, ''))
    if (secret.length < SHORTEST_SECRET)
      return refused(
        `holds a secret of ${secret.length} bytes, which is guessed too fast; use ${SHORTEST_SECRET} or more`,
      )
    return accepted([{ id: null, algorithm, kind: 'secret', hex: secret.toString('hex') }])
  }
  const read = await outcomeOf(Promise.try(() => createPublicKey(text)))
  if (!read.ok) return refused('is no public key; give the PEM text of one, it begins with -----BEGIN PUBLIC KEY-----')
  const key = toTokenKey(read.value, null, algorithm)
  return key.ok ? accepted([key.value]) : key
}

/** The keys of a JWKS document (RFC 7517) that sign tokens; others are passed over. */
export async function parseJwks(text: string, algorithm: TokenAlgorithm | null): Promise<Parsed<TokenKey[]>> {
  const read = await outcomeOf(Promise.try(() => JSON.parse(text) as unknown))
  const listed = read.ok && isObject(read.value) ? read.value['keys'] : undefined
  if (!Array.isArray(listed)) return refused('is no JWKS document; it is JSON of the form {"keys": [...]}')
  const signing = listed.filter(
    (one) => isObject(one) && one['use'] !== 'enc' && ['RSA', 'EC'].includes(String(one['kty'])),
  )
  if (signing.length > MOST_KEYS) return refused(`holds ${signing.length} keys; at most ${MOST_KEYS} are understood`)
  const keys: TokenKey[] = []
  for (const jwk of signing) {
    const one = await parseJwk(jwk, algorithm, signing.length === 1)
    if (!one.ok) return one
    keys.push(one.value)
  }
  return keys.length > 0 ? accepted(keys) : refused('holds no RSA or EC key that signs')
}

async function parseJwk(jwk: Json, algorithm: TokenAlgorithm | null, isOnly: boolean): Promise<Parsed<TokenKey>> {
  const { kid, alg } = jwk
  const id = typeof kid === 'string' && /^[A-Za-z0-9._~+/=:@-]{1,128}$/.test(kid) ? kid : null
  const named = id ?? JSON.stringify(kid)
  if (id === null && (kid !== undefined || !isOnly))
    return refused(`holds a key with the kid ${named}; each needs one of letters, digits and . _ ~ + / = : @ -`)
  const read = await outcomeOf(Promise.try(() => createPublicKey({ key: jwk as JsonWebKey, format: 'jwk' })))
  if (!read.ok) return refused(`holds a key (${named}) that cannot be read`)
  const stated = alg === undefined ? algorithm : alg
  const key = toTokenKey(read.value, isOnly ? null : id, stated as TokenAlgorithm | null)
  return key.ok ? key : refused(`holds a key (${named}) that ${key.message}`)
}

const CURVES: Readonly<Record<string, TokenAlgorithm>> = { prime256v1: 'ES256', secp384r1: 'ES384', secp521r1: 'ES512' }

function toTokenKey(key: KeyObject, id: string | null, wanted: TokenAlgorithm | null): Parsed<TokenKey> {
  const { modulusLength = 0, namedCurve = '' } = key.asymmetricKeyDetails ?? {}
  const fits = key.asymmetricKeyType === 'rsa' ? ['RS256', 'RS384', 'RS512'] : [CURVES[namedCurve] ?? '']
  const algorithm = wanted ?? fits[0] ?? ''
  if (!fits.includes(algorithm) || algorithm === '')
    return refused(
      `is an ${key.asymmetricKeyType} key, for ${fits.filter(Boolean).join(', ') || 'nothing HAProxy checks'}, not ${wanted ?? 'RS or ES'}`,
    )
  if (key.asymmetricKeyType === 'rsa' && modulusLength < 2048)
    return refused(`is an RSA key of ${modulusLength} bits; use 2048 or more`)
  const pem = key.export({ type: 'spki', format: 'pem' }).toString()
  const digest = createHash('sha256').update(pem).digest('hex')
  return accepted({ id, algorithm: algorithm as TokenAlgorithm, kind: 'public', pem, digest })
}

type Json = Readonly<Record<string, unknown>>

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
