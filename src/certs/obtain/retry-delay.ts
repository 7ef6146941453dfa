// How long after a failure a certificate is asked for again: soon at first, then seldom, and in time before the old one ends.

const MINUTE_MS = 60_000

/** By failures in a row, then the last for ever: as certmagic has it. */
const DELAYS_MS = [1, 2, 2, 5, 10, 10, 10, 20, 20, 30, 60, 120, 180, 360].map((minutes) => minutes * MINUTE_MS)

/** Of what is left of a certificate's life no more than this share is waited. */
const SHARE = 1 / 10
const SHORTEST_MS = 2000

/** In milliseconds, after `failures` (1 or more) in a row; `leftMs`: until the certificate that is there ends, null where there is none. */
export function findRetryDelay(failures: number, leftMs: number | null): number {
  const delay = DELAYS_MS[Math.min(failures, DELAYS_MS.length) - 1] ?? MINUTE_MS
  if (leftMs === null || leftMs <= 0) return delay
  return Math.min(delay, Math.max(SHORTEST_MS, leftMs * SHARE))
}
