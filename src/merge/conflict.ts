// Two load balancers that want the same thing in different ways: the newcomer hears whom it lost to.
import { formatListenerId } from '../model/config.ts'
import type { Fragment, ListenerWish, Problem } from '../model/fragment.ts'

/** The first thing `candidate` asks for that one of the `taken` already has otherwise; null when all of it fits. */
export function findConflict(candidate: Fragment, taken: readonly Fragment[]): Problem | null {
  for (const other of taken) {
    const conflict = findListenerConflict(candidate, other) ?? findRouteConflict(candidate, other)
    if (conflict) return { code: 'conflict', fatal: true, ...conflict }
  }
  return null
}

type Clash = { readonly path: string; readonly message: string }

function findListenerConflict(candidate: Fragment, other: Fragment): Clash | null {
  for (const wish of candidate.listeners) {
    const theirs = other.listeners.find((listener) => idOf(listener) === idOf(wish))
    if (!theirs) continue
    const where = `${formatWhere(wish)} is taken by load balancer ${other.name}`
    if (theirs.mode !== wish.mode)
      return {
        path: 'spec.type',
        message: `${where} with type ${theirs.mode}, this one is ${wish.mode}; use another port or bind address`,
      }
    const timeout = findTimeoutClash(wish, theirs)
    if (timeout)
      return {
        path: `spec.timeouts.${timeout}`,
        message: `${where} with another ${timeout} timeout; a shared port has one: state the same, or leave it out`,
      }
  }
  return null
}

function findTimeoutClash(wish: ListenerWish, theirs: ListenerWish): string | null {
  for (const key of ['clientMs', 'httpRequestMs', 'keepAliveMs'] as const) {
    if (wish.timeouts[key] !== null && theirs.timeouts[key] !== null && wish.timeouts[key] !== theirs.timeouts[key])
      return key.slice(0, -2)
  }
  return null
}

function findRouteConflict(candidate: Fragment, other: Fragment): Clash | null {
  for (const route of candidate.routes) {
    const theirs = other.routes.find(
      (one) => one.listener === route.listener && one.host === route.host && one.path === route.path,
    )
    if (!theirs) continue
    const listener = candidate.listeners.find((wish) => idOf(wish) === route.listener)
    const where = listener ? formatWhere(listener) : route.listener
    if (listener?.mode === 'tcp')
      return {
        path: 'spec.port',
        message: `${where} is taken by load balancer ${other.name}; use another port or bind address`,
      }
    const what = `${route.host === null ? 'any host' : `host ${route.host}`}, path ${route.path} on ${where}`
    return {
      path: 'spec.routes',
      message: `${what} is taken by load balancer ${other.name}; give this one another host, path or port`,
    }
  }
  return null
}

function idOf(wish: ListenerWish): string {
  return formatListenerId(wish.address, wish.port)
}

function formatWhere(wish: ListenerWish): string {
  return wish.address === '0.0.0.0' ? `port ${wish.port}` : `${idOf(wish)}`
}
