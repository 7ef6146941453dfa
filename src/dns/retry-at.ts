// When a provider lets itself be asked again: Retry-After, or the header of its own that says so.
import type { IncomingHttpHeaders } from 'node:http'

/** Where a provider says no time. */
const PAUSE_MS = 30_000
const LONGEST_MS = 86_400_000

/** ISO 8601. Retry-After in seconds or as a date; ratelimit-reset as a time in seconds since 1970 (DigitalOcean, Hetzner). At most a day. */
export function readRetryAt(headers: IncomingHttpHeaders, nowMs: number): string {
  const waits = [waitOf(headers['retry-after'], nowMs), untilReset(headers['ratelimit-reset'], nowMs)]
  const wait = waits.find((ms) => ms !== null) ?? PAUSE_MS
  return new Date(nowMs + Math.min(LONGEST_MS, Math.max(0, wait))).toISOString()
}

function waitOf(header: string | undefined, nowMs: number): number | null {
  const text = header?.trim() ?? ''
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000
  // Date.parse makes a date of nearly everything; this is how those of HTTP begin.
  const date = /^[A-Z][a-z]{2,8},? /.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(date) ? null : date - nowMs
}

function untilReset(header: string | string[] | undefined, nowMs: number): number | null {
  return typeof header === 'string' && /^\d{9,11}$/.test(header) ? Number(header) * 1000 - nowMs : null
}
