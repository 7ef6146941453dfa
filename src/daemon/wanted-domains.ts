// The names whose certificates this node obtains: those of load balancers that it serves.
import type { WantedName } from '../certs/obtain/obtainer.ts'
import type { Fragment, Word } from '../model/fragment.ts'

/** A name that a load balancer wants a certificate for. */
export type WantedDomain = WantedName & { readonly vpc: string | null }

/** Those of a fragment; of one that is broken those of the version that serves in its place. */
export function wantsDomains(
  fragment: Word[number],
  servingOf: (name: string) => Fragment | undefined,
): (readonly [key: string, WantedDomain])[] {
  const serving = 'broken' in fragment ? servingOf(fragment.name) : fragment
  return (serving?.certificates ?? []).flatMap(({ source, autoRenew = true }) => {
    if (source.kind !== 'domain') return []
    const wanted = { name: source.name, autoRenew, vpc: serving?.vpc ?? null }
    return [[Object.values(wanted).join(' '), wanted] as const]
  })
}

/** Each name once; it is renewed where any of those who want it says so. */
export function joinDomains(wanted: readonly WantedDomain[], vpcs: readonly string[]): WantedName[] {
  return [...Map.groupBy(findHere(wanted, vpcs), ({ name }) => name)].map(([name, all]) => ({
    name,
    autoRenew: all.some(({ autoRenew }) => autoRenew),
  }))
}

/** The names of a load balancer that DNS is to have; of one that is broken those of the version that serves in its place. */
export function wantsRecords(
  fragment: Word[number],
  servingOf: (name: string) => Fragment | undefined,
): (readonly [key: string, WantedRecord])[] {
  const serving = 'broken' in fragment ? servingOf(fragment.name) : fragment
  const { vpc = null, domains = [] } = serving ?? {}
  return domains.map((name) => [`${name} ${vpc}`, { name, vpc }])
}

/** A name of a load balancer. */
export type WantedRecord = Pick<WantedDomain, 'name' | 'vpc'>

/** Those of load balancers that this node serves. */
export function findHere<T extends WantedRecord>(wanted: readonly T[], vpcs: readonly string[]): T[] {
  return wanted.filter(({ vpc }) => vpc === null || vpcs.length === 0 || vpcs.includes(vpc))
}
