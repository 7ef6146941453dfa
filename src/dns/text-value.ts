// TXT values as zone files have them (RFC 1035 section 5.1): quoted strings of at most 255 bytes, one after the other.

const LONGEST_STRING = 255

/** A text as one or more quoted strings. */
export function quoteText(text: string): string {
  const bytes = Buffer.from(text)
  const strings: string[] = []
  for (let at = 0; at === 0 || at < bytes.length; at += LONGEST_STRING)
    strings.push(`"${quoteBytes(bytes.subarray(at, at + LONGEST_STRING))}"`)
  return strings.join(' ')
}

function quoteBytes(bytes: Buffer): string {
  return [...bytes]
    .map((byte) => {
      if (byte === 0x22 || byte === 0x5c) return `\\${String.fromCharCode(byte)}`
      return byte < 0x20 || byte > 0x7e ? `\\${String(byte).padStart(3, '0')}` : String.fromCharCode(byte)
    })
    .join('')
}

/** The text that quoted strings hold, joined; a value without quotes is the text itself. `\DDD` is decimal, or octal as Route 53 has it. */
export function unquoteText(value: string, base: 8 | 10 = 10): string {
  if (!value.startsWith('"')) return value
  const strings = [...value.matchAll(/"((?:\\[\s\S]|[^"\\])*)"/g)].map(([, inside = '']) => inside)
  const pieces = [...strings.join('').matchAll(/\\(\d{3})|\\([\s\S])|[^\\]+/g)].map(([all, digits, character]) => {
    if (digits !== undefined) return Buffer.from([Number.parseInt(digits, base) & 0xff])
    return Buffer.from(character ?? all)
  })
  return Buffer.concat(pieces).toString()
}
