// The Retry-After header: seconds or a date, whatever a CA makes of it.

const LONGEST_MS = 366 * 86_400_000

/** How long not to ask again, in milliseconds: at most a year, 0 where the time is past, null where nothing is said. */
export function readRetryAfter(header: string | undefined, nowMs: number): number | null {
  if (header === undefined) return null
  const text = header.trim()
  // Date.parse makes a date of nearly everything; this is how those of HTTP begin.
  const date = /^[A-Z][a-z]{2,8},? /.test(text) ? Date.parse(text) : Number.NaN
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : date - nowMs
  return Number.isNaN(ms) ? null : Math.min(LONGEST_MS, Math.max(0, ms))
}
