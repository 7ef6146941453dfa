// A configuration as the worker that was started with it is read back.
import { type Config, type Pool, type Server, toConfig } from '../../src/model/config.ts'
import { toEffective } from '../../src/model/effective.ts'
import { Table } from '../../src/model/table.ts'
import { type Ledger, NEW_LEDGER, type Running } from '../../src/plan/running.ts'
import { planReserve } from '../../src/render/haproxy/reserve.ts'
import { SETTINGS } from '../render/settings.ts'

/** The digest of process-wide settings that never change in tests. */
export const SAME = 'same'

/** A server as a worker holds it: of what the user wished only the effect is left. */
export function toLive(server: Server): Server {
  const { weight, state, address, port } = toEffective(server)
  return { ...server, weight, state, address, port }
}

/** The ledger of a worker that was started with this configuration and a reserve of about this many places. */
export function toNewLedger(config: Config, reserve: number): Ledger {
  const spares = Table(
    [...planReserve(config, { ...SETTINGS, reserve })].map(([profile, { places }]) => [profile, places]),
  )
  return { ...NEW_LEDGER, spares }
}

/** What is read back from a worker that was started with `config`. */
export function toRunning(config: Config, reserve = SETTINGS.reserve): Running {
  return {
    config: mapPools(config, (pool) => ({ ...pool, servers: pool.servers.map(toLive) })),
    ledger: toNewLedger(config, reserve),
    processDigest: SAME,
    isTold: false,
    odd: [],
    quiet: new Set(),
    ripe: new Set(),
  }
}

/** The same with other pools. */
export function mapPools(config: Config, change: (pool: Pool) => Pool): Config {
  return { ...config, shares: config.shares.map((share) => ({ ...share, pools: share.pools.map(change) })) }
}

/** The same, of which nothing is the same object. */
export function cloneConfig({ listeners, shares }: Config): Config {
  return toConfig(structuredClone([...listeners.values()]), structuredClone([...shares.values()]))
}
