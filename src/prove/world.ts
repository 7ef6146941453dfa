// What the run has built so far: the demo servers, and the load balancers that lead to them. Values only.
import type { LoadBalancerInput } from '../api/client.ts'

/** A demo server that runs: its name, and where it listens on loopback. */
export type Demo = { readonly name: string; readonly target: string }

/** A demo server among the backends of the load balancer under load. */
export type Placed = Demo & {
  readonly weight: number
  readonly state: 'ready' | 'drain' | 'maint'
  readonly maxConnections: number | null
}

/** A path of the load balancer under load; without a server of its own it leads to the shared pool. */
export type PathRoute = { readonly path: string; readonly demo: Demo | null }

/** Another load balancer: on the same port for a host, or on a port of its own. */
export type Neighbour = {
  readonly name: string
  readonly host: string | null
  readonly port: number
  readonly demo: Demo
}

/** What else the load balancer under load was told. */
export type Settings = {
  readonly checkPath: string
  readonly limit: number | null
  readonly algorithm: string
  readonly stickyMode: 'cookie' | 'source' | null
  /** Key and duration in pairs, as it was last changed. */
  readonly timeouts: string
  /** Which of CERTIFICATES is served. */
  readonly certificate: string
}

export const FIRST_SETTINGS: Settings = {
  checkPath: '/health',
  limit: null,
  algorithm: 'roundrobin',
  stickyMode: null,
  timeouts: '',
  certificate: 'prove-1',
}

export type World = {
  /** Where the load goes. */
  readonly port: number
  /** Where the same is served over TLS. */
  readonly tlsPort: number
  readonly servers: readonly Placed[]
  readonly routes: readonly PathRoute[]
  readonly neighbours: readonly Neighbour[]
  readonly settings: Settings
  /** Demo servers that run and are used by nobody yet. */
  readonly spares: readonly Demo[]
  /** Ports that listeners may come and go on. */
  readonly otherPorts: readonly number[]
}

/** Name of the load balancer under load. */
export const STEADY = 'prove'

/** Name of its pool that several routes share. */
export const SHARED_POOL = 'shared'

/** Stored certificates for TLS_NAME, each with a key of its own. */
export const CERTIFICATES = ['prove-1', 'prove-2', 'prove-3'] as const

/** The name clients of TLS ask for. */
export const TLS_NAME = 'prove.test'

/** Everything the changes open and the clients connect to is on this address. */
export const LOOPBACK = '127.0.0.1'

/** Paths that routes come and go for; without one, the main backends answer. */
export const PATHS = ['/a', '/b', '/c', '/d', '/e', '/f'] as const

/** Hosts that load balancers on the same port come and go for; without one, the main backends answer. */
export const HOSTS = ['one.prove.test', 'two.prove.test', 'three.prove.test', 'four.prove.test'] as const

/** Like HOSTS, but no client asks for them: their load balancers have a rate limit that would refuse. */
export const LIMITED_HOSTS = ['five.prove.test', 'six.prove.test'] as const

/** How many servers the load balancer under load has at most. */
export const MOST_SERVERS = 8

/** Servers that would take a request now. */
export function findServing(servers: readonly Placed[]): readonly Placed[] {
  return servers.filter(({ state, weight }) => state === 'ready' && weight > 0)
}

/** The load balancer under load as it is first: these servers, and one more in the shared pool. */
export function describeSteady(world: World, shared: Demo): LoadBalancerInput {
  return {
    name: STEADY,
    spec: {
      port: world.port,
      bind: LOOPBACK,
      tls: tlsOf(world, world.settings.certificate),
      backends: world.servers.map(({ target, weight }) => ({ target, weight })),
      healthCheck: { path: world.settings.checkPath, interval: '1s' },
      pools: { [SHARED_POOL]: { backends: [{ target: shared.target }] } },
    },
  }
}

/** The TLS settings of the load balancer under load with one of the certificates. */
export function tlsOf({ tlsPort }: World, certificate: string) {
  return { certificate, port: tlsPort, redirect: false } as const
}
