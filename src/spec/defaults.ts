// What holds where a user says nothing. The timeouts are the contract's; the check is HAProxy's own default rhythm.
import type { PoolTimeouts } from '../model/config.ts'
import { parseDuration } from '../model/duration.ts'

/** HAProxy's own check rhythm (configuration manual, `inter`, `rise`, `fall`). */
export const DEFAULT_CHECK = { intervalMs: 2000, timeoutMs: 2000, rise: 2, fall: 3 } as const

export const DEFAULT_POOL_TIMEOUTS: PoolTimeouts = {
  connectMs: 5000,
  serverMs: 60_000,
  queueMs: 60_000,
  tunnelMs: 3_600_000,
}

/** Milliseconds of a duration that the schema has already accepted; null where there is none. */
export function readDurationMs(text: string | undefined): number | null {
  const parsed = text === undefined ? null : parseDuration(text)
  return parsed?.ok ? parsed.value : null
}
