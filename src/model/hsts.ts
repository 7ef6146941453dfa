// HTTP Strict Transport Security (RFC 6797): for how long browsers come by https alone.
import { accepted, type Parsed, quoted, refused } from './parsed.ts'

/** What a load balancer tells browsers. All of it changes in the running process. */
export type Hsts = {
  readonly maxAgeSeconds: number
  readonly includeSubDomains: boolean
  readonly preload: boolean
}

/** Where a user says nothing but that it is wanted. */
export const DEFAULT_HSTS_AGE = '180d'

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 }

/** Ten years: whoever writes more has mistaken the unit. */
const LONGEST_SECONDS = 3650 * 86_400

/** What lists that browsers are delivered with ask for at least (hstspreload.org). */
export const LEAST_PRELOAD_SECONDS = 365 * 86_400

/** Reads "180d", "1h", "0s" into seconds. 0 has browsers forget what they were told. */
export function parseMaxAge(text: string): Parsed<number> {
  if (!/^(\d{1,9}[smhd])+$/.test(text))
    return refused(`${quoted(text)} is not an age; write a number with a unit: 180d, 1h, or 0s for browsers to forget`)
  const seconds = [...text.matchAll(/(\d+)([smhd])/g)].reduce(
    (sum, [, count, unit = '']) => sum + Number(count) * (SECONDS[unit] ?? 0),
    0,
  )
  return seconds <= LONGEST_SECONDS
    ? accepted(seconds)
    : refused(`${quoted(text)} is too long; the longest age is 3650d`)
}

/** The value of the header Strict-Transport-Security. */
export function formatHsts({ maxAgeSeconds, includeSubDomains, preload }: Hsts): string {
  return [
    `max-age=${maxAgeSeconds}`,
    ...(includeSubDomains ? ['includeSubDomains'] : []),
    ...(preload ? ['preload'] : []),
  ].join('; ')
}
