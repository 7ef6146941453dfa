// What a load balancer serves over https: the one place that says so for its own resource and for those of its services.
import type { TlsSpec } from '../../spec/schema.ts'
import type { KontenaBalancer } from './kontena.ts'

/** The tls keys of each of its http resources, but whether http leads to https; null: it has no certificate. */
export function balancerTls(_balancer: KontenaBalancer): Omit<TlsSpec, 'redirect'> | null {
  return null
}
