// The least disruptive way from what runs to what is wanted.
//
//   before            | after               | action
//   ------------------+---------------------+------------------------------------------
//   nothing runs      | any configuration   | reload because start
//   pool              | one server more     | add-server        in the running process
//   server            | other weight, drain | set-weight        in the running process
//   server ready      | maint, no address   | set-state maint   in the running process
//   server at A       | at B                | set-address       in the running process
//   server            | other connections   | set-max-connections
//   server ready      | not wanted          | retire-server     in the running process
//   server retired    | not wanted, quiet   | delete-server     in the running process
//   route             | new, other, gone    | set-route         in the running process
//   anything else     | differs             | reload, every difference named
//   the same          | the same            | (empty plan)
import type { Pool, Route, Server } from '../model/config.ts'
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
  const pairs = desired.config.pools.map((pool) => [before.get(pool.id) ?? pool, pool] as const)
  return [
    ...pairs.flatMap(([old, pool]) => planPool(old, pool)),
    ...planRoutes(running.config.routes, desired.config.routes),
    // Last: whoever takes over is there before anybody leaves.
    ...pairs.flatMap(([old, pool]) => planLeavers(old, pool, running.deletable)),
  ]
}

/** The reload's reasons, or none when the plan runs without one. */
export function findReload(plan: readonly Action[]): readonly Reason[] {
  return plan.flatMap((action) => (action.kind === 'reload' ? action.because : []))
}

function planPool(before: Pool, after: Pool): Action[] {
  const servers = new Map(before.servers.map((server) => [server.name, server]))
  return after.servers.flatMap((server) => {
    const old = servers.get(server.name)
    if (old !== undefined) return planServer(after, old, server)
    return [
      { kind: 'add-server', owner: after.owner, pool: after.id, server: server.name, definition: server, in: after },
    ]
  })
}

/** Servers that are not wanted any more: first out of service, and forgotten when they have been quiet for long enough. */
function planLeavers(before: Pool, after: Pool, deletable: ReadonlySet<string>): Action[] {
  const wanted = new Set(after.servers.map((server) => server.name))
  return before.servers
    .filter((server) => !wanted.has(server.name))
    .flatMap((server): Action[] => {
      const ref: ServerRef = { owner: after.owner, pool: after.id, server: server.name }
      if (server.state === 'ready') return [{ kind: 'retire-server', ...ref }]
      return deletable.has(`${after.id} ${server.name}`) ? [{ kind: 'delete-server', ...ref }] : []
    })
}

function planRoutes(before: readonly Route[], after: readonly Route[]): Action[] {
  const [old, fresh] = [keyRoutes(before), keyRoutes(after)]
  const set = (route: Route, from: string | null, to: string | null): Action => {
    const { owner, listener, host, path } = route
    return { kind: 'set-route', owner, listener, host, path, from, to }
  }
  const gone = [...old].filter(([key]) => !fresh.has(key)).map(([, route]) => set(route, route.pool, null))
  const wanted = [...fresh].flatMap(([key, route]) => {
    const from = old.get(key)?.pool ?? null
    return from === route.pool ? [] : [set(route, from, route.pool)]
  })
  return [...wanted, ...gone]
}

function keyRoutes(routes: readonly Route[]): ReadonlyMap<string, Route> {
  return new Map(routes.map((route) => [`${route.listener} ${route.host ?? ''}${route.path}`, route]))
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
  if (before.maxConnections !== after.maxConnections)
    actions.push({ kind: 'set-max-connections', ...ref, from: before.maxConnections, to: after.maxConnections })
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
