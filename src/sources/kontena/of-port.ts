// What a resource of a load balancer takes from the load balancer itself: ports, TLS, the PROXY protocol, lines of every pool.
import type { LoadBalancerSpec, PoolSpec } from '../../spec/schema.ts'
import { readBalancerSettings } from './balancer-settings.ts'
import { balancerTls } from './balancer-tls.ts'
import type { KontenaBalancer } from './kontena.ts'

/** An http resource with what is of the port; the speaker is the one that says it for all who share it. */
export function withHttpPort(
  spec: LoadBalancerSpec,
  balancer: KontenaBalancer,
  { isSpeaker, redirect }: { readonly isSpeaker: boolean; readonly redirect: boolean },
): LoadBalancerSpec {
  const { tls: _tls, timeouts: _timeouts, monitorUri: _uri, ...rest } = spec
  const { healthUri, custom } = readBalancerSettings(balancer)
  const { client, httpRequest, keepAlive } = custom.timeouts
  const timeouts = compact({ client, httpRequest, keepAlive })
  const tls = balancerTls(balancer, isSpeaker)
  return {
    ...withProxy(rest, balancer),
    type: 'http',
    ...listenOn(balancer, balancer.ports.http),
    ...(tls ? { tls: { ...tls, redirect } } : {}),
    ...(isSpeaker && healthUri !== null ? { monitorUri: healthUri } : {}),
    ...(isSpeaker && Object.keys(timeouts).length > 0 ? { timeouts } : {}),
  }
}

/** The port, and the address where it is on one alone. */
export function listenOn({ addresses = {} }: KontenaBalancer, port: number): Pick<LoadBalancerSpec, 'port' | 'bind'> {
  const bind = addresses[port]
  return bind === undefined ? { port } : { port, bind }
}

/** With the PROXY protocol where clients of the load balancer speak it. */
export function withProxy(spec: LoadBalancerSpec, balancer: KontenaBalancer): LoadBalancerSpec {
  const { proxyProtocol, ...rest } = spec
  const { accept: _accept, ...others } = proxyProtocol ?? {}
  const accept = readBalancerSettings(balancer).acceptsProxy ? { accept: true } : {}
  const both = { ...accept, ...others }
  return Object.keys(both).length > 0 ? { ...rest, proxyProtocol: both } : rest
}

/** A pool with the lines and timeouts of the load balancer; its own count. */
export function withBalancerLines(pool: PoolSpec, balancer: KontenaBalancer, mode: 'http' | 'tcp'): PoolSpec {
  const { lines, timeouts: all } = readBalancerSettings(balancer).custom
  const { server, connect, queue, tunnel } = all
  const timeouts = { ...compact({ server, connect, queue, tunnel }), ...pool.timeouts }
  const fitting = mode === 'tcp' ? lines.filter((line) => balancer.trial?.refused[`tcp ${line}`] === undefined) : lines
  const customSettings = [...fitting, ...(pool.customSettings ?? [])]
  return {
    ...pool,
    ...(Object.keys(timeouts).length > 0 ? { timeouts } : {}),
    ...(customSettings.length > 0 ? { customSettings } : {}),
  }
}

function compact<T extends object>(keys: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(keys).filter(([, value]) => value !== undefined)) as ReturnType<
    typeof compact<T>
  >
}
