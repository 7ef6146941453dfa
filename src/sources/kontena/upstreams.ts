// The instances of a service become the servers of its pool.
import { quoted } from '../../model/parsed.ts'
import { formatTarget, parseTarget } from '../../model/target.ts'
import type { BackendSpec } from '../../spec/schema.ts'
import type { KontenaUpstream } from './kontena.ts'

/** The servers by the instances' names; what cannot be one is told. `isBare`: without their ports, where the resource has one for all. */
export function toBackends(
  upstreams: readonly KontenaUpstream[],
  isBare: boolean,
  remarks: string[] = [],
): BackendSpec[] {
  const holders = new Map<string, KontenaUpstream>()
  for (const upstream of [...upstreams].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const parsed = parseTarget(upstream.target)
    if (!parsed.ok) {
      remarks.push(
        `upstream ${upstream.name} is left out: ${quoted(upstream.target)} is not address:port, for example 10.81.1.2:80`,
      )
      continue
    }
    const whole = formatTarget(parsed.value)
    const target = isBare ? whole.replace(/:\d+$/, '') : whole
    const holder = holders.get(target)
    if (holder)
      remarks.push(`upstreams ${holder.name} and ${upstream.name} have the same address: they count as one server`)
    // Of two with one address the one that takes traffic stands for both.
    if (!holder || (holder.stopping && !upstream.stopping)) holders.set(target, upstream)
  }
  return [...holders].map(([target, { stopping }]) => ({ target, ...(stopping ? { state: 'maint' } : {}) }))
}
