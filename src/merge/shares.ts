// What a fragment that serves adds to the Config: its share, and its part of the listeners.

import type { Certificate } from '../model/certificate.ts'
import {
  countWildcardLabels,
  DEFAULT_LISTENER_TIMEOUTS,
  LEAST_WILDCARD_LABELS,
  type Listener,
  type ListenerTimeouts,
  type ListenerTls,
  type Pool,
  type Share,
} from '../model/config.ts'
import type { Switch } from '../model/detour.ts'
import type { Fragment, ListenerWish } from '../model/fragment.ts'
import type { Table } from '../model/table.ts'
import { DEFAULT_TLS_SETTINGS, VERSION_OF } from '../model/tls-guideline.ts'
import { isTelling } from './claims.ts'
import { statedVersion } from './tls-settings.ts'

/** What names resolve to; a name that is missing has not been resolved (yet). */
export type Addresses = ReadonlyMap<string, string>

/** A share is made once for a fragment as long as its names and certificates stay as they are: the same is then the same object. */
const MADE = new WeakMap<Fragment, { readonly around: string; readonly share: Share }>()

/** The share of a fragment, its names resolved, with its certificates. */
export function toShare(fragment: Fragment, addresses: Addresses, certificates: readonly Certificate[]): Share {
  const resolved = namesOf(fragment)
    .map((name) => addresses.get(name) ?? '')
    .join()
  const around = `${resolved} ${certificates.map(formatContent).join(' ')}`
  const made = MADE.get(fragment)
  if (made?.around === around) return made.share
  const domains = findDomains(fragment)
  const share = {
    owner: fragment.name,
    routes: fragment.routes,
    pools: fragment.pools.map((pool) => resolvePool(pool, addresses)),
    ...(certificates.length > 0 ? { certificates } : {}),
    ...(domains.length > 0 ? { domains } : {}),
    ...(fragment.text === undefined ? {} : { text: fragment.text }),
  }
  MADE.set(fragment, { around, share })
  return share
}

/** A wildcard is proven by DNS alone (RFC 8555 section 7.1.3). */
function findDomains({ certificates = [] }: Fragment): string[] {
  const names = certificates.flatMap(({ source }) => (source.kind === 'domain' ? [source.name] : []))
  return [...new Set(names)].filter((name) => !name.startsWith('*.')).sort()
}

function formatContent({ digest, only = [], clients }: Certificate): string {
  return [digest, clients?.authority.digest, ...only].join()
}

const NAMES = new WeakMap<Fragment, readonly string[]>()

/** The names that have to be resolved for a fragment, each once. */
export function namesOf(fragment: Fragment): readonly string[] {
  const known = NAMES.get(fragment)
  if (known) return known
  const servers = fragment.pools.flatMap((pool) => pool.servers)
  const names = [...new Set(servers.flatMap((server) => (server.address === null ? [server.host] : [])))]
  NAMES.set(fragment, names)
  return names
}

function resolvePool(pool: Pool, addresses: Addresses): Pool {
  if (pool.servers.every((server) => server.address !== null)) return pool
  const servers = pool.servers.map((server) => ({
    ...server,
    address: server.address ?? addresses.get(server.host) ?? null,
  }))
  return { ...pool, servers }
}

/** What a fragment asks of a listener beyond that it be there. */
const DEMANDS = new WeakMap<Fragment, { readonly isTelling: boolean; readonly wildcardLabels: number }>()

function demandsOf(fragment: Fragment) {
  const known = DEMANDS.get(fragment)
  if (known) return known
  const wildcardLabels = Math.max(LEAST_WILDCARD_LABELS, countWildcardLabels(fragment.routes))
  const demands = { isTelling: fragment.listeners.some(isTelling), wildcardLabels }
  DEMANDS.set(fragment, demands)
  return demands
}

/** Whether a listener stays as it is when `old` stops asking for it and `fresh` begins to. */
export function staysSame(listener: Listener, old: Fragment | null, fresh: Fragment | null): boolean {
  if (listener.owner === old?.name && fresh === null) return false
  const isPlain = (fragment: Fragment | null) => !fragment || !demandsOf(fragment).isTelling
  const labels = (fragment: Fragment | null) => (fragment ? demandsOf(fragment).wildcardLabels : 0)
  const isOldNeeded = labels(old) > LEAST_WILDCARD_LABELS && labels(fresh) < labels(old)
  return isPlain(old) && isPlain(fresh) && !isOldNeeded && labels(fresh) <= listener.wildcardLabels
}

/** The listener that all of its holders together ask for. */
export function toListener(
  id: string,
  holders: Table<string, ListenerWish>,
  serving: (name: string) => Fragment | null,
): Listener | null {
  const [first] = holders
  if (!first) return null
  const [owner, { address, port, mode, acceptProxy, sni }] = first
  let timeouts: ListenerTimeouts = DEFAULT_LISTENER_TIMEOUTS
  let tls: ListenerTls | null = first[1].tls ? { minVersion: VERSION_OF[DEFAULT_TLS_SETTINGS] } : null
  let wildcardLabels = LEAST_WILDCARD_LABELS
  let monitorUri: string | undefined
  for (const [name, wish] of holders) {
    monitorUri ??= wish.monitorUri
    if (isTelling(wish)) timeouts = { ...timeouts, ...statedTimeouts(wish) }
    const minVersion = statedVersion(wish)
    if (minVersion !== null) tls = { ...tls, minVersion }
    if (tls && wish.tls?.clientCa !== undefined) tls = { ...tls, clients: true }
    else if (tls && wish.tls?.isStrict) tls = { ...tls, strict: true }
    if (tls && wish.tls?.http2 === false) tls = { ...tls, http1: true }
    if (tls && wish.tls?.ciphers !== undefined) tls = { ...tls, ciphers: wish.tls.ciphers }
    const fragment = serving(name)
    if (fragment) wildcardLabels = Math.max(wildcardLabels, demandsOf(fragment).wildcardLabels)
  }
  return {
    id,
    address,
    port,
    mode,
    owner,
    timeouts,
    wildcardLabels,
    ...(tls ? { tls } : {}),
    ...(sni ? { sni } : {}),
    ...(acceptProxy ? { acceptProxy } : {}),
    ...(monitorUri === undefined ? {} : { monitorUri }),
    ...joinSteps(holders),
  }
}

/** The steps of all holders, in an order that is the same for the same. */
function joinSteps(holders: Table<string, ListenerWish>): Pick<Listener, 'switches' | 'detours'> {
  const wishes = [...holders.values()].filter(isTelling)
  const switches = wishes.flatMap((wish) => wish.switches ?? []).sort(compareSwitches)
  const detours = [...new Set(wishes.flatMap((wish) => wish.detours ?? []))].sort()
  return { ...(switches.length > 0 ? { switches } : {}), ...(detours.length > 0 ? { detours } : {}) }
}

/** A request that no case of a switch takes goes on to a less specific one: those come later. */
function compareSwitches(a: Switch, b: Switch): number {
  const rank = ({ host }: Switch) => (host === null ? 0 : host.startsWith('*.') ? host.split('.').length - 1 : Infinity)
  const [ofA, ofB] = [rank(a), rank(b)]
  if (ofA !== ofB) return ofB > ofA ? 1 : -1
  // Whole segments before `*`.
  const length = ({ path }: Switch) => (path.endsWith('*') ? path.length - 1.5 : path.length)
  return length(b) - length(a) || (a.id < b.id ? -1 : 1)
}

function statedTimeouts(wish: ListenerWish): Partial<ListenerTimeouts> {
  return Object.fromEntries(Object.entries(wish.timeouts).filter(([, ms]) => ms !== null))
}
