// Fragments of every source become one Config: oldest first, each taken whole or refused whole, every loser told why.
import {
  type Config,
  DEFAULT_LISTENER_TIMEOUTS,
  formatListenerId,
  type Listener,
  type ListenerTimeouts,
  type Pool,
  type Route,
} from '../model/config.ts'
import {
  type BrokenFragment,
  compareAge,
  type Fragment,
  findWinners,
  type ListenerWish,
  type Problem,
  type Word,
} from '../model/fragment.ts'
import { Claims } from './claims.ts'

/** What merge needs to know beside the fragments. */
export type MergeContext = {
  /** The vpcs this node serves; empty: all. */
  readonly vpcs: readonly string[]
  /** What names resolve to; a name that is missing has not been resolved (yet). */
  readonly addresses: ReadonlyMap<string, string>
  /** The last version of each load balancer that served: stands in for one that is broken or refused now. */
  readonly kept: ReadonlyMap<string, Fragment>
  /** Load balancers HAProxy or the machine refused, with the reason. */
  readonly setAside: ReadonlyMap<string, Problem>
}

/** What came of one load balancer. */
export type Placement = {
  readonly name: string
  /** The fragment in force; null when nothing of it serves. */
  readonly serving: Fragment | null
  /** The version asked for, which is not the serving one when that was refused. */
  readonly version: number
  readonly problems: readonly Problem[]
}

export type Merged = { readonly value: Config; readonly placements: ReadonlyMap<string, Placement> }

/** Merges; the answer is the same for any order of the fragments. */
export function merge(word: Word, context: MergeContext): Merged {
  const taken: Taken = { fragments: [], claims: new Claims() }
  const placements = new Map<string, Placement>()
  for (const candidate of inOrder(word, context.kept)) {
    const earlier = placements.get(candidate.name)
    if (earlier) placements.set(candidate.name, withNameClash(earlier, candidate, word))
    else placements.set(candidate.name, place(candidate, taken, context))
  }
  return { value: toConfig(taken.fragments, context.addresses), placements }
}

/**
 * The order in which load balancers get what they ask for: those that serve just as they are come first, so that nobody
 * who serves loses to a change of another; then the oldest. Of one name only the oldest counts, wherever it stands.
 */
function inOrder(word: Word, kept: MergeContext['kept']): (Fragment | BrokenFragment)[] {
  const winners = new Set(findWinners(word))
  const rank = (fragment: Fragment | BrokenFragment) =>
    !winners.has(fragment) ? 2 : isIncumbent(fragment, kept) ? 0 : 1
  return [...word].sort((a, b) => rank(a) - rank(b) || compareAge(a, b))
}

function isIncumbent({ name, origin }: Fragment | BrokenFragment, kept: MergeContext['kept']): boolean {
  const before = kept.get(name)?.origin
  return before?.source === origin.source && before.id === origin.id && before.version === origin.version
}

/** Who has been taken, and what they hold. */
type Taken = { readonly fragments: Fragment[]; readonly claims: Claims }

function place(candidate: Fragment | BrokenFragment, taken: Taken, context: MergeContext): Placement {
  const { name } = candidate
  const { version } = candidate.origin
  const problems: Problem[] = []
  const refusal = context.setAside.get(name)
  if ('broken' in candidate) problems.push(...candidate.broken)
  else if (!isPlaced(candidate, context.vpcs))
    return { name, serving: null, version, problems: [describeUnplaced(candidate, context.vpcs)] }
  else if (refusal) problems.push(refusal)
  else {
    const conflict = taken.claims.findConflict(candidate)
    if (!conflict) return take(candidate, candidate, taken, context, [])
    problems.push(conflict)
  }
  const kept = context.kept.get(name)
  const canKeep = kept && isPlaced(kept, context.vpcs) && !taken.claims.findConflict(kept)
  return canKeep ? take(kept, candidate, taken, context, problems) : { name, serving: null, version, problems }
}

function take(
  fragment: Fragment,
  asked: Fragment | BrokenFragment,
  taken: Taken,
  context: MergeContext,
  problems: readonly Problem[],
): Placement {
  taken.fragments.push(fragment)
  taken.claims.add(fragment)
  return {
    name: fragment.name,
    serving: fragment,
    version: asked.origin.version,
    problems: [...problems, ...fragment.problems, ...findUnresolved(fragment, context.addresses)],
  }
}

function isPlaced(fragment: Fragment, vpcs: readonly string[]): boolean {
  return fragment.vpc === null || vpcs.length === 0 || vpcs.includes(fragment.vpc)
}

function describeUnplaced(fragment: Fragment, vpcs: readonly string[]): Problem {
  const message = `no node serves vpc ${fragment.vpc}: this node serves ${vpcs.join(', ')}; start a node with --vpc ${fragment.vpc}, or change the vpc`
  return { code: 'unplaced', path: 'spec.vpc', message, fatal: false }
}

function withNameClash(earlier: Placement, loser: Fragment | BrokenFragment, word: Word): Placement {
  const winner = findWinners(word).find((fragment) => fragment.name === loser.name)
  const message = `${loser.origin.source} ${loser.origin.id} also describes ${loser.name}; the older one, of ${winner?.origin.source} ${winner?.origin.id}, serves: rename one of them`
  return { ...earlier, problems: [...earlier.problems, { code: 'name_taken', message, fatal: false }] }
}

function findUnresolved(fragment: Fragment, addresses: ReadonlyMap<string, string>): Problem[] {
  const names = new Set(
    fragment.pools
      .flatMap((pool) => pool.servers)
      .filter((server) => server.address === null && !addresses.has(server.host))
      .map((server) => server.host),
  )
  return [...names].map((host) => ({
    code: 'unresolved',
    message: `the name ${host} does not resolve: its servers take no traffic until it does; add it to DNS or /etc/hosts, or write an IP address`,
    fatal: false,
  }))
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function toConfig(taken: readonly Fragment[], addresses: ReadonlyMap<string, string>): Config {
  const listeners = new Map<string, Listener>()
  for (const fragment of taken) for (const wish of fragment.listeners) joinListener(listeners, wish, fragment.name)
  const byId = (a: { id: string }, b: { id: string }) => compare(a.id, b.id)
  const byKey = (a: Route, b: Route) =>
    compare(`${a.listener} ${a.host ?? ''}${a.path}`, `${b.listener} ${b.host ?? ''}${b.path}`)
  return {
    listeners: [...listeners.values()].sort(byId),
    routes: taken.flatMap((fragment) => fragment.routes).sort(byKey),
    pools: taken
      .flatMap((fragment) => fragment.pools)
      .map((pool) => resolvePool(pool, addresses))
      .sort(byId),
  }
}

function joinListener(listeners: Map<string, Listener>, wish: ListenerWish, owner: string): void {
  const id = formatListenerId(wish.address, wish.port)
  const { address, port, mode } = wish
  const before = listeners.get(id) ?? { id, address, port, mode, owners: [], timeouts: DEFAULT_LISTENER_TIMEOUTS }
  const stated = Object.fromEntries(
    Object.entries(wish.timeouts).filter(([, ms]) => ms !== null),
  ) as Partial<ListenerTimeouts>
  listeners.set(id, { ...before, owners: [...before.owners, owner], timeouts: { ...before.timeouts, ...stated } })
}

function resolvePool(pool: Pool, addresses: ReadonlyMap<string, string>): Pool {
  if (pool.servers.every((server) => server.address !== null)) return pool
  return {
    ...pool,
    servers: pool.servers.map((server) => ({
      ...server,
      address: server.address ?? addresses.get(server.host) ?? null,
    })),
  }
}
