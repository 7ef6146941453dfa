// Which service of a load balancer gets which host and path, in Kontena's order: host and path, a host alone, a path alone.
import { formatMatchKey, type Match } from './hosts-and-paths.ts'

/** A service that asks for routes. */
export type Claimant = {
  readonly id: string
  /** In milliseconds since 1970. */
  readonly since: number
  /** Keys of the routes it has now. */
  readonly held: ReadonlySet<string>
  readonly wanted: readonly Match[]
}

/** What it gets, and what it does not, with who has that. */
export type Assigned = {
  readonly routes: readonly Match[]
  readonly lost: readonly { readonly match: Match; readonly holder: string }[]
}

type Claim = { readonly claimant: Claimant; readonly match: Match }

/** Gives each route to one: who has it keeps it, then who asks for host and path, then the oldest, then the alphabet. */
export function assignRoutes(claimants: readonly Claimant[]): Map<string, Assigned> {
  const claims = claimants.flatMap((claimant) => claimant.wanted.map((match) => ({ claimant, match })))
  const byKey = Map.groupBy(claims, ({ match }) => formatMatchKey(match))
  const winners = [...byKey.values()].flatMap((all) => [...all].sort(compareClaims).slice(0, 1))
  const holders = new Map(winners.map(({ match, claimant }) => [formatMatchKey(match), claimant.id]))
  const added = findExactRoutes(winners)
  return new Map(
    claimants.map(({ id, wanted }) => {
      const holderOf = (match: Match) => holders.get(formatMatchKey(match)) ?? id
      const own = wanted.filter((match) => holderOf(match) === id)
      const more = added.filter(({ claimant }) => claimant.id === id).map(({ match }) => match)
      const lost = wanted.filter((match) => holderOf(match) !== id)
      return [id, { routes: [...own, ...more], lost: lost.map((match) => ({ match, holder: holderOf(match) })) }]
    }),
  )
}

function compareClaims(a: Claim, b: Claim): number {
  const rank = ({ claimant, match }: Claim) => (claimant.held.has(formatMatchKey(match)) ? 0 : match.hasPath ? 1 : 2)
  return rank(a) - rank(b) || a.claimant.since - b.claimant.since || (a.claimant.id < b.claimant.id ? -1 : 1)
}

/**
 * `*.a.com` with `/api` comes before `www.a.com` alone, but a request is looked up by its exact host first. So
 * `www.a.com` gets the path too, where nothing with a path of its own, or of a longer wildcard, takes it. The path `/`
 * says no more than a host alone: it takes nothing from a more specific one.
 */
function findExactRoutes(winners: readonly Claim[]): Claim[] {
  const withPath = winners.filter(({ match }) => match.host !== null && match.hasPath)
  const byHost = Map.groupBy(withPath, ({ match }) => match.host)
  return winners.flatMap(({ match: { host, hasPath } }) => {
    if (host === null || hasPath) return []
    const nearer = [...(byHost.get(host) ?? [])]
    const added: Claim[] = []
    for (const wildcard of listWildcards(host)) {
      const fresh = (byHost.get(wildcard) ?? []).filter(
        ({ match }) => !nearer.some((other) => takesAll(other.match.path, match.path)),
      )
      nearer.push(...fresh)
      const deeper = fresh.filter(({ match }) => match.path !== '/')
      added.push(...deeper.map(({ claimant, match }) => ({ claimant, match: { ...match, host } })))
    }
    return added
  })
}

/** The wildcards that take a host, or a wildcard, the longest first. */
function listWildcards(host: string): string[] {
  if (host.startsWith('[')) return []
  const labels = host.replace(/^\*\./, '').split('.')
  return labels.slice(1).map((_, index) => `*.${labels.slice(index + 1).join('.')}`)
}

/** Whether every request of the second path is one of the first. */
function takesAll(path: string, other: string): boolean {
  return toPrefix(other).startsWith(toPrefix(path))
}

function toPrefix(path: string): string {
  return path.endsWith('*') ? path.slice(0, -1) : path === '/' ? path : `${path}/`
}
