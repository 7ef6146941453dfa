// The nouns: what a load balancer is made of, in the field's own words. Values only, nothing happens here.
import type { Certificate, DefaultCertificate } from './certificate.ts'
import type { Detour, Switch } from './detour.ts'
import type { Features } from './features.ts'
import type { Guards } from './guards.ts'
import type { AgentCheck, HealthCheck } from './health-check.ts'
import { Table } from './table.ts'

/** HTTP requests (layer 7) or TCP connections (layer 4). */
export type Mode = 'http' | 'tcp'

/** How a pool picks a server; words as in HAProxy. `source` hashes the client's address, `hash` what the pool's hashKey says. */
export type Algorithm = 'roundrobin' | 'leastconn' | 'source' | 'random' | 'first' | 'hash'

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
  /** Absent: nobody on the server is asked. */
  readonly agentCheck?: AgentCheck
}

/** What keeps a client on its server. */
export type Stickiness = { readonly mode: 'cookie'; readonly cookieName: string } | { readonly mode: 'source' }

/** Who counts as one client: an address, the value of a header (and the address where the header is missing), or all who ask for one path. */
export type RateLimitKey =
  | { readonly by: 'source' }
  | { readonly by: 'path' }
  | { readonly by: 'header'; readonly name: string }

/** At most `requests` per client in any window; what is above is refused or held back. */
export type RateLimit = {
  /** Counters are shared by everything with this scope: a load balancer's name, or one pool's id. */
  readonly scope: string
  readonly requests: number
  readonly windowMs: number
  /** So many of them in any second; absent: all of them. */
  readonly burst?: number
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
  /** Absent: none. */
  readonly features?: Features
  /** Absent: everybody. */
  readonly guards?: Guards
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
  /** One of the load balancers that ask for it. */
  readonly owner: string
  readonly timeouts: ListenerTimeouts
  /** To how many labels wildcard hosts are looked up: `*.example.com` has two. */
  readonly wildcardLabels: number
  /** Absent: it is not encrypted. */
  readonly tls?: ListenerTls
  /** Clients speak TLS to the servers, and the name they ask for (SNI) says which; absent: they do not. */
  readonly sni?: true
  /** Clients say who they are by the PROXY protocol; absent: they do not. */
  readonly acceptProxy?: true
  /** A path that HAProxy itself answers, before everything else; absent: none. */
  readonly monitorUri?: string
  /** Routes with conditions, the most specific first; absent: none. */
  readonly switches?: readonly Switch[]
  /** Steps that routes need, sorted; absent: none. */
  readonly detours?: readonly Detour[]
}

/** How a listener speaks TLS. */
export type ListenerTls = {
  readonly minVersion: TlsVersion
  /** Some of its load balancers ask clients for certificates; absent: none does. */
  readonly clients?: true
  /** One of them wants names nobody serves refused; absent: none does. */
  readonly strict?: true
  /** Clients may not speak HTTP/2; absent: they may. */
  readonly http1?: true
  /** Of TLS 1.2, as OpenSSL writes them; absent: the guideline's. */
  readonly ciphers?: string
  /** Absent: whoever asks for no name that is served is refused; of tcp the certificate that is there answers. */
  readonly default?: DefaultCertificate
}

export type TlsVersion = '1.2' | '1.3'

/** What of a listener's traffic goes to which pool. */
export type Route = {
  readonly listener: string
  readonly owner: string
  /** Exact host, `*.` wildcard, or null for any host; of a listener that goes by SNI, the name asked for. */
  readonly host: string | null
  /** Path prefix by whole segments; `/` takes all, `/api*` every path that begins with `/api`. */
  readonly path: string
  /** The pool's id. */
  readonly pool: string
}

/** One load balancer's share of a Config. A share that has not changed is the same object. */
export type Share = {
  readonly owner: string
  readonly routes: readonly Route[]
  readonly pools: readonly Pool[]
  /** Absent: none. */
  readonly certificates?: readonly Certificate[]
  /** Names whose challenges by http are answered, so that a CA believes they are ours; absent: none. */
  readonly domains?: readonly string[]
  /** Whole sections of the user's own, as they are; absent: none. */
  readonly text?: string
}

/** Everything HAProxy should do: what merge makes, plan compares and render writes down. */
export type Config = {
  /** By id. */
  readonly listeners: Table<string, Listener>
  /** By load balancer. */
  readonly shares: Table<string, Share>
}

export const EMPTY_CONFIG: Config = { listeners: Table(), shares: Table() }

/** Every pool, in an order that is the same for the same Config. */
export function poolsOf(config: Config): Pool[] {
  return sharesOf(config).flatMap((share) => share.pools)
}

/** Every route, in an order that is the same for the same Config. */
export function routesOf(config: Config): Route[] {
  return sharesOf(config).flatMap((share) => share.routes)
}

/** Every share by its owner's name. */
export function sharesOf(config: Config): Share[] {
  return [...config.shares.values()].sort((a, b) => (a.owner < b.owner ? -1 : 1))
}

/** Every name whose challenges are answered, each once, sorted. */
export function domainsOf({ shares }: Pick<Config, 'shares'>): string[] {
  return [...new Set([...shares.values()].flatMap(({ domains = [] }) => domains))].sort()
}

/** Every listener by its id. */
export function listenersOf(config: Config): Listener[] {
  return [...config.listeners.values()].sort((a, b) => (a.id < b.id ? -1 : 1))
}

/** A Config from its parts, each with its owner on it. */
export function toConfig(listeners: Iterable<Listener>, shares: Iterable<Share>): Config {
  return {
    listeners: Table([...listeners].map((listener) => [listener.id, listener])),
    shares: Table([...shares].map((share) => [share.owner, share])),
  }
}

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
export const LEAST_WILDCARD_LABELS = 4

/** How many labels the longest wildcard host of these routes has; 0 without one. */
export function countWildcardLabels(routes: readonly Route[]): number {
  return Math.max(0, ...routes.map(({ host }) => (host?.startsWith('*.') ? host.split('.').length - 1 : 0)))
}
