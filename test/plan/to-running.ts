// A configuration as the worker that carries it out is read back.
import type { Config, Server } from '../../src/model/config.ts'
import { toEffective } from '../../src/model/effective.ts'
import type { Running } from '../../src/plan/running.ts'

/** The digest of process-wide settings that never change in tests. */
export const SAME = 'same'

/** A server as a worker holds it: of what the user wished only the effect is left. */
export function toLive(server: Server): Server {
  const { weight, state, address, port } = toEffective(server)
  return { ...server, weight, state, address, port }
}

/** What is read back from a worker that does what `config` says; `deletable` are `pool server`. */
export function toRunning(config: Config, deletable: Iterable<string> = []): Running {
  const pools = config.pools.map((pool) => ({ ...pool, servers: pool.servers.map(toLive) }))
  return { config: { ...config, pools }, processDigest: SAME, deletable: new Set(deletable) }
}
