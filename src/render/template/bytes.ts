// Go's strings are bytes: here a byte string has one character (U+0000 to U+00FF) for each byte of its UTF-8 text.
import { Buffer } from 'node:buffer'

/** The UTF-8 bytes of a text. */
export function toBytes(text: string): string {
  return /^[^\u0080-\uffff]*$/.test(text) ? text : Buffer.from(text, 'utf8').toString('latin1')
}

/** The text of UTF-8 bytes; what is not UTF-8 becomes U+FFFD. */
export function fromBytes(bytes: string): string {
  return /^[^\u0080-\u00ff]*$/.test(bytes) ? bytes : Buffer.from(bytes, 'latin1').toString('utf8')
}

const RUNE =
  /[^\x80-\xff]|[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xed[\x80-\x9f][\x80-\xbf]|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2}|[\x80-\xff]/g

/** One character of a byte string; `code` is null for a byte that is no UTF-8. */
export type Rune = { readonly bytes: string; readonly code: number | null }

/** The characters of a byte string. */
export function runesOf(bytes: string): Rune[] {
  return (bytes.match(RUNE) ?? []).map((rune) => ({ bytes: rune, code: codeOf(rune) }))
}

/** How many characters a byte string has. */
export function countRunes(bytes: string): number {
  return bytes.match(RUNE)?.length ?? 0
}

function codeOf(rune: string): number | null {
  if (rune.length > 1) return fromBytes(rune).codePointAt(0) ?? null
  const code = rune.charCodeAt(0)
  return code < 0x80 ? code : null
}

/** The bytes of one character; U+FFFD where there is none of this number. */
export function bytesOfRune(code: number): string {
  const isRune = code >= 0 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff)
  return toBytes(String.fromCodePoint(isRune ? code : 0xfffd))
}

/** Whether Go would print this character as it is. */
export function isPrintable(code: number): boolean {
  return /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u.test(String.fromCodePoint(code))
}
