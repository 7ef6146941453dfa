// Who of the servers of a worker goes on in the next one, so that a reload forgets no health.
import { type Config, poolsOf } from '../model/config.ts'
import { toEffective } from '../model/effective.ts'
import { ownPlaceOf } from '../model/place.ts'
import type { Ledger } from '../plan/running.ts'
import { isChecked } from '../render/haproxy/server-line.ts'
import type { LiveServer, Successor } from './servers-state.ts'

/** Only the health of servers whose address is the same before and after may be carried over. `places` are those before. */
export function findSuccessors(places: Ledger['places'], desired: Config): (live: LiveServer) => Successor | null {
  const pools = new Map([...places].map(([pool, place]) => [place, pool]))
  const servers = new Map<string, Omit<Successor, 'backend'>>()
  for (const pool of poolsOf(desired)) {
    for (const server of pool.servers) {
      const { state, address, port, weight } = toEffective(server)
      const keepsAgentWord = server.agentCheck !== undefined
      const ports = { checkPort: pool.healthCheck.port, agentPort: server.agentCheck?.port ?? null }
      // Without a check nothing would ever bring up a server that was down.
      if (state === 'ready' && (isChecked(pool) || keepsAgentWord))
        servers.set(`${ownPlaceOf(pool.id)}/${server.name} ${address}:${port}`, { weight, keepsAgentWord, ...ports })
    }
  }
  return (live) => {
    const pool = pools.get(live.backend)
    const backend = pool === undefined ? live.backend : ownPlaceOf(pool)
    const known = servers.get(`${backend}/${live.server} ${live.address}:${live.port}`)
    const keepsAgentWord = live.hasAgent && known?.keepsAgentWord === true
    return known === undefined || (live.isMaint && !keepsAgentWord) ? null : { ...known, backend, keepsAgentWord }
  }
}
