// Lays what is live over what was told: the running configuration as it really is.
import type { Pool, Server, Share } from '../model/config.ts'
import { toEffective } from '../model/effective.ts'
import type { ServerRef } from '../plan/action.ts'
import { type Leavers, type Ledger, type OddRow, placeOf } from '../plan/running.ts'
import type { LiveServer } from './servers-state.ts'
import type { Told } from './told.ts'

/** Live servers by place. */
export type LiveServers = ReadonlyMap<string, readonly LiveServer[]>

/** The same with each server as it is live; who is as told stays the same object, who is gone is left out. */
export function overlayShare(share: Share, ledger: Ledger, live: LiveServers): Share {
  const pools = share.pools.map((pool) => overlayPool(pool, live.get(placeOf(ledger, pool.id)) ?? []))
  return pools.every((pool, index) => pool === share.pools[index]) ? share : { ...share, pools }
}

function overlayPool(pool: Pool, live: readonly LiveServer[]): Pool {
  const byName = new Map(live.map((server) => [server.server, server]))
  const servers = pool.servers.flatMap((told) => {
    const found = byName.get(told.name)
    return found ? [overlayServer(told, found)] : []
  })
  const isSame =
    servers.length === pool.servers.length && servers.every((server, index) => server === pool.servers[index])
  return isSame ? pool : { ...pool, servers }
}

function overlayServer(told: Server, live: LiveServer): Server {
  const { weight, state, address, port } = toEffective(told)
  // What an agent makes of weight and state is nobody's fault.
  const isAgents = live.hasAgent && told.agentCheck !== undefined
  const found = isAgents ? { weight: live.bornWeight, isMaint: false } : live
  const isState = (state === 'maint') === found.isMaint
  // Where a server in maintenance stands does not matter.
  const isPlace = found.isMaint || (address === live.address && port === live.port)
  // An agent may have its say in this too.
  const maxConnections = isAgents || live.limit === undefined ? told.maxConnections : live.limit
  if (isState && isPlace && weight === found.weight && maxConnections === told.maxConnections) return told
  return {
    ...told,
    maxConnections,
    weight: found.weight,
    state: found.isMaint ? 'maint' : 'ready',
    address: live.address,
    port: live.port,
  }
}

/** Servers of these load balancers whose checks somebody switched off. */
export function findUnchecked(shares: Iterable<Share>, ledger: Ledger, live: LiveServers): ServerRef[] {
  return [...shares].flatMap(({ pools }) =>
    pools.flatMap(({ id, owner, servers }) => {
      const place = placeOf(ledger, id)
      const unchecked = new Set((live.get(place) ?? []).flatMap((one) => (one.isUnchecked ? [one.server] : [])))
      if (unchecked.size === 0) return []
      return servers.flatMap(({ name }) => (unchecked.has(name) ? [{ owner, pool: id, place, server: name }] : []))
    }),
  )
}

/** The ledger as it really is: leavers that are gone are left out, strangers are leavers, a spare place in use is a left one. */
export function overlayLedger(told: Told, live: LiveServers): Ledger {
  const { ledger } = told
  const homes = findHomes(told)
  const profiles = new Map(
    [...ledger.spares].flatMap(([profile, places]) => places.map((place) => [place, profile] as const)),
  )
  let { leavers, left, spares } = ledger
  for (const place of ledger.leavers.keys()) if (!live.has(place)) leavers = leavers.delete(place)
  for (const [place, servers] of live) {
    const home = homes.get(place)
    const known = ledger.leavers.get(place)
    const profile = profiles.get(place)
    // Not a pool's: the way to the next worker is one.
    if (!home && !known && !ledger.left.has(place) && profile === undefined) continue
    const found = servers.filter(({ server }) => !home?.servers.has(server)).map((server) => toLeaver(server, known))
    if (found.length === 0) {
      leavers = leavers.delete(place)
      continue
    }
    const { owner, pool } = known ?? home ?? { owner: place, pool: place }
    leavers = leavers.set(place, { owner, pool, servers: found })
    if (home || left.has(place)) continue
    if (profile !== undefined) spares = spares.update(profile, [], (free) => free.filter((one) => one !== place))
    left = left.set(place, { owner, pool, profile: profile ?? null, sinceMs: 0, graceMs: 0 })
  }
  return { ...ledger, leavers, left, spares }
}

/** Who stands in each place. */
function findHomes({
  config,
  ledger,
}: Told): Map<string, { owner: string; pool: string; servers: ReadonlySet<string> }> {
  const homes = new Map<string, { owner: string; pool: string; servers: ReadonlySet<string> }>()
  for (const share of config.shares.values()) {
    for (const { id, owner, servers } of share.pools)
      homes.set(placeOf(ledger, id), { owner, pool: id, servers: new Set(servers.map(({ name }) => name)) })
  }
  return homes
}

function toLeaver(live: LiveServer, known: Leavers | undefined): Server {
  const { server: name, address, port, weight } = live
  const told = known?.servers.find((server) => server.name === name)
  // One whose agent is still asked comes back by its word.
  const state = live.isMaint && !live.hasAgent ? 'maint' : 'ready'
  if (told) return { ...told, address, port, weight, state }
  return { name, host: address, port, address, weight, backup: false, maxConnections: null, state }
}

/** Rows that are not as told: `told` and `live` are values by map and key. */
export function findOddRows(told: ReadonlyMap<string, ReadonlyMap<string, string>>, live: typeof told): OddRow[] {
  return [...told].flatMap(([map, rows]) => {
    const there = live.get(map) ?? new Map<string, string>()
    const other = [...rows].filter(([key, value]) => there.get(key) !== value)
    const strange = [...there].filter(([key]) => !rows.has(key))
    return [
      ...other.map(([key, value]) => ({ map, key, told: value, live: there.get(key) ?? null })),
      ...strange.map(([key, value]) => ({ map, key, told: null, live: value })),
    ]
  })
}
