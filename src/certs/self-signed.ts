// A certificate nobody trusts, made without any program's help: for TLS that has no other, and for clients that count handshakes.
import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import {
  BIT_STRING,
  DNS_NAME,
  der,
  ECDSA_WITH_SHA256,
  GENERALIZED_TIME,
  INTEGER,
  OBJECT_ID,
  OCTET_STRING,
  SEQUENCE,
  SET,
  SUBJECT_ALTERNATIVE_NAME,
  UTC_TIME,
  UTF8_STRING,
} from '../io/der.ts'

/** commonName: the body of its object identifier. */
const COMMON_NAME = [0x55, 0x04, 0x03]

/** From 2020 until 2050, from which year on RFC 5280 has another kind of time. */
const VALIDITY = [
  [UTC_TIME, '200101000000Z'],
  [GENERALIZED_TIME, '20500101000000Z'],
] as const

/** PEM of a certificate (RFC 5280) for one DNS name with a new ECDSA key, and of the key. */
export function makeSelfSigned(
  name: string,
  commonName = name,
): { readonly certificate: string; readonly key: string } {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const algorithm = der(SEQUENCE, der(OBJECT_ID, ECDSA_WITH_SHA256))
  const body = describe(name, commonName, publicKey, algorithm)
  const signature = sign('sha256', body, privateKey)
  const whole = der(SEQUENCE, body, algorithm, der(BIT_STRING, [0], signature))
  const lines = whole.toString('base64').replace(/.{64}(?=.)/g, '$&\n')
  return {
    certificate: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  }
}

function describe(name: string, commonName: string, publicKey: KeyObject, algorithm: Buffer): Buffer {
  const subject = der(SEQUENCE, der(OBJECT_ID, COMMON_NAME), der(UTF8_STRING, Buffer.from(commonName)))
  const who = der(SEQUENCE, der(SET, subject))
  const spki = publicKey.export({ type: 'spki', format: 'der' })
  // Positive, and another one for each key.
  const serial = Buffer.concat([Buffer.of(1), createHash('sha256').update(spki).digest().subarray(0, 15)])
  const names = der(SEQUENCE, der(DNS_NAME, Buffer.from(name)))
  const extension = der(SEQUENCE, der(OBJECT_ID, SUBJECT_ALTERNATIVE_NAME), der(OCTET_STRING, names))
  return der(
    SEQUENCE,
    der(0xa0, der(INTEGER, [2])),
    der(INTEGER, serial),
    algorithm,
    who,
    der(SEQUENCE, ...VALIDITY.map(([tag, time]) => der(tag, Buffer.from(time)))),
    who,
    spki,
    der(0xa3, der(SEQUENCE, extension)),
  )
}
