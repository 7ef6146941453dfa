// A service whose options make no sense now: its last good resource, with the servers it has now.
import type { Fragment } from '../../model/fragment.ts'
import type { LoadBalancerSpec, PoolSpec } from '../../spec/schema.ts'
import type { KontenaService } from './kontena.ts'
import { FALLBACK_POOL, MAIN_POOL } from './to-spec.ts'
import { toBackends } from './upstreams.ts'

/** Makes it: an address that was freed may be anybody's, so no server of before stays. `standIn`: the service that stands in now. */
export function keepLast(
  { resource }: Fragment,
  { upstreams }: KontenaService,
  standIn: KontenaService | null,
): LoadBalancerSpec {
  const spec = resource.spec as LoadBalancerSpec
  const { [MAIN_POOL]: main, [FALLBACK_POOL]: fallback } = spec.pools ?? {}
  if (!main) return { ...spec, backends: toBackends(upstreams, spec.targetPort !== undefined) }
  const { fallback: _name, ...alone } = main
  const pool: PoolSpec = { ...alone, backends: toBackends(upstreams, false) }
  if (!fallback || !standIn) return { ...spec, pools: { [MAIN_POOL]: pool } }
  const other = { ...fallback, backends: toBackends(standIn.upstreams, false) }
  return { ...spec, pools: { [MAIN_POOL]: { ...pool, fallback: FALLBACK_POOL }, [FALLBACK_POOL]: other } }
}
