// Lays what is live over what was loaded: the running configuration as it really is.
import type { Pool, Server } from '../model/config.ts'
import type { Running } from '../plan/running.ts'
import { formatBackendName } from '../render/haproxy/names.ts'
import type { LiveServer } from './servers-state.ts'
import type { Snapshot } from './snapshot.ts'

/** What runs: the snapshot's Config with each server's live weight, place and state; servers that are gone or unknown show as such. */
export function overlayLive(snapshot: Snapshot, live: readonly LiveServer[]): Running {
  const byPool = Map.groupBy(live, (server) => server.backend)
  const { config, processDigest, retired } = snapshot
  const pools = config.pools.map((pool) =>
    overlayPool(pool, retired[pool.id] ?? [], byPool.get(formatBackendName(pool.id)) ?? []),
  )
  const deletable = live
    .filter((server) => server.isMaint && server.unchangedForSeconds >= QUIET_SECONDS)
    .map((server) => `${server.backend.slice(formatBackendName('').length)} ${server.server}`)
  return { config: { ...config, pools }, processDigest, deletable: new Set(deletable) }
}

/**
 * How long a server must have been in maintenance before it may be deleted. A request that waits to retry a refused
 * connection is not counted as a session; deleting its server crashes 2.6. Retries end within 3 x 1 s.
 */
const QUIET_SECONDS = 6

function overlayPool(pool: Pool, retired: readonly Server[], live: readonly LiveServer[]): Pool {
  const loaded = new Map([...retired, ...pool.servers].map((server) => [server.name, server]))
  return {
    ...pool,
    servers: live.map((server) => overlayServer(loaded.get(server.server) ?? toUnknown(server), server)),
  }
}

function overlayServer(loaded: Server, live: LiveServer): Server {
  return {
    ...loaded,
    weight: live.weight,
    state: live.isMaint ? 'maint' : 'ready',
    address: live.address,
    port: live.port,
  }
}

function toUnknown(live: LiveServer): Server {
  return {
    name: live.server,
    host: live.address,
    port: live.port,
    address: live.address,
    weight: live.weight,
    backup: false,
    maxConnections: null,
    state: 'ready',
  }
}
