// Containers that were told to stop and go on all the same: without them nobody would take their traffic.
import type { Placed } from './draft.ts'
import type { Wishing } from './groups.ts'
import { findLife } from './life.ts'
import { formatCondition } from './to-resource.ts'

type Member = readonly [Wishing, Placed]

/** They serve until another one can, or they end; those that get the same requests stand in for each other. */
export function withLastOnes(members: readonly Member[]): Member[] {
  const parts = Map.groupBy(members, ([{ wish }]) => (wish.mode === 'tcp' ? '' : formatCondition(wish)))
  return [...parts.values()].flatMap((part) => (part.some(takesTraffic) ? part : part.map(goOn)))
}

function takesTraffic([{ wish }, { state, target }]: Member): boolean {
  const { state: wanted = 'ready', weight } = wish.server
  return state === 'serving' && target !== null && wanted === 'ready' && weight !== 0
}

function goOn([member, placed]: Member): Member {
  if (findLife(member.container).kind !== 'leaving' || placed.target === null) return [member, placed]
  return [
    member,
    { ...placed, state: 'serving', because: 'it is stopping, and goes on until another one can take over' },
  ]
}
