// The nouns: what a load balancer is made of, in the field's own words. Values only, nothing happens here.

/** HTTP requests (layer 7) or TCP connections (layer 4). */
export type Mode = 'http' | 'tcp'

/** How a pool picks a server; words as in HAProxy. `source` hashes the client's address. */
export type Algorithm = 'roundrobin' | 'leastconn' | 'source' | 'random'

/** What a user wants of one server: take traffic, take no new traffic, or be out of service altogether. */
export type ServerState = 'ready' | 'drain' | 'maint'

/** One address traffic goes to. */
export type Server = {
  /** The target as the user wrote it, without brackets: unique in its pool, and HAProxy's name for it. */
  readonly name: string
  /** IP address or DNS name. */
  readonly host: string
  readonly port: number
  /** The IP address behind `host`; null while the name cannot be resolved. */
  readonly address: string | null
  /** Share of the traffic, 0 to 256; 0 takes no new traffic. */
  readonly weight: number
  /** Used only when every server that is not a backup is down. */
  readonly backup: boolean
  /** Connections or requests at once; above it they queue. null: no limit. */
  readonly maxConnections: number | null
  readonly state: ServerState
}

/** What an active probe sends and expects. */
export type HealthProbe =
  | { readonly type: 'none' }
  | { readonly type: 'tcp' }
  | {
      readonly type: 'http'
      readonly path: string
      readonly host: string | null
      readonly statusFrom: number
      readonly statusTo: number
    }
  | { readonly type: 'custom'; readonly send: string; readonly expect: string }

/** An active probe and its rhythm. */
export type HealthCheck = HealthProbe & {
  readonly intervalMs: number
  readonly timeoutMs: number
  /** Successes in a row before a server takes traffic again. */
  readonly rise: number
  /** Failures in a row before a server takes no more. */
  readonly fall: number
  /** Probe another port than the traffic's. */
  readonly port: number | null
}

/** What keeps a client on its server. */
export type Stickiness = { readonly mode: 'cookie'; readonly cookieName: string } | { readonly mode: 'source' }

/** Who counts as one client: an address, or the value of a header (and the address where the header is missing). */
export type RateLimitKey = { readonly by: 'source' } | { readonly by: 'header'; readonly name: string }

/** At most `requests` per client in any window; what is above is refused or held back. */
export type RateLimit = {
  /** Counters are shared by everything with this scope: a load balancer's name, or one pool's id. */
  readonly scope: string
  readonly requests: number
  readonly windowMs: number
  readonly action: 'deny' | 'tarpit'
  readonly key: RateLimitKey
}

/** How long each phase of a request to a pool may take, in milliseconds. */
export type PoolTimeouts = {
  readonly connectMs: number
  readonly serverMs: number
  readonly queueMs: number
  readonly tunnelMs: number
}

/** How long a listener waits for a client, in milliseconds. */
export type ListenerTimeouts = {
  readonly clientMs: number
  readonly httpRequestMs: number
  readonly keepAliveMs: number
}

/** Interchangeable servers, and how one of them is picked. */
export type Pool = {
  /** `<load balancer>.<part>`: main, pool.<name> or route.<slug>. */
  readonly id: string
  readonly owner: string
  readonly mode: Mode
  readonly algorithm: Algorithm
  readonly servers: readonly Server[]
  readonly healthCheck: HealthCheck
  readonly stickiness: Stickiness | null
  readonly rateLimit: RateLimit | null
  readonly timeouts: PoolTimeouts
  /** Raw HAProxy lines, each through `parseCustomLine`. */
  readonly customLines: readonly string[]
}

/** Address, port and protocol we accept on. */
export type Listener = {
  /** `address:port`, IPv6 in brackets. */
  readonly id: string
  readonly address: string
  readonly port: number
  readonly mode: Mode
  /** The load balancers that ask for it, oldest first. */
  readonly owners: readonly string[]
  readonly timeouts: ListenerTimeouts
}

/** What of a listener's traffic goes to which pool. */
export type Route = {
  readonly listener: string
  readonly owner: string
  /** Exact host, `*.` wildcard, or null for any host. */
  readonly host: string | null
  /** Path prefix by whole segments; `/` takes all. */
  readonly path: string
  /** The pool's id. */
  readonly pool: string
}

/** Everything HAProxy should do: what merge makes, plan compares and render writes down. */
export type Config = {
  readonly listeners: readonly Listener[]
  readonly routes: readonly Route[]
  readonly pools: readonly Pool[]
}

export const EMPTY_CONFIG: Config = { listeners: [], routes: [], pools: [] }

/** A listener's id from its address and port. */
export function formatListenerId(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}

/** The contract's listener timeouts, where nobody states another. */
export const DEFAULT_LISTENER_TIMEOUTS: ListenerTimeouts = {
  clientMs: 60_000,
  httpRequestMs: 10_000,
  keepAliveMs: 10_000,
}

/** Wildcards are looked up to at least this many labels, so that the first `*.example.com` needs no new rules. */
const LEAST_WILDCARD_DEPTH = 4

/** To how many labels a listener with these routes looks up wildcard hosts: `*.example.com` has two. */
export function wildcardDepth(routes: readonly Route[]): number {
  const labels = routes.flatMap((route) => (route.host?.startsWith('*.') ? [route.host.split('.').length - 1] : []))
  return Math.max(LEAST_WILDCARD_DEPTH, ...labels)
}
