// What stands in records: made from texts, and read into texts that can be compared.
import { isIP, isIPv4 } from 'node:net'
import { toGroups } from '../../model/network.ts'
import { canonicalAddress } from '../../model/text.ts'
import { TYPE } from './codes.ts'
import type { Reader } from './reader.ts'

/** Of one string in a TXT record; a longer text has several. */
const LONGEST_STRING = 255

/** The type of record that an address stands in. */
export function typeOfAddress(address: string): number {
  return isIPv4(address) ? TYPE.A : TYPE.AAAA
}

/** The data of an A or AAAA record. `address` is an IP address. */
export function encodeAddress(address: string): Buffer {
  if (isIP(address) === 4) return Buffer.from(address.split('.').map(Number))
  return Buffer.from(toGroups(address).flatMap((group) => [group >> 8, group & 0xff]))
}

/** The data of a TXT record. */
export function encodeText(text: string): Buffer {
  const bytes = Buffer.from(text)
  const count = Math.max(1, Math.ceil(bytes.length / LONGEST_STRING))
  const strings = Array.from({ length: count }, (_, index) =>
    bytes.subarray(index * LONGEST_STRING, (index + 1) * LONGEST_STRING),
  )
  return Buffer.concat(strings.flatMap((string) => [Buffer.of(string.length), string]))
}

/**
 * What a record says: an address, a name (of SOA that of the primary server), a text with its strings put together;
 * empty for types that we do not know. `place` reads the record's data alone.
 */
export function readValue(type: number, place: Reader): string {
  if (type === TYPE.A) return [place.byte(), place.byte(), place.byte(), place.byte()].join('.')
  if (type === TYPE.AAAA)
    return canonicalAddress(Array.from({ length: 8 }, () => place.number16().toString(16)).join(':'))
  if (type === TYPE.CNAME || type === TYPE.NS || type === TYPE.SOA) return place.name()
  return type === TYPE.TXT ? readText(place) : ''
}

function readText(place: Reader): string {
  const strings: Buffer[] = []
  while (!place.isAtEnd) strings.push(place.bytes(place.byte()))
  return Buffer.concat(strings).toString('utf8')
}
