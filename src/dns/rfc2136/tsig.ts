// TSIG (RFC 8945): what we send is signed with a secret we share with the server, and so is what it answers.
import { createHmac, timingSafeEqual } from 'node:crypto'
import { CLASS, TSIG_ERROR, TYPE } from '../wire/codes.ts'
import { encodeRecord, type ReadMessage, type ReadRecord, to16 } from '../wire/message.ts'
import { encodeName } from '../wire/names.ts'
import { Reader } from '../wire/reader.ts'
import { TSIG_HASHES, type TsigKey } from './tsig-key.ts'

/** How far the two clocks may be apart (RFC 8945 section 10). */
export const FUDGE_SECONDS = 300

/** A signed message, and its signature, which the answer's builds on. */
export type Signed = { readonly bytes: Buffer; readonly mac: Buffer }

/** What a TSIG record says. */
export type Tsig = {
  readonly keyName: string
  readonly algorithm: string
  readonly signedAtSeconds: number
  readonly fudgeSeconds: number
  readonly mac: Buffer
  readonly originalId: number
  readonly error: number
  readonly other: Buffer
  /** Where it begins in the message. */
  readonly at: number
}

/** Puts a TSIG at the end of a message. */
export function sign(message: Buffer, key: TsigKey, nowMs: number): Signed {
  const terms = {
    keyName: key.name,
    algorithm: key.algorithm,
    signedAtSeconds: Math.floor(nowMs / 1000),
    fudgeSeconds: FUDGE_SECONDS,
    error: TSIG_ERROR.NONE,
    other: Buffer.alloc(0),
  }
  const mac = makeMac(key, [message, encodeTerms(terms)])
  const head = [encodeName(key.algorithm), to48(terms.signedAtSeconds), to16(FUDGE_SECONDS)]
  const tail = [to16(mac.length), mac, message.subarray(0, 2), to16(terms.error), to16(0)]
  const data = Buffer.concat([...head, ...tail])
  const record = encodeRecord({ name: key.name, type: TYPE.TSIG, class: CLASS.ANY, ttlSeconds: 0, data })
  const bytes = Buffer.concat([message, record])
  bytes.writeUInt16BE(bytes.readUInt16BE(10) + 1, 10)
  return { bytes, mac }
}

/** The TSIG of an answer, which is its last record; null: it has none. `dns-refused` where it is malformed. */
export function readTsig(bytes: Buffer, { answers, authorities, additionals }: ReadMessage, from: string): Tsig | null {
  const all = [...answers, ...authorities, ...additionals]
  const count = all.filter(({ type }) => type === TYPE.TSIG).length
  if (count === 0) return null
  const last = additionals.at(-1)
  if (count > 1 || last?.type !== TYPE.TSIG || last.class !== CLASS.ANY || last.ttlSeconds !== 0)
    throw new Reader(bytes, from).malformed('its signature stands where none may')
  return readData(bytes, last, from)
}

function readData(bytes: Buffer, { name, at, data }: ReadRecord, from: string): Tsig {
  const place = new Reader(bytes, from, bytes.length - data.length)
  const tsig = {
    keyName: name,
    at,
    algorithm: place.name(),
    signedAtSeconds: place.number48(),
    fudgeSeconds: place.number16(),
    mac: place.bytes(place.number16()),
    originalId: place.number16(),
    error: place.number16(),
    other: place.bytes(place.number16()),
  }
  if (!place.isAtEnd) throw place.malformed('its signature is longer than it says')
  return tsig
}

/** Whether the answer comes from who has the key, answers the request of this signature, and is as it was sent. */
export function isGenuine(answer: Buffer, tsig: Tsig, key: TsigKey, requestMac: Buffer): boolean {
  if (tsig.keyName !== key.name || tsig.algorithm !== key.algorithm) return false
  const unsigned = Buffer.from(answer.subarray(0, tsig.at))
  unsigned.writeUInt16BE(tsig.originalId, 0)
  unsigned.writeUInt16BE(unsigned.readUInt16BE(10) - 1, 10)
  const mac = makeMac(key, [to16(requestMac.length), requestMac, unsigned, encodeTerms(tsig)])
  return mac.length === tsig.mac.length && timingSafeEqual(mac, tsig.mac)
}

type Terms = Pick<Tsig, 'keyName' | 'algorithm' | 'signedAtSeconds' | 'fudgeSeconds' | 'error' | 'other'>

/** RFC 8945 section 4.3.3: class and TTL of the record stand in between. */
function encodeTerms({ keyName, algorithm, signedAtSeconds, fudgeSeconds, error, other }: Terms): Buffer {
  const names = [encodeName(keyName), to16(CLASS.ANY), Buffer.alloc(4), encodeName(algorithm)]
  const numbers = [to48(signedAtSeconds), to16(fudgeSeconds), to16(error), to16(other.length)]
  return Buffer.concat([...names, ...numbers, other])
}

function makeMac({ algorithm, secret }: TsigKey, parts: readonly Buffer[]): Buffer {
  const hmac = createHmac(TSIG_HASHES[algorithm], secret)
  for (const part of parts) hmac.update(part)
  return hmac.digest()
}

function to48(number: number): Buffer {
  const bytes = Buffer.alloc(6)
  bytes.writeUIntBE(number, 0, 6)
  return bytes
}
