// A pool is about to lose the last server that is up while another one is awaited: that one comes in before it listens.
import type { Action } from '../plan/action.ts'
import { type Newcomer, nameOf, RUNNING } from './newcomers.ts'
import type { LiveServer } from './servers-state.ts'

/** The places that servers of a plan are taken out of. */
export function findLosing(plan: readonly Action[]): string[] {
  return [...new Set(plan.flatMap((action) => (isLoss(action) ? [action.place] : [])))]
}

/**
 * One of the awaited for each place that would have nobody. A request that it refuses waits a second for its next
 * attempt, three times: by then most programs listen. Without it each would be told at once that there is no server.
 * One and no more: where two are up HAProxy goes from one to the other without a pause, and its attempts are used up.
 * Only where listening is all that the check asks for: a server that answers badly is to have no traffic.
 */
export function findLastHopes(
  plan: readonly Action[],
  live: readonly LiveServer[],
  awaited: readonly Newcomer[],
  well: ReadonlySet<string>,
): Newcomer[] {
  const leaving = new Set(plan.flatMap((action) => (isLoss(action) ? [`${action.place}/${action.server}`] : [])))
  return findLosing(plan).flatMap((place) => {
    const up = live.filter((one) => one.backend === place && one.operational === RUNNING && !one.isMaint)
    const stays = up.some((one) => !leaving.has(keyOf(one))) || [...well].some((name) => name.startsWith(`${place}/`))
    if (up.length === 0 || stays) return []
    return awaited.filter((one) => one.place === place && isHope(one, leaving)).slice(0, 1)
  })
}

type Loss = Extract<Action, { kind: 'set-state' | 'retire-server' }>

function isLoss(action: Action): action is Loss {
  return (action.kind === 'set-state' && action.to === 'maint') || (action.kind === 'retire-server' && !action.isLate)
}

function isHope(newcomer: Newcomer, leaving: ReadonlySet<string>): boolean {
  const { definition, in: pool } = newcomer
  const takesTraffic = definition.state === 'ready' && definition.weight > 0
  return pool.healthCheck.type === 'tcp' && takesTraffic && !leaving.has(nameOf(newcomer))
}

const keyOf = ({ backend, server }: LiveServer) => `${backend}/${server}`
