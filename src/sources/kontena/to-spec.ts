// A balanced service as a LoadBalancer resource, as a user would write it.
import type { BackendSpec, LoadBalancerSpec, PoolSpec } from '../../spec/schema.ts'
import { balancerTls } from './balancer-tls.ts'
import type { ExternalPort } from './external-ports.ts'
import type { Match } from './hosts-and-paths.ts'
import type { KontenaBalancer } from './kontena.ts'
import { NO_SERVICE_PAGE, UNAVAILABLE_PAGE } from './pages.ts'
import type { Wish } from './wish.ts'

/** The pools of an http resource. */
export const MAIN_POOL = 'main'
export const FALLBACK_POOL = 'fallback'

/** A service of http: its routes lead to one pool. */
export function toHttpSpec(
  balancer: KontenaBalancer,
  { sendProxy, redirectsToHttps }: Wish,
  routes: readonly Match[],
  pools: { readonly main: PoolSpec; readonly fallback: PoolSpec | null },
): LoadBalancerSpec {
  const { main, fallback } = pools
  return {
    ...toHttpHead(balancer, redirectsToHttps),
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
  { external, internal }: ExternalPort,
  { sendProxy, clientTimeout, pool }: Wish,
  backends: readonly BackendSpec[],
): LoadBalancerSpec {
  const timeouts = { ...pool.timeouts, ...(clientTimeout === null ? {} : { client: clientTimeout }) }
  return {
    type: 'tcp',
    port: external,
    ...(internal === null ? {} : { targetPort: internal }),
    ...(sendProxy === 'none' ? {} : { proxyProtocol: { send: sendProxy } }),
    ...pool,
    ...(Object.keys(timeouts).length > 0 ? { timeouts } : {}),
    backends: [...backends],
  }
}

/** What a load balancer answers where none of its services does. */
export function toOwnSpec(balancer: KontenaBalancer): LoadBalancerSpec {
  return {
    ...toHttpHead(balancer, false),
    unavailable: { contentType: HTML, body: NO_SERVICE_PAGE },
    routes: [{ match: { path: '/' }, backends: [] }],
  }
}

const HTML = 'text/html; charset=utf-8'

function toHttpHead(balancer: KontenaBalancer, redirect: boolean): LoadBalancerSpec {
  const tls = balancerTls(balancer)
  return { type: 'http', port: balancer.ports.http, ...(tls ? { tls: { ...tls, redirect } } : {}) }
}
