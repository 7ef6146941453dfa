// DNS names between text and bytes: lower case, no dot at the end; odd bytes of others are written `\046` in the text.
import { quoted } from '../../model/parsed.ts'
import { DnsFailure } from '../dns-failure.ts'

/** Of a name's bytes, the zero at its end among them (RFC 1035 section 3.1). */
export const LONGEST_NAME = 255

const LONGEST_LABEL = 63

/** A name as it is compared: lower case, without a dot at the end. */
export function normalizeName(name: string): string {
  return name.toLowerCase().replace(/\.$/, '')
}

/** The bytes of a name, uncompressed and in lower case. `dns-refused` where it is no name. */
export function encodeName(name: string): Buffer {
  const plain = normalizeName(name)
  const labels = plain === '' ? [] : plain.split('.').map(encodeLabel)
  const bad = labels.some(({ length }) => length === 0 || length > LONGEST_LABEL)
  const size = labels.reduce((sum, { length }) => sum + length + 1, 1)
  if (bad || size > LONGEST_NAME)
    throw new DnsFailure(
      'dns-refused',
      `${quoted(name)} is no DNS name: between its dots stand 1 to 63 ASCII characters (others as xn--…), and at most 253 altogether; use another name`,
    )
  return Buffer.concat([...labels.flatMap((label) => [Buffer.of(label.length), label]), Buffer.of(0)])
}

/** One label's bytes as text that `encodeName` reads back. */
export function decodeLabel(bytes: Buffer): string {
  return [...bytes].map(decodeByte).join('')
}

/** Whether a name is a zone's apex or lies below it. */
export function isWithin(name: string, zone: string): boolean {
  return zone === '' || name === zone || name.endsWith(`.${zone}`)
}

function encodeLabel(label: string): Buffer {
  // As long as no label may be, so that it is refused.
  if (/[^\0-\x7f]/.test(label)) return Buffer.alloc(LONGEST_LABEL + 1)
  const plain = label.replace(/\\(\d{3})/g, (_, digits: string) => String.fromCharCode(Number(digits) & 0xff))
  return Buffer.from(plain, 'latin1')
}

function decodeByte(byte: number): string {
  const character = String.fromCharCode(byte)
  return /[\w*/-]/.test(character) ? character.toLowerCase() : `\\${String(byte).padStart(3, '0')}`
}
