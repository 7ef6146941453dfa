// Which of the servers that come into service get traffic at once, and which are awaited.
import type { Action } from '../plan/action.ts'
import type { Arrivals } from './arrivals.ts'
import { findLastHopes, findLosing } from './last-hope.ts'
import { findNewcomers, findWell, type Newcomer, nameOf } from './newcomers.ts'
import type { RuntimeSocket } from './runtime-socket.ts'
import type { Entry } from './told.ts'

export type Admission = {
  /** They come in with traffic, by `nameOf`. */
  readonly admitted: ReadonlySet<string>
  /** They have not passed a check. */
  readonly late: readonly Newcomer[]
}

/** Decides it for a plan, just before it is carried out; who was awaited already may come in here. */
export async function admit(
  plan: readonly Action[],
  changed: Entry['changed'],
  socket: Pick<RuntimeSocket, 'serversState' | 'commands'>,
  arrivals: Pick<Arrivals, 'awaitedIn'>,
): Promise<Admission> {
  const newcomers = findNewcomers(plan, changed)
  const well = await findWell(newcomers, plan, (places) => socket.serversState(places))
  const late = newcomers.filter((one) => !well.has(nameOf(one)))
  const losing = findLosing(plan)
  const awaited = arrivals.awaitedIn(losing)
  const coming = late.filter(({ place }) => losing.includes(place))
  if (awaited.length + coming.length === 0) return { admitted: well, late }
  const live = await socket.serversState(losing)
  // One that has gone again, or is in maintenance, is nobody's hope.
  const inService = new Set(live.flatMap((one) => (one.isMaint ? [] : [`${one.backend}/${one.server}`])))
  const there = awaited.filter((one) => inService.has(nameOf(one)))
  const hopes = findLastHopes(plan, live, [...there, ...coming], well)
  const known = hopes.filter((one) => there.includes(one))
  await socket.commands(known.map((one) => `set server ${nameOf(one)} health up`))
  return { admitted: new Set([...well, ...hopes.map(nameOf)]), late }
}
