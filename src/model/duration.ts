// Durations as people write them ("5s", "1m30s"), in milliseconds inside.
import { accepted, type Parsed, quoted, refused } from './parsed.ts'

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** The longest duration HAProxy takes: its timers are 32-bit milliseconds, signed (24.8 days). */
const LONGEST_MS = 2 ** 31 - 1

/** Reads "250ms", "5s", "1m30s", "1h", "2d" into milliseconds; 1 ms to 24 days. */
export function parseDuration(text: string): Parsed<number> {
  const refusal = refused(`${quoted(text)} is not a duration; write a number with a unit: 250ms, 5s, 1m, 1h, 1d`)
  if (!/^(\d+(ms|s|m|h|d))+$/.test(text)) return refusal
  let totalMs = 0
  for (const [, count, unit] of text.matchAll(/(\d+)(ms|s|m|h|d)/g)) totalMs += Number(count) * (UNITS[unit ?? ''] ?? 0)
  if (totalMs < 1) return refused(`${quoted(text)} is too short; the shortest duration is 1ms`)
  if (totalMs > LONGEST_MS) return refused(`${quoted(text)} is too long; the longest duration is 24d`)
  return accepted(totalMs)
}

/** Milliseconds in the largest unit that says them exactly: 60000 is "1m", 1500 is "1500ms". */
export function formatDuration(ms: number): string {
  for (const unit of ['d', 'h', 'm', 's']) {
    const size = UNITS[unit] ?? 1
    if (ms >= size && ms % size === 0) return `${ms / size}${unit}`
  }
  return `${ms}ms`
}
