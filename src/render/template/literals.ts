// Go's literals: strings with escapes, raw strings, characters and numbers.
import { accepted, type Parsed, refused } from '../../model/parsed.ts'
import { bytesOfRune, toBytes } from './bytes.ts'

const ESCAPE =
  /\\(?:(?<letter>[abfnrtv\\'"])|x(?<hex>[\da-fA-F]{2})|(?<octal>[0-7]{3})|u(?<short>[\da-fA-F]{4})|U(?<long>[\da-fA-F]{8})|[\s\S])|[^\\]+/gu

const LETTERS: Readonly<Record<string, number>> = {
  a: 7,
  b: 8,
  f: 12,
  n: 10,
  r: 13,
  t: 9,
  v: 11,
  '\\': 92,
  "'": 39,
  '"': 34,
}

/** What one piece of a literal stands for: text, a byte, a character of Unicode; null where Go knows no such escape. */
type Piece = { readonly bytes: string; readonly code: number } | null

function readPiece(piece: RegExpExecArray, quote: string): Piece {
  const { letter, hex, octal, short, long } = piece.groups ?? {}
  if (!piece[0].startsWith('\\')) return { bytes: toBytes(piece[0]), code: piece[0].codePointAt(0) ?? 0 }
  if (letter !== undefined) {
    if ((letter === "'" || letter === '"') && letter !== quote) return null
    const code = LETTERS[letter] ?? 0
    return { bytes: String.fromCharCode(code), code }
  }
  const unicode = short ?? long
  if (unicode !== undefined) {
    const code = Number.parseInt(unicode, 16)
    return code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff) ? null : { bytes: bytesOfRune(code), code }
  }
  const byte = hex !== undefined ? Number.parseInt(hex, 16) : Number.parseInt(octal ?? '400', 8)
  return byte > 255 ? null : { bytes: String.fromCharCode(byte), code: byte }
}

const ESCAPES = 'allowed are \\a \\b \\f \\n \\r \\t \\v \\\\ \\" \\xHH \\OOO \\uHHHH and \\UHHHHHHHH'

/** The bytes of a quoted string, given with its quotes. */
export function parseString(source: string): Parsed<string> {
  const inside = source.slice(1, -1)
  if (source.startsWith('`')) return accepted(toBytes(inside.replaceAll('\r', '')))
  const parts: string[] = []
  for (const piece of inside.matchAll(ESCAPE)) {
    const read = readPiece(piece, '"')
    if (!read) return refused(`"${piece[0]}" is no escape in a string; ${ESCAPES}`)
    parts.push(read.bytes)
  }
  return accepted(parts.join(''))
}

/** The number of a character, given with its quotes. */
export function parseRune(source: string): Parsed<bigint> {
  const inside = source.slice(1, -1)
  const pieces = [...inside.matchAll(ESCAPE)]
  const read = pieces.length === 1 && pieces[0] ? readPiece(pieces[0], "'") : null
  const isOne = inside.startsWith('\\') || [...inside].length === 1
  if (read && isOne) return accepted(BigInt(read.code))
  return refused(`${source} is no character; write exactly one between single quotes, and a text between double quotes`)
}

const INTEGER = /^(?<sign>[+-]?)(?:(?<prefix>0[xXbBoO]?)_?)?(?<digits>[\da-fA-F]+(?:_[\da-fA-F]+)*)$/
const BASES: Readonly<Record<string, readonly [prefix: string, digits: RegExp]>> = {
  '': ['', /^\d+$/],
  '0': ['0o', /^[0-7]+$/],
  '0b': ['0b', /^[01]+$/],
  '0o': ['0o', /^[0-7]+$/],
  '0x': ['0x', /^[\da-fA-F]+$/],
}

const LONGEST_NUMBER = 400

/** An integer (bigint) or a floating-point number, in the forms of Go. */
export function parseNumber(source: string): Parsed<bigint | number> {
  if (/^[+-]?[\d_.]+(?:[eE][+-]?\d+)?i$/.test(source))
    return refused(`${source} is a complex number; only real ones are known`)
  if (source.length > LONGEST_NUMBER) return refused(`a number has at most ${LONGEST_NUMBER} characters`)
  const integer = /^[+-]?0$/.test(source) ? 0n : readInteger(source)
  if (integer !== null && integer >= -(2n ** 63n) && integer < 2n ** 63n) return accepted(integer)
  if (integer !== null) return refused(`${source} is too large for an integer; the largest is 9223372036854775807`)
  const float = readFloat(source)
  if (float !== null && Number.isFinite(float)) return accepted(float)
  return refused(`"${source}" is not a number; write for example 80, 0x1f, 0b101, 1.5 or 1e3`)
}

function readInteger(source: string): bigint | null {
  const { sign = '', prefix = '', digits = '' } = INTEGER.exec(source)?.groups ?? {}
  const [written, allowed] = BASES[prefix.toLowerCase()] ?? []
  const bare = digits.replaceAll('_', '')
  if (written === undefined || !allowed?.test(bare)) return null
  const value = BigInt(`${written}${bare}`)
  return sign === '-' ? -value : value
}

function readFloat(source: string): number | null {
  const bare = source.replace(/(?<=[\da-fA-F])_(?=[\da-fA-F])|(?<=0[xX])_/g, '')
  const [, sign, whole = '', part = '', exponent] =
    /^([+-]?)0[xX]([\da-fA-F]*)\.?([\da-fA-F]*)[pP]([+-]?\d+)$/.exec(bare) ?? []
  if (exponent !== undefined && whole + part !== '') {
    const value = Number(BigInt(`0x${whole}${part}`)) * 2 ** (Number(exponent) - 4 * part.length)
    return sign === '-' ? -value : value
  }
  return /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(bare) && /[.eE]/.test(bare) ? Number(bare) : null
}
