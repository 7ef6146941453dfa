// Lays what is live over what was loaded: the running configuration as it really is.
import type { Config, Pool, Server } from '../model/config.ts'
import type { LiveServer } from './servers-state.ts'

const PREFIX = 'be_'

/** The loaded Config with each server's live weight, place and state; servers that are gone or unknown show as such. */
export function overlayLive(loaded: Config, live: readonly LiveServer[]): Config {
  const byPool = Map.groupBy(live, (server) => server.backend)
  return { ...loaded, pools: loaded.pools.map((pool) => overlayPool(pool, byPool.get(PREFIX + pool.id) ?? [])) }
}

function overlayPool(pool: Pool, live: readonly LiveServer[]): Pool {
  const loaded = new Map(pool.servers.map((server) => [server.name, server]))
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
