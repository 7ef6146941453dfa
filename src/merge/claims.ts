// Who has claimed what: of two load balancers that want the same thing in different ways, the newcomer hears whom it lost to.

import { type Certificate, formatService } from '../model/certificate.ts'
import type { Route } from '../model/config.ts'
import { formatListenerId } from '../model/config.ts'
import type { Fragment, ListenerWish, Problem } from '../model/fragment.ts'
import { Table } from '../model/table.ts'
import { compareSettings } from './tls-settings.ts'

type Holder = { readonly owner: string; readonly wish: ListenerWish }
type Clash = { readonly path: string; readonly message: string }

/** What load balancers hold. Looking a newcomer up, and taking one in or out, costs the same however many there are. */
export type Claims = {
  /** By listener's id, then by owner. */
  readonly listeners: Table<string, Table<string, ListenerWish>>
  /** Owner by route. */
  readonly routes: Table<string, string>
  /** Names that are served on listeners that speak TLS: `formatService` by owner. Of one several may have the same. */
  readonly names: Table<string, Table<string, string>>
}

export const NO_CLAIMS: Claims = { listeners: Table(), routes: Table(), names: Table() }

/** With everything a fragment holds. */
export function claim(claims: Claims, fragment: Fragment, certificates: readonly Certificate[]): Claims {
  const { name } = fragment
  let { listeners } = claims
  for (const wish of fragment.listeners)
    listeners = listeners.update(idOf(wish), Table(), (holders) => holders.set(name, wish))
  const routes = claims.routes.withMutations((draft) => {
    for (const route of fragment.routes) draft.set(keyOf(route), name)
  })
  let { names } = claims
  for (const certificate of certificates)
    for (const key of namesOn(certificate))
      names = names.update(key, Table(), (holders) => holders.set(name, formatService(certificate)))
  return { listeners, routes, names }
}

/** Without what a fragment holds. */
export function release(claims: Claims, fragment: Fragment, certificates: readonly Certificate[]): Claims {
  const { name } = fragment
  let { listeners } = claims
  for (const wish of fragment.listeners) listeners = takeOut(listeners, idOf(wish), name)
  const routes = claims.routes.withMutations((draft) => {
    for (const route of fragment.routes) if (draft.get(keyOf(route)) === name) draft.delete(keyOf(route))
  })
  let { names } = claims
  for (const certificate of certificates) for (const key of namesOn(certificate)) names = takeOut(names, key, name)
  return { listeners, routes, names }
}

function takeOut<T>(table: Table<string, Table<string, T>>, key: string, owner: string): typeof table {
  const left = table.get(key)?.delete(owner)
  return left === undefined || left.size === 0 ? table.delete(key) : table.set(key, left)
}

/** The first thing `candidate` asks for that somebody has already otherwise; null when all of it fits. */
export function findConflict(claims: Claims, candidate: Fragment): Problem | null {
  const clash = findListenerClash(claims, candidate) ?? findRouteClash(claims, candidate)
  return clash ? { code: 'conflict', fatal: true, ...clash } : null
}

/** A name, who serves it, and with what, as `formatService` has it. */
export type TakenName = { readonly name: string; readonly by: string; readonly service: string }

/** The names of a certificate that somebody else serves on its listener with a certificate of another source, or for other clients. */
export function findTakenNames(claims: Claims, certificate: Certificate): TakenName[] {
  const own = formatService(certificate)
  return (certificate.only ?? certificate.names).flatMap((name) => {
    const holders = claims.names.get(`${certificate.listener} ${name}`)
    const other = [...(holders ?? [])].find(([, service]) => service !== own)
    return other ? [{ name, by: other[0], service: other[1] }] : []
  })
}

function namesOn({ listener, names, only = names }: Certificate): string[] {
  return only.map((name) => `${listener} ${name}`)
}

function findListenerClash(claims: Claims, candidate: Fragment): Clash | null {
  for (const wish of candidate.listeners) {
    const other = EVERYWHERE[wish.address]
    const overlapping =
      other === undefined ? null : firstOwner(claims.listeners.get(formatListenerId(other, wish.port)))
    if (overlapping !== null) return describeOverlap(wish, overlapping)
    for (const holder of findTellers(claims, wish)) {
      const clash = compareWishes(wish, holder)
      if (clash) return clash
    }
  }
  return null
}

/** Of those who share a listener only who states a timeout, and any one for the mode, can be in the way. */
function findTellers(claims: Claims, wish: ListenerWish): Holder[] {
  const holders = claims.listeners.get(idOf(wish))
  const any = holders?.first()
  if (!holders || !any) return []
  const isSame = isOfOneKind(any, wish)
  if (isSame && !isTelling(wish)) return []
  return [...holders]
    .filter(([, theirs]) => !isSame || isTelling(theirs))
    .map(([owner, theirs]) => ({ owner, wish: theirs }))
    .sort((a, b) => (a.owner < b.owner ? -1 : 1))
}

function firstOwner(holders: Table<string, ListenerWish> | undefined): string | null {
  return [...(holders?.keys() ?? [])].sort()[0] ?? null
}

function findRouteClash(claims: Claims, candidate: Fragment): Clash | null {
  for (const route of candidate.routes) {
    const owner = claims.routes.get(keyOf(route))
    if (owner === undefined) continue
    const listener = candidate.listeners.find((wish) => idOf(wish) === route.listener)
    const where = listener ? formatWhere(listener) : route.listener
    if (listener?.sni) return describeTakenName(route.host, where, owner)
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

/** Of listeners that go by SNI. */
function describeTakenName(host: string | null, where: string, owner: string): Clash {
  if (host === null) {
    const message = `connections to any other name on ${where} go to load balancer ${owner}; give this one domains, or another port`
    return { path: 'spec.tls.domains', message }
  }
  const message = `the name ${host} on ${where} is taken by load balancer ${owner}; give this one other names, or another port`
  return { path: 'spec.tls.domains', message }
}

/** Whether two wishes are for the same kind of listener, whatever else they say. */
export function isOfOneKind(a: ListenerWish, b: ListenerWish): boolean {
  return a.mode === b.mode && !a.sni === !b.sni && !a.tls === !b.tls && !a.acceptProxy === !b.acceptProxy
}

/** Both would listen on [::]; the system would give each connection to one of them by chance. */
const EVERYWHERE: Readonly<Record<string, string>> = { '0.0.0.0': '::', '::': '0.0.0.0' }

function describeOverlap(wish: ListenerWish, owner: string): Clash {
  const message = `port ${wish.port} of every IPv6 address is taken by load balancer ${owner}; use another port, or one bind address for both`
  return { path: 'spec.bind', message }
}

/** Whether a wish says more than the first one did: the mode is everybody's, so only stated timeouts count. */
export function isTelling(wish: ListenerWish): boolean {
  const { timeouts, tls, switches, detours, monitorUri } = wish
  return (
    Object.values(timeouts).some((ms) => ms !== null) ||
    (tls?.minVersion ?? null) !== null ||
    tls?.settings !== undefined ||
    tls?.clientCa !== undefined ||
    tls?.isStrict !== undefined ||
    tls?.http2 !== undefined ||
    tls?.ciphers !== undefined ||
    monitorUri !== undefined ||
    !!switches ||
    !!detours
  )
}

function compareWishes(wish: ListenerWish, { owner, wish: theirs }: Holder): Clash | null {
  const where = `${formatWhere(wish)} is taken by load balancer ${owner}`
  if (theirs.mode !== wish.mode)
    return {
      path: 'spec.type',
      message: `${where} with type ${theirs.mode}, this one is ${wish.mode}; use another port or bind address`,
    }
  if (!theirs.sni !== !wish.sni)
    return {
      path: 'spec.tls.passthrough',
      message: `${where} ${theirs.sni ? 'with' : 'without'} tls.passthrough; load balancers share a tcp port when all of them pass TLS through: use another port or bind address`,
    }
  if (!theirs.acceptProxy !== !wish.acceptProxy)
    return {
      path: 'spec.proxyProtocol.accept',
      message: `${where} ${theirs.acceptProxy ? 'with' : 'without'} the PROXY protocol; use another port or bind address`,
    }
  if (!theirs.tls !== !wish.tls)
    return {
      path: wish.tls && wish.mode === 'http' ? 'spec.tls.port' : 'spec.port',
      message: `${where} ${theirs.tls ? 'with' : 'without'} TLS; use another port or bind address`,
    }
  const clash = compareTls(wish, theirs, where) ?? compareWords(wish, theirs, where)
  if (clash) return clash
  const timeout = findTimeoutClash(wish, theirs)
  if (timeout === null) return null
  return {
    path: `spec.timeouts.${timeout}`,
    message: `${where} with another ${timeout} timeout; a shared port has one: state the same, or leave it out`,
  }
}

/** What a port has one of, and nobody else's is put in its place. */
function compareWords(wish: ListenerWish, theirs: ListenerWish, where: string): Clash | null {
  const words = [
    ['spec.monitorUri', wish.monitorUri, theirs.monitorUri],
    ['spec.tls.http2', wish.tls?.http2, theirs.tls?.http2],
  ] as const
  for (const [path, own, other] of words) {
    if (own === undefined || other === undefined || own === other) continue
    const key = path.replace(/^spec\.(?:tls\.)?/, '')
    return { path, message: `${where} with ${key} ${other}; a shared port has one: state the same, or leave it out` }
  }
  return null
}

function compareTls(wish: ListenerWish, theirs: ListenerWish, where: string): Clash | null {
  const clash = compareSettings(wish, theirs, where)
  if (clash) return clash
  const [authority, theirAuthority] = [wish.tls?.clientCa, theirs.tls?.clientCa]
  if (authority !== undefined && theirAuthority !== undefined && authority !== theirAuthority)
    return {
      path: 'spec.tls.clientCa',
      message: `${where} with clientCa ${theirAuthority}; a shared port has one, or clients of one CA could reach what the other guards: use the same file, or another port`,
    }
  const [isStrict, areTheyStrict] = [wish.tls?.isStrict, theirs.tls?.isStrict]
  if (isStrict === undefined || areTheyStrict === undefined || isStrict === areTheyStrict) return null
  const theirWay = areTheyStrict
    ? 'and refuses names that nobody serves (strictSni or clientCa): leave out default and strictSni: false'
    : 'and answers names that nobody serves (default or strictSni: false): leave out strictSni and clientCa'
  return { path: 'spec.tls.strictSni', message: `${where} ${theirWay}, or use another port` }
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

/** The listener a wish is about. */
export function idOf(wish: ListenerWish): string {
  return formatListenerId(wish.address, wish.port)
}

function formatWhere(wish: ListenerWish): string {
  return wish.address === '0.0.0.0' ? `port ${wish.port}` : `${idOf(wish)}`
}
