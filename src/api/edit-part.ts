// Changing one part of a load balancer: the rest of its spec stays as it is.
import type { LoadBalancerInput, LoadBalancerSpec, PoolSpec } from '../spec/schema.ts'
import { type Answer, type Answerable, endWith, ready, refuseNotFound } from './answer.ts'
import { findEntry, refuseForeign, refuseUnknown } from './catalogue.ts'
import { changeLoadBalancer } from './change-load-balancer.ts'
import type { Context } from './context.ts'
import { readManner } from './manner.ts'
import type { Asked } from './route.ts'

type WriteFlags = { readonly dryRun?: boolean | undefined; readonly wait?: boolean | undefined }

/** What an editor makes of a spec or of a pool's part of it: JSON that is checked as a whole afterwards. */
export type Edit<Part> = (part: Part, whole: LoadBalancerInput) => Answerable<object>

/** Changes the spec of an existing load balancer. */
export async function editSpec(
  context: Context,
  asked: Asked<WriteFlags>,
  edit: Edit<LoadBalancerSpec>,
): Promise<Answer> {
  const manner = readManner(asked)
  if (!manner.ok) return manner.answer
  const entry = findEntry(context, asked.params.name)
  if (!entry) return refuseUnknown(context, asked.params.name)
  if ('foreign' in entry) return refuseForeign(entry.foreign)
  const { name } = entry.own
  const drafting = (current: { readonly value: LoadBalancerInput } | undefined) => {
    if (!current) return endWith<unknown>(refuseUnknown(context, name))
    const edited = edit(current.value.spec, current.value)
    return edited.ok ? ready({ ...current.value, spec: edited.value }) : edited
  }
  return changeLoadBalancer(context, name, drafting, manner.value)
}

/** Changes the keys at the top of the spec, or those of a named pool. */
export function editPool(
  context: Context,
  asked: Asked<WriteFlags & { readonly pool?: string | undefined }>,
  edit: Edit<PoolSpec>,
): Promise<Answer> {
  const { pool } = asked.query
  return editSpec(context, asked, (spec, whole) => {
    const part = findPool(spec, pool, whole.name)
    if (!part.ok) return part
    const edited = edit(part.value, whole)
    if (!edited.ok || pool === undefined) return edited
    return ready({ ...spec, pools: { ...spec.pools, [pool]: edited.value } })
  })
}

/** The keys at the top of the spec, or those of a named pool. */
export function findPool(spec: LoadBalancerSpec, pool: string | undefined, name: string): Answerable<PoolSpec> {
  if (pool === undefined) return ready(spec)
  const found = Object.hasOwn(spec.pools ?? {}, pool) ? spec.pools?.[pool] : undefined
  if (found) return ready(found)
  const known = Object.keys(spec.pools ?? {})
  const hint =
    known.length > 0 ? `it has ${known.join(', ')}` : 'it has none; leave ?pool out for the backends at the top'
  return endWith(refuseNotFound(`${name} has no pool ${JSON.stringify(pool)}; ${hint}`))
}
