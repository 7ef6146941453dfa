// Follows the health of every server: each change becomes a log line and an event with its cause.
import { setTimeout as sleep } from 'node:timers/promises'
import type { ServerHealth } from '../api/wire.ts'
import type { Haproxy } from '../haproxy/haproxy.ts'
import type { StatRow } from '../haproxy/stat-table.ts'
import { outcomeOf } from '../io/outcome.ts'
import type { Config, Pool, Server } from '../model/config.ts'
import { toHealth } from './status.ts'

/** Between two looks, at least; longer where a look costs much, so that it takes a small share of the time. */
const LOOK_MS = 1000
const LONGEST_SHARE = 0.02

/** One server's change of health; `cause` names what HAProxy found, in its own words. */
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
  board: { readonly now: { readonly config: Config } },
  tell: (change: HealthChange) => void,
  signal: AbortSignal,
): Promise<void> {
  const watch = new HealthWatch(haproxy, tell)
  let pauseMs = LOOK_MS
  while (!signal.aborted) {
    await outcomeOf(sleep(pauseMs, undefined, { signal }))
    const startedAt = performance.now()
    await outcomeOf(watch.look(board.now.config.shares))
    pauseMs = Math.max(LOOK_MS, (performance.now() - startedAt) / LONGEST_SHARE)
  }
}

/** Remembers how each server was; asks for more only of those that are not as they were. */
class HealthWatch {
  readonly #haproxy: Haproxy
  readonly #tell: (change: HealthChange) => void
  #signs = new Map<string, string>()
  #health = new Map<string, ServerHealth>()

  constructor(haproxy: Haproxy, tell: (change: HealthChange) => void) {
    this.#haproxy = haproxy
    this.#tell = tell
  }

  async look(shares: Config['shares']): Promise<void> {
    const signs = await this.#haproxy.socket.serverSigns()
    const other = new Set<string>()
    for (const [server, sign] of signs)
      if (this.#signs.get(server) !== sign) other.add(server.slice(0, server.indexOf('/')))
    this.#signs = signs
    if (other.size === 0) return
    const rows = await this.#haproxy.socket.stat(other.size > MANY_PLACES ? undefined : [...other])
    const byName = toRowMap(rows)
    const now = new Map(other.size > MANY_PLACES ? [] : this.#health)
    for (const share of shares.values()) {
      for (const pool of share.pools) {
        const place = this.#haproxy.placeOf(pool.id)
        if (other.has(place))
          for (const server of pool.servers) this.#see(pool, server, byName.get(`${place}/${server.name}`), now)
      }
    }
    this.#health = now
  }

  #see(pool: Pool, server: Server, row: StatRow | undefined, now: Map<string, ServerHealth>): void {
    const key = `${pool.id}/${server.name}`
    const [was, health] = [this.#health.get(key), toHealth(server, row)]
    now.set(key, health)
    if (was === undefined || !isWorthTelling(was, health)) return
    this.#tell({ owner: pool.owner, server: server.name, from: was, to: health, cause: formatCause(health, row) })
  }
}

/** Above this one answer about everything is cheaper than one for each place. */
const MANY_PLACES = 50

/** Server rows by `backend/server`. */
export function toRowMap(rows: readonly StatRow[]): Map<string, StatRow> {
  return new Map(rows.map((row) => [`${row['pxname']}/${row['svname']}`, row]))
}

/** A server that is being checked for the first time after a reload is no news, nor is one we have lost sight of. */
function isWorthTelling(from: ServerHealth, to: ServerHealth): boolean {
  const quiet = ['checking', 'unknown']
  return from !== to && !quiet.includes(to) && !(quiet.includes(from) && to === 'up')
}

/** Why a server is as it is: what it was told, or what was found last by the check, the agent, or a look at its traffic. */
export function formatCause(to: ServerHealth, row: StatRow | undefined): string {
  if (to === 'unresolved') return 'its name has no address'
  if (to === 'maint' || to === 'drain') return 'told to'
  const isAgent = row?.['status']?.includes('agent') ?? false
  const [status, description, words] = isAgent
    ? ['agent_status', 'agent_desc', 'last_agt']
    : ['check_status', 'check_desc', 'last_chk']
  const text = (column = '') => (row?.[column] ?? '').replace(/^\* /, '')
  const code = isAgent || text('check_code') === '' ? '' : `/${text('check_code')}`
  const found = [`${text(status)}${code}`, text(description)].filter((part) => part !== '').join(', ')
  return [isAgent ? 'agent' : '', found, text(words)].filter((part) => part !== '').join(': ')
}
