// Sizes as people write them ("10MB", "512KB"), in bytes inside.
import { accepted, type Parsed, quoted, refused } from './parsed.ts'

/** As nginx and HAProxy count them: a KB has 1024 bytes. */
const UNITS: Readonly<Record<string, number>> = { B: 1, KB: 1024, MB: 1024 ** 2, GB: 1024 ** 3 }

/** A terabyte: what nobody means. */
const LARGEST = 1024 ** 4

/** Reads "512B", "16KB", "10MB", "1GB" into bytes; 1 byte to 1024 GB. */
export function parseSize(text: string): Parsed<number> {
  const [, count, unit] = /^(\d{1,13})([A-Z]{1,2})$/.exec(text) ?? []
  const bytes = Number(count) * (UNITS[unit ?? ''] ?? Number.NaN)
  if (Number.isNaN(bytes))
    return refused(`${quoted(text)} is not a size; write a whole number with a unit: 512B, 16KB, 10MB, 1GB`)
  if (bytes < 1) return refused(`${quoted(text)} is too small; the smallest size is 1B`)
  if (bytes > LARGEST) return refused(`${quoted(text)} is too large; the largest size is 1024GB`)
  return accepted(bytes)
}

/** The most that headers may have in HAProxy's buffer of 16 KB, of which it keeps 1 KB for what it adds itself. */
const MOST_HEADER_BYTES = 15 * 1024

/** The same for headers: above 15KB HAProxy itself refuses, whatever is asked for here. */
export function parseHeaderSize(text: string): Parsed<number> {
  const size = parseSize(text)
  if (!size.ok) return size
  if (size.value < 256) return refused(`${quoted(text)} is too small for headers; use 256B to 15KB`)
  if (size.value > MOST_HEADER_BYTES)
    return refused(`${quoted(text)} is too large for headers, HAProxy itself takes no more than 15KB; use 256B to 15KB`)
  return size
}

/** Bytes in the largest unit that says them exactly: 10485760 is "10MB", 1500 is "1500B". */
export function formatSize(bytes: number): string {
  for (const unit of ['GB', 'MB', 'KB']) {
    const size = UNITS[unit] ?? 1
    if (bytes >= size && bytes % size === 0) return `${bytes / size}${unit}`
  }
  return `${bytes}B`
}
