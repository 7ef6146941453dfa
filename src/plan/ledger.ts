// Which pool stands where once a plan has been carried out.
import type { Config, Server } from '../model/config.ts'
import { toEffective } from '../model/effective.ts'
import type { Action } from './action.ts'
import type { Leavers, Ledger } from './running.ts'

/** At least how long requests may be on their way in a place that has been left: a lookup of the route, a connect, a retry. */
const LEAST_GRACE_MS = 5000

/** The ledger after a plan that runs without a reload. `nowMs` is the time, in milliseconds since 1970. */
export function follow(ledger: Ledger, plan: readonly Action[], desired: Config, nowMs: number): Ledger {
  const after = plan.reduce((book, action) => followOne(book, action, nowMs), ledger)
  if (after.leavers.size === 0) return after
  // Who is wanted again is no leaver.
  const leavers = after.leavers.flatMap(({ owner, pool, servers }, place): [string, Leavers][] => {
    if (after.left.has(place)) return [[place, { owner, pool, servers }]]
    const wanted = desired.shares.get(owner)?.pools.find(({ id }) => id === pool)?.servers ?? []
    const left = servers.filter(({ name }) => !wanted.some((server) => server.name === name))
    return left.length > 0 ? [[place, { owner, pool, servers: left }]] : []
  })
  return { ...after, leavers }
}

function followOne(ledger: Ledger, action: Action, nowMs: number): Ledger {
  switch (action.kind) {
    case 'claim-place': {
      const spares = ledger.spares.update(action.profile, [], (free) => free.filter((place) => place !== action.place))
      const { pool, place, profile } = action
      return {
        ...ledger,
        spares,
        places: ledger.places.set(pool, place),
        profiles: ledger.profiles.set(place, profile),
      }
    }
    case 'leave-place':
      return leave(ledger, action, nowMs)
    case 'retire-server':
      // What it was in drain for is its weight: it is still that when the server is wanted again.
      return putLeaver(ledger, action, {
        ...action.definition,
        weight: toEffective(action.definition).weight,
        state: 'maint',
      })
    case 'delete-server':
      return dropLeaver(ledger, action.place, action.server)
    case 'free-place': {
      const { profile, place } = action
      const spares = profile === null ? ledger.spares : ledger.spares.update(profile, [], (free) => [...free, place])
      const { left, leavers, profiles } = ledger
      return {
        ...ledger,
        spares,
        left: left.delete(place),
        leavers: leavers.delete(place),
        profiles: profiles.delete(place),
      }
    }
    default:
      return ledger
  }
}

function leave(ledger: Ledger, action: Extract<Action, { kind: 'leave-place' }>, nowMs: number): Ledger {
  const { owner, pool, place, profile, definition } = action
  const servers = [...definition.servers, ...(ledger.leavers.get(place)?.servers ?? [])]
  // Only a server that takes a limited number of connections lets requests wait for it.
  const waits = servers.some(({ maxConnections }) => maxConnections !== null)
  const graceMs = waits ? Math.max(LEAST_GRACE_MS, definition.timeouts.queueMs) : LEAST_GRACE_MS
  const places = ledger.places.get(pool) === place ? ledger.places.delete(pool) : ledger.places
  const left = ledger.left.set(place, { owner, pool, profile, sinceMs: nowMs, graceMs })
  return { ...ledger, places, left, leavers: ledger.leavers.set(place, { owner, pool, servers }) }
}

function putLeaver(
  ledger: Ledger,
  { owner, pool, place }: { owner: string; pool: string; place: string },
  server: Server,
): Ledger {
  const others = ledger.leavers.get(place)?.servers.filter(({ name }) => name !== server.name) ?? []
  return { ...ledger, leavers: ledger.leavers.set(place, { owner, pool, servers: [...others, server] }) }
}

function dropLeaver(ledger: Ledger, place: string, name: string): Ledger {
  const leavers = ledger.leavers.get(place)
  if (!leavers) return ledger
  const servers = leavers.servers.filter((server) => server.name !== name)
  const isEmpty = servers.length === 0
  return {
    ...ledger,
    leavers: isEmpty ? ledger.leavers.delete(place) : ledger.leavers.set(place, { ...leavers, servers }),
  }
}
