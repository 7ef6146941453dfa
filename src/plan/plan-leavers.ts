// What is left behind is tidied up once it is quiet: servers are forgotten, places go back to the reserve.
import type { Server } from '../model/config.ts'
import type { Action, PoolRef } from './action.ts'
import type { Desired, Leavers, Running } from './running.ts'

/** Steps for servers and places that nobody is sent to any more. */
export function planLeavers({ ledger, quiet, ripe, isTold }: Running, { config }: Desired): Action[] {
  // Without a look at them nothing is known to be ready for it.
  if (isTold && quiet.size === 0 && ripe.size === 0) return []
  const inPlaces = [...ledger.leavers].flatMap(([place, leavers]) => {
    const isLeft = ledger.left.has(place)
    const wanted = isLeft ? new Set<string>() : findWanted(leavers, config)
    const servers = leavers.servers.filter(({ name }) => !wanted.has(name))
    if (isLeft && !ripe.has(place)) return []
    return servers.flatMap((server) => planLeaver({ owner: leavers.owner, pool: leavers.pool, place }, server, quiet))
  })
  const empty = [...ledger.left].filter(([place]) => ripe.has(place) && !ledger.leavers.has(place))
  const freed = empty.map(
    ([place, { owner, pool, profile }]): Action => ({ kind: 'free-place', owner, pool, place, profile }),
  )
  return [...inPlaces, ...freed]
}

function findWanted({ owner, pool }: Leavers, config: Desired['config']): Set<string> {
  const wanted = config.shares.get(owner)?.pools.find(({ id }) => id === pool)
  return new Set(wanted?.servers.map(({ name }) => name))
}

function planLeaver(ref: PoolRef, server: Server, quiet: ReadonlySet<string>): Action[] {
  if (server.state !== 'maint')
    return [{ kind: 'retire-server', ...ref, server: server.name, definition: server, isLate: true }]
  return quiet.has(`${ref.place} ${server.name}`) ? [{ kind: 'delete-server', ...ref, server: server.name }] : []
}
