// Which of the servers a plan adds may have traffic at once.
import type { Server } from '../model/config.ts'
import { toEffective } from '../model/effective.ts'
import type { Action } from '../plan/action.ts'
import { passesFirstProbe } from './first-probe.ts'
import type { LiveServer } from './servers-state.ts'

/** HAProxy's word for a server that is up (srv_op_state of `show servers state`). */
const RUNNING = 2

/**
 * The servers to be added that are well: they pass a first check, or are up in the place their pool leaves. Without the
 * latter a pool that moves while its servers are too busy to answer a check at once would have none for a moment.
 */
export async function findWell(
  plan: readonly Action[],
  readStates: (places: readonly string[]) => Promise<LiveServer[]>,
): Promise<ReadonlySet<Server>> {
  const added = plan.flatMap((action) => (action.kind === 'add-server' ? [action] : []))
  const passes = await Promise.all(added.map((action) => passesFirstProbe(action.definition, action.in.healthCheck)))
  const unanswered = added.filter((_, index) => !passes[index])
  const well = added.filter((_, index) => passes[index])
  if (unanswered.length === 0) return new Set(well.map(({ definition }) => definition))
  const former = findFormerPlaces(plan)
  const left = unanswered.flatMap(({ place }) => former.get(place) ?? [])
  const up = new Set(left.length === 0 ? [] : (await readStates([...new Set(left)])).filter(isUp).map(keyOf))
  const moved = unanswered.filter(({ place, definition }) => {
    const { address, port } = toEffective(definition)
    return up.has(keyOf({ backend: former.get(place) ?? '', server: definition.name, address, port }))
  })
  return new Set([...well, ...moved].map(({ definition }) => definition))
}

/** By the place a pool takes, the one it leaves. */
function findFormerPlaces(plan: readonly Action[]): ReadonlyMap<string, string> {
  return new Map(
    plan.flatMap((action) =>
      action.kind === 'claim-place' && action.from !== null ? [[action.place, action.from] as const] : [],
    ),
  )
}

const isUp = ({ operational, isMaint }: LiveServer) => operational === RUNNING && !isMaint

const keyOf = ({ backend, server, address, port }: Pick<LiveServer, 'backend' | 'server' | 'address' | 'port'>) =>
  `${backend}/${server} ${address}:${port}`
