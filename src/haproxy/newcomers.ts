// Which of the servers that come into service may have traffic at once.
import type { Pool, Server } from '../model/config.ts'
import { toEffective } from '../model/effective.ts'
import type { Action } from '../plan/action.ts'
import { makeFirstProbe } from './first-probe.ts'
import type { LiveServer } from './servers-state.ts'
import type { Entry } from './told.ts'

/** A server that is added, or comes out of maintenance. */
export type Newcomer = {
  readonly definition: Server
  readonly in: Pool
  readonly place: string
  /** It was in service before: only an answer that says it is unwell keeps it from coming back at once. */
  readonly returns: boolean
}

/** Those of a plan; `changed` has the pools as they shall be. */
export function findNewcomers(plan: readonly Action[], changed: Entry['changed']): Newcomer[] {
  return plan.flatMap((action): Newcomer[] => {
    if (action.kind === 'add-server') return [{ ...action, returns: false }]
    if (action.kind !== 'set-state' || action.to !== 'ready') return []
    const share = changed.find(([name]) => name === action.owner)?.[2]
    const pool = share?.pools.find(({ id }) => id === action.pool)
    const definition = pool?.servers.find(({ name }) => name === action.server)
    return pool && definition ? [{ definition, in: pool, place: action.place, returns: true }] : []
  })
}

/** `place/server`, as HAProxy's socket has it. */
export function nameOf({ place, definition }: Newcomer): string {
  return `${place}/${definition.name}`
}

/** HAProxy's word for a server that is up (srv_op_state of `show servers state`). */
export const RUNNING = 2

/**
 * The newcomers that are well, by `nameOf`: they pass a first check, or are up in the place their pool leaves, or return
 * and are too busy to answer a check at once. Without the latter two a pool that is busy would have nobody for a moment.
 */
export async function findWell(
  added: readonly Newcomer[],
  plan: readonly Action[],
  readStates: (places: readonly string[]) => Promise<LiveServer[]>,
): Promise<ReadonlySet<string>> {
  const outcomes = await Promise.all(added.map((one) => makeFirstProbe(one.definition, one.in.healthCheck)))
  const isWell = ({ returns }: Newcomer, index: number) =>
    outcomes[index] === 'passed' || (returns && outcomes[index] === 'unknown')
  const well = added.filter(isWell)
  const unanswered = added.filter((one) => !well.includes(one))
  if (unanswered.length === 0) return new Set(well.map(nameOf))
  const former = findFormerPlaces(plan)
  const left = unanswered.flatMap(({ place }) => former.get(place) ?? [])
  const up = new Set(left.length === 0 ? [] : (await readStates([...new Set(left)])).filter(isUp).map(keyOf))
  const moved = unanswered.filter(({ place, definition }) => {
    const { address, port } = toEffective(definition)
    return up.has(keyOf({ backend: former.get(place) ?? '', server: definition.name, address, port }))
  })
  return new Set([...well, ...moved].map(nameOf))
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
