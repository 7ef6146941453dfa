// Follows the health of every server: each change becomes a log line and an event with its cause.
import { setTimeout as sleep } from 'node:timers/promises'
import type { ServerHealth } from '../api/wire.ts'
import type { Haproxy } from '../haproxy/haproxy.ts'
import type { StatRow } from '../haproxy/stat-table.ts'
import { outcomeOf } from '../io/outcome.ts'
import type { Config } from '../model/config.ts'
import { toHealth } from './status.ts'

/** Between two looks. At 10,000 servers one costs HAProxy 10 ms. */
const LOOK_MS = 1000

/** One server's change of health; `cause` is HAProxy's last check in its own words. */
export type HealthChange = {
  readonly owner: string
  readonly server: string
  readonly from: ServerHealth
  readonly to: ServerHealth
  readonly cause: string
}

/** Looks again and again until the signal aborts; tells changes, not first sights. */
export async function watchHealth(
  haproxy: Haproxy,
  config: () => Config,
  tell: (change: HealthChange) => void,
  signal: AbortSignal,
): Promise<void> {
  let before = new Map<string, ServerHealth>()
  while (!signal.aborted) {
    await outcomeOf(sleep(LOOK_MS, undefined, { signal }))
    const rows = await outcomeOf(haproxy.socket.stat())
    if (!rows.ok) continue
    const now = new Map<string, ServerHealth>()
    const byName = toRowMap(rows.value)
    for (const pool of config().pools) {
      for (const server of pool.servers) {
        const key = `be_${pool.id}/${server.name}`
        const row = byName.get(key)
        const health = toHealth(server, row)
        now.set(key, health)
        const was = before.get(key)
        if (was !== undefined && isWorthTelling(was, health))
          tell({ owner: pool.owner, server: server.name, from: was, to: health, cause: formatCause(row) })
      }
    }
    before = now
  }
}

/** Server rows by `backend/server`. */
export function toRowMap(rows: readonly StatRow[]): Map<string, StatRow> {
  return new Map(rows.map((row) => [`${row['pxname']}/${row['svname']}`, row]))
}

/** A server that is being checked for the first time after a reload is no news, nor is one we have lost sight of. */
function isWorthTelling(from: ServerHealth, to: ServerHealth): boolean {
  const quiet = ['checking', 'unknown']
  return from !== to && !quiet.includes(to) && !(quiet.includes(from) && to === 'up')
}

function formatCause(row: StatRow | undefined): string {
  const status = row?.['check_status'] ?? ''
  return [status.replace(/^\* /, ''), row?.['last_chk'] ?? ''].filter((part) => part !== '').join(': ')
}
