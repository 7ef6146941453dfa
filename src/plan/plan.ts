// The least disruptive way from what runs to what is wanted.
//
//   before            | after               | action
//   ------------------+---------------------+------------------------------------------
//   nothing runs      | any configuration   | reload because start
//   server w/o weight | weight, drain       | set-weight        in the running process
//   server ready      | maint, no address   | set-state maint   in the running process
//   server at A       | at B                | set-address       in the running process
//   anything else     | differs             | reload, every difference named
//   the same          | the same            | (empty plan)
import type { Pool, Server } from '../model/config.ts'
import { type EffectiveServer, toEffective } from '../model/effective.ts'
import { formatTarget } from '../model/target.ts'
import type { Action, Reason, ServerRef } from './action.ts'
import { findReasons } from './reasons.ts'
import type { Desired, Running } from './running.ts'

/** Compares; an empty answer means that nothing needs doing. A plan with a reload holds nothing else: the files carry all of it. */
export function makePlan(running: Running | null, desired: Desired): Action[] {
  const reasons: Reason[] =
    running === null ? [{ code: 'start', owner: null, text: 'HAProxy is not running' }] : findReasons(running, desired)
  if (reasons.length > 0 || running === null) return [{ kind: 'reload', because: reasons }]
  const before = new Map(running.config.pools.map((pool) => [pool.id, pool]))
  return desired.config.pools.flatMap((pool) => planPool(before.get(pool.id) ?? pool, pool))
}

/** The reload's reasons, or none when the plan runs without one. */
export function findReload(plan: readonly Action[]): readonly Reason[] {
  return plan.flatMap((action) => (action.kind === 'reload' ? action.because : []))
}

function planPool(before: Pool, after: Pool): Action[] {
  const servers = new Map(before.servers.map((server) => [server.name, server]))
  return after.servers.flatMap((server) => planServer(after, servers.get(server.name) ?? server, server))
}

function planServer(pool: Pool, before: Server, after: Server): Action[] {
  const ref: ServerRef = { owner: pool.owner, pool: pool.id, server: after.name }
  const [from, to] = [toEffective(before), toEffective(after)]
  const actions: Action[] = []
  // Out of service first, back into service last: no request meets a half-changed server.
  if (from.state === 'ready' && to.state === 'maint')
    actions.push({ kind: 'set-state', ...ref, from: 'ready', to: 'maint' })
  if (to.state === 'ready' && !isSamePlace(from, to)) {
    actions.push({
      kind: 'set-address',
      ...ref,
      from: formatPlace(from),
      to: formatPlace(to),
      address: to.address,
      port: to.port,
    })
  }
  if (from.weight !== to.weight)
    actions.push({ kind: 'set-weight', ...ref, from: from.weight, to: to.weight, drain: after.state === 'drain' })
  if (from.state === 'maint' && to.state === 'ready')
    actions.push({ kind: 'set-state', ...ref, from: 'maint', to: 'ready' })
  return actions
}

function isSamePlace(a: EffectiveServer, b: EffectiveServer): boolean {
  return a.address === b.address && a.port === b.port
}

function formatPlace(server: EffectiveServer): string {
  return formatTarget({ host: server.address, port: server.port })
}
