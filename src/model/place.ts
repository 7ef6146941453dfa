// Where a pool stands in HAProxy: a place of its own since HAProxy loaded it, or one that was held in reserve.
import { isDetour } from './detour.ts'

/** The place a pool has when HAProxy loads it: known by the pool's name. */
export function ownPlaceOf(poolId: string): string {
  return isDetour(poolId) ? poolId : `be_${poolId}`
}

/**
 * The pool that answers every request with the way to https on this port. A reserved id: a load balancer's own pools
 * are called main, pool.<name> or route.<slug>. So sending a route there costs a request nothing and is a change of one row.
 */
export function httpsPoolOf(port: number): string {
  return `https.${port}`
}

/** Whether what this id stands for is always where it is, since no pool of a load balancer is behind it. */
export function isFixed(poolId: string): boolean {
  return isHttpsPool(poolId) || isDetour(poolId)
}

/** Whether a pool's id is one of those. */
export function isHttpsPool(poolId: string): boolean {
  return /^https\.\d+$/.test(poolId)
}
