// What holds where a user says nothing. The timeouts are the contract's; the check is HAProxy's own default rhythm.
import type { Mode, PoolTimeouts } from '../model/config.ts'
import { parseDuration } from '../model/duration.ts'

/** HAProxy's own check rhythm (configuration manual, `inter`, `rise`, `fall`). */
export const DEFAULT_CHECK = { intervalMs: 2000, timeoutMs: 2000, rise: 2, fall: 3 } as const

const HTTP_TIMEOUTS: PoolTimeouts = { connectMs: 5000, serverMs: 60_000, queueMs: 60_000, tunnelMs: 3_600_000 }

/**
 * Once both sides are connected, `tunnel` alone counts for tcp (HAProxy's manual, `timeout tunnel`). Connections to
 * databases are quiet over a night and a weekend; a dead peer is noticed by TCP's keep-alive long before.
 */
const TCP_TIMEOUTS: PoolTimeouts = { ...HTTP_TIMEOUTS, tunnelMs: 7 * 86_400_000 }

/** The timeouts of a pool where a user states none. */
export const DEFAULT_POOL_TIMEOUTS: Readonly<Record<Mode, PoolTimeouts>> = { http: HTTP_TIMEOUTS, tcp: TCP_TIMEOUTS }

/** Milliseconds of a duration that the schema has already accepted; null where there is none. */
export function readDurationMs(text: string | undefined): number | null {
  const parsed = text === undefined ? null : parseDuration(text)
  return parsed?.ok ? parsed.value : null
}
