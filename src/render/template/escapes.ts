// The escapes of Go's templates: html, js, urlquery, and the quotes of %q.
import { bytesOfRune, isPrintable, runesOf } from './bytes.ts'

const HTML: Readonly<Record<string, string>> = {
  '\0': bytesOfRune(0xfffd),
  '"': '&#34;',
  "'": '&#39;',
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
}

/** A text for HTML. */
export function formatHtml(bytes: string): string {
  return bytes.replace(/["'&<>]|\0/g, (char) => HTML[char] ?? char)
}

/** A text for a string of JavaScript. */
export function formatJs(bytes: string): string {
  const parts = runesOf(bytes).map(({ bytes: rune, code }) => {
    if (/^[\\'"]$/.test(rune)) return `\\${rune}`
    if (/^[<>&=]$/.test(rune) || (code !== null && code < 0x20)) return `\\u${hex(code ?? 0, 4)}`
    if (rune === '\u007f' || (code !== null && code < 0x80)) return rune
    const known = code ?? 0xfffd
    return isPrintable(known) ? rune : `\\u${hex(known, 4)}`
  })
  return parts.join('')
}

/** A text for the query of a URL. */
export function formatUrlQuery(bytes: string): string {
  return bytes.replace(/[^A-Za-z0-9\-_.~]/g, (char) => (char === ' ' ? '+' : `%${hex(char.charCodeAt(0), 2)}`))
}

function hex(code: number, digits: number): string {
  return code.toString(16).toUpperCase().padStart(digits, '0')
}

const SHORT: Readonly<Record<string, string>> = {
  '\u0007': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
}

/** Bytes as a literal of Go, in these quotes; with `ascii` everything else is escaped. */
export function formatQuoted(bytes: string, quote: '"' | "'", ascii: boolean): string {
  const parts = runesOf(bytes).map(({ bytes: rune, code }) => {
    if (rune === quote) return `\\${rune}`
    if (code === null) return `\\x${hexLower(rune.charCodeAt(0), 2)}`
    const short = SHORT[rune]
    if (short !== undefined) return short
    if (isPrintable(code) && (code < 0x80 || !ascii)) return rune
    if (code < 0x20 || code === 0x7f) return `\\x${hexLower(code, 2)}`
    return code < 0x10000 ? `\\u${hexLower(code, 4)}` : `\\U${hexLower(code, 8)}`
  })
  return `${quote}${parts.join('')}${quote}`
}

function hexLower(code: number, digits: number): string {
  return hex(code, digits).toLowerCase()
}
