// Numbers of servers, where HAProxy spreads by them.

import type { Pool, Server } from '../../model/config.ts'

/** Algorithms that put servers on a ring by their number. */
const RING: ReadonlySet<Pool['algorithm']> = new Set(['random', 'source', 'hash'])

const known = new WeakMap<readonly Server[], ReadonlyMap<string, number>>()

/**
 * The `id` a server's line says, 1 to 2^20 - 1; null: HAProxy counts.
 *
 * HAProxy places a server that is added at run time on the ring before it has counted it: all of them would stand at
 * the same points, the heaviest before the others, which would never be asked (2.6.12 does that; 3.0 does not). Made of the
 * name, the number is also the same after a reload and on another machine, and so are the clients of each server.
 */
export function toServerId(server: Server, { algorithm, servers }: Pick<Pool, 'algorithm' | 'servers'>): number | null {
  if (!RING.has(algorithm)) return null
  const ids = known.get(servers) ?? countServers(servers)
  known.set(servers, ids)
  return ids.get(server.name) ?? hashName(server.name)
}

/** Two names of one number: the later name takes the next one that is free. */
function countServers(servers: readonly Server[]): ReadonlyMap<string, number> {
  const taken = new Set<number>()
  const names = servers.map(({ name }) => name).sort()
  return new Map(
    names.map((name) => {
      let id = hashName(name)
      while (taken.has(id)) id = (id % LARGEST_ID) + 1
      taken.add(id)
      return [name, id]
    }),
  )
}

/** HAProxy multiplies it by 4096 to 32 bits (`SRV_EWGHT_RANGE`): what is above is lost. */
const LARGEST_ID = 2 ** 20 - 1

/** FNV-1a. */
function hashName(name: string): number {
  let hash = 0x811c9dc5
  for (const byte of Buffer.from(name)) hash = Math.imul(hash ^ byte, 0x01000193)
  return ((hash >>> 0) % LARGEST_ID) + 1
}
