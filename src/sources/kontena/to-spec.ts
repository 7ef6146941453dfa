// A balanced service as a LoadBalancer resource, as a user would write it.
import type { BackendSpec, LoadBalancerSpec, PoolSpec } from '../../spec/schema.ts'
import { readBalancerSettings } from './balancer-settings.ts'
import type { ExternalPort } from './external-ports.ts'
import type { Match } from './hosts-and-paths.ts'
import type { KontenaBalancer } from './kontena.ts'
import { listenOn, withBalancerLines, withProxy } from './of-port.ts'
import { HTML, UNAVAILABLE_PAGE } from './pages.ts'
import type { Wish } from './wish.ts'

/** The pools of an http resource. */
export const MAIN_POOL = 'main'
export const FALLBACK_POOL = 'fallback'

/** A service of http, but for what is of its port: its routes lead to one pool. */
export function toHttpSpec(
  balancer: KontenaBalancer,
  { sendProxy }: Wish,
  routes: readonly Match[],
  pools: { readonly main: PoolSpec; readonly fallback: PoolSpec | null },
): LoadBalancerSpec {
  const main = withBalancerLines(pools.main, balancer, 'http')
  const fallback = pools.fallback && withBalancerLines(pools.fallback, balancer, 'http')
  return {
    ...(sendProxy === 'none' ? {} : { proxyProtocol: { send: sendProxy } }),
    headers: { forwarded: true },
    // A container may end at any moment: what one left without an answer is asked of another where that is safe.
    retries: { on: ['empty-response'] },
    unavailable: { contentType: HTML, body: UNAVAILABLE_PAGE },
    routes: routes.map(({ host, path }) => ({ match: { ...(host === null ? {} : { host }), path }, pool: MAIN_POOL })),
    pools: {
      [MAIN_POOL]: { ...main, ...(fallback ? { fallback: FALLBACK_POOL } : {}) },
      ...(fallback ? { [FALLBACK_POOL]: fallback } : {}),
    },
  }
}

/** A service of tcp on one of its ports. */
export function toTcpSpec(
  balancer: KontenaBalancer,
  { external, internal }: ExternalPort,
  { sendProxy, clientTimeout, pool: own }: Wish,
  backends: readonly BackendSpec[],
): LoadBalancerSpec {
  const pool = withBalancerLines(own, balancer, 'tcp')
  const client = clientTimeout ?? readBalancerSettings(balancer).custom.timeouts.client
  const timeouts = { ...pool.timeouts, ...(client === undefined ? {} : { client }) }
  const spec: LoadBalancerSpec = {
    type: 'tcp',
    ...listenOn(balancer, external),
    ...(internal === null ? {} : { targetPort: internal }),
    ...(sendProxy === 'none' ? {} : { proxyProtocol: { send: sendProxy } }),
    ...pool,
    ...(Object.keys(timeouts).length > 0 ? { timeouts } : {}),
    backends: [...backends],
  }
  return withProxy(spec, balancer)
}
