// Who has claimed what: of two load balancers that want the same thing in different ways, the newcomer hears whom it lost to.

import type { Route } from '../model/config.ts'
import { formatListenerId } from '../model/config.ts'
import type { Fragment, ListenerWish, Problem } from '../model/fragment.ts'

type Holder = { readonly owner: string; readonly wish: ListenerWish }
type Clash = { readonly path: string; readonly message: string }

/** What the load balancers taken so far hold. Looking a newcomer up costs the same however many there are. */
export class Claims {
  #listeners = new Map<string, Holder[]>()
  #routes = new Map<string, string>()
  /** Who listens on a port of every IPv6 address: by itself, or as part of every address. */
  #everywhere = new Map<number, Holder>()

  /** Notes everything a fragment holds from now on. */
  add(fragment: Fragment): void {
    for (const wish of fragment.listeners) {
      const holders = this.#listeners.get(idOf(wish)) ?? []
      const holder = { owner: fragment.name, wish }
      if (isEverywhere(wish) && !this.#everywhere.has(wish.port)) this.#everywhere.set(wish.port, holder)
      if (holders.length === 0 || isTelling(wish)) this.#listeners.set(idOf(wish), [...holders, holder])
    }
    for (const route of fragment.routes) this.#routes.set(keyOf(route), fragment.name)
  }

  /** The first thing `candidate` asks for that somebody has already otherwise; null when all of it fits. */
  findConflict(candidate: Fragment): Problem | null {
    const clash = this.#findListenerClash(candidate) ?? this.#findRouteClash(candidate)
    return clash ? { code: 'conflict', fatal: true, ...clash } : null
  }

  #findListenerClash(candidate: Fragment): Clash | null {
    for (const wish of candidate.listeners) {
      const other = isEverywhere(wish) ? this.#everywhere.get(wish.port) : undefined
      if (other && other.wish.address !== wish.address) return describeOverlap(wish, other)
      for (const holder of this.#listeners.get(idOf(wish)) ?? []) {
        const clash = compareWishes(wish, holder)
        if (clash) return clash
      }
    }
    return null
  }

  #findRouteClash(candidate: Fragment): Clash | null {
    for (const route of candidate.routes) {
      const owner = this.#routes.get(keyOf(route))
      if (owner === undefined) continue
      const listener = candidate.listeners.find((wish) => idOf(wish) === route.listener)
      const where = listener ? formatWhere(listener) : route.listener
      if (listener?.mode === 'tcp')
        return {
          path: 'spec.port',
          message: `${where} is taken by load balancer ${owner}; use another port or bind address`,
        }
      const what = `${route.host === null ? 'any host' : `host ${route.host}`}, path ${route.path} on ${where}`
      return {
        path: 'spec.routes',
        message: `${what} is taken by load balancer ${owner}; give this one another host, path or port`,
      }
    }
    return null
  }
}

/** Both would listen on [::]; the system would give each connection to one of them by chance. */
function isEverywhere(wish: ListenerWish): boolean {
  return wish.address === '0.0.0.0' || wish.address === '::'
}

function describeOverlap(wish: ListenerWish, { owner }: Holder): Clash {
  const message = `port ${wish.port} of every IPv6 address is taken by load balancer ${owner}; use another port, or one bind address for both`
  return { path: 'spec.bind', message }
}

/** Whether a wish says more than the first one did: the mode is everybody's, so only stated timeouts count. */
function isTelling(wish: ListenerWish): boolean {
  return Object.values(wish.timeouts).some((ms) => ms !== null)
}

function compareWishes(wish: ListenerWish, { owner, wish: theirs }: Holder): Clash | null {
  const where = `${formatWhere(wish)} is taken by load balancer ${owner}`
  if (theirs.mode !== wish.mode)
    return {
      path: 'spec.type',
      message: `${where} with type ${theirs.mode}, this one is ${wish.mode}; use another port or bind address`,
    }
  const timeout = findTimeoutClash(wish, theirs)
  if (timeout === null) return null
  return {
    path: `spec.timeouts.${timeout}`,
    message: `${where} with another ${timeout} timeout; a shared port has one: state the same, or leave it out`,
  }
}

function findTimeoutClash(wish: ListenerWish, theirs: ListenerWish): string | null {
  for (const key of ['clientMs', 'httpRequestMs', 'keepAliveMs'] as const) {
    if (wish.timeouts[key] !== null && theirs.timeouts[key] !== null && wish.timeouts[key] !== theirs.timeouts[key])
      return key.slice(0, -2)
  }
  return null
}

function keyOf(route: Route): string {
  return `${route.listener} ${route.host ?? ''}${route.path}`
}

function idOf(wish: ListenerWish): string {
  return formatListenerId(wish.address, wish.port)
}

function formatWhere(wish: ListenerWish): string {
  return wish.address === '0.0.0.0' ? `port ${wish.port}` : `${idOf(wish)}`
}
