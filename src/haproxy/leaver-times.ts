// When what was left behind may be tidied up.
import type { Ledger, Running } from '../plan/running.ts'
import type { LiveServer } from './servers-state.ts'

/**
 * How long a server must have been in maintenance before it may be deleted. A request that waits to retry a refused
 * connection is not counted as a session; deleting its server crashes 2.6. Retries end within 3 x 1 s.
 */
const QUIET_SECONDS = 6

/** Leavers that have been out of service for long enough, and left places no request can be on its way in. */
export function findSettled(
  ledger: Ledger,
  live: readonly LiveServer[],
  nowMs: number,
): Pick<Running, 'quiet' | 'ripe'> {
  const quiet = live.filter((server) => server.isMaint && server.unchangedForSeconds >= QUIET_SECONDS)
  const ripe = [...ledger.left].filter(([, { sinceMs, graceMs }]) => nowMs - sinceMs >= graceMs)
  return {
    quiet: new Set(quiet.map(({ backend, server }) => `${backend} ${server}`)),
    ripe: new Set(ripe.map(([place]) => place)),
  }
}
