// How the algorithms pick a server, each as HAProxy does it where that shows.
import type { Request } from './load.ts'
import type { Random } from './python-random.ts'
import { makeRing } from './ring.ts'

/** A server as a balancer sees it: not its queue, not its speed. */
export type SeenServer = {
  readonly weight: number
  /** Requests it was given that are not answered yet. */
  readonly connections: number
  /** When `connections` last changed, as a number that grows with every change. */
  readonly changed: number
}

/** A server's place for a request; null where none has room and the request waits in the balancer. */
export type Picker<Server = SeenServer> = (request: Request, servers: readonly Server[]) => number | null

/** What a picker is made from. */
export type Ground = {
  readonly weights: readonly number[]
  readonly workers: number
  readonly random: Random
}

/** With `first`, a server is full at so many requests for each of its workers. */
export const FULL_PER_WORKER = 4

/** Smooth: with weights 4, 1, 1 it goes a b a c a a rather than a a a a b c. */
export function makeRoundRobin({ weights }: Ground): Picker {
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  const credits = weights.map(() => 0)
  return () => {
    for (const [index, weight] of weights.entries()) credits[index] = (credits[index] ?? 0) + weight
    const picked = credits.indexOf(Math.max(...credits))
    credits[picked] = (credits[picked] ?? 0) - total
    return picked
  }
}

/** Fewest connections for its weight; among equals the one that has been so the longest, so that idle servers take turns. */
export function makeLeastConnections(): Picker {
  return (_, servers) => {
    const isBetter = (one: SeenServer, other: SeenServer) =>
      keyOf(one) < keyOf(other) || (keyOf(one) === keyOf(other) && one.changed < other.changed)
    return findBest(servers, isBetter)
  }
}

/** HAProxy's order: the request to come counts too, and idle servers are equal whatever their weight. */
function keyOf({ connections, weight }: SeenServer): number {
  return connections === 0 ? 0 : (connections + 1) / weight
}

/** Two draws by weight, which may meet; the second wins only where it has no more connections for its weight. */
export function makeRandomOfTwo({ weights, random }: Ground): Picker {
  const places = weights.flatMap((weight, index) => Array.from({ length: weight }, () => index))
  return (_, servers) => {
    const [first, second] = [random.choice(places), random.choice(places)]
    const [one, other] = [servers[first], servers[second]]
    if (!one || !other) return first
    return other.connections * one.weight > one.connections * other.weight ? first : second
  }
}

/** Always the same server for a client. */
export function makeSource({ weights }: Ground): Picker {
  const ring = makeRing(weights)
  return ({ client }) => ring(client)
}

/** Always the same server for a path. */
export function makeHash({ weights }: Ground): Picker {
  const ring = makeRing(weights)
  return ({ path }) => ring(path)
}

/** The first server with room. */
export function makeFirst({ workers }: Ground): Picker {
  return (_, servers) => {
    const place = servers.findIndex(({ connections }) => connections < FULL_PER_WORKER * workers)
    return place < 0 ? null : place
  }
}

/** The place of the one that no other is better than; the first of several. */
export function findBest<T>(items: readonly T[], isBetter: (one: T, other: T) => boolean): number {
  let best = 0
  for (const [index, item] of items.entries()) {
    const leader = items[best]
    if (leader !== undefined && isBetter(item, leader)) best = index
  }
  return best
}
