// What may be done about the addresses of a name, given what stands there and whose it is.
import { DnsFailure } from './dns-failure.ts'
import { ownerRecordOf } from './ownership.ts'
import type { FoundRecords } from './provider.ts'

/**
 * Whether the addresses of a name may be made ours; a `dns-not-ours` that names what stands there where they may not.
 *
 *     obstacle (CNAME)  owner    addresses  | without takeOver  with it
 *     yes               any      any        | refused           refused
 *     no                ours     any        | changed           changed
 *     no                none     none       | claimed           claimed
 *     no                none     some       | refused           taken
 *     no                another  any        | refused           taken
 */
export function judgePut(name: string, found: FoundRecords, owner: string, takeOver: boolean): DnsFailure | null {
  if (found.obstacle !== null)
    return new DnsFailure(
      'dns-not-ours',
      `${name} has ${found.obstacle}, beside which no addresses can stand; remove that record at the DNS provider, or use another name`,
    )
  if (takeOver || !isForeign(found, owner)) return null
  return new DnsFailure(
    'dns-not-ours',
    `${describe(name, found)}; remove that at the DNS provider, use another name, or take the name over`,
  )
}

/** Whether the addresses of a name, and its ownership record, may be removed. */
export function judgeRemove(name: string, found: FoundRecords, owner: string): DnsFailure | null {
  if (!isForeign(found, owner)) return null
  return new DnsFailure('dns-not-ours', `${describe(name, found)}; only who put them there removes them`)
}

function isForeign({ addresses, owner: named }: FoundRecords, owner: string): boolean {
  return named === null ? addresses.length > 0 : named !== owner
}

function describe(name: string, { addresses, owner }: FoundRecords): string {
  const what = addresses.length === 0 ? 'no addresses' : addresses.join(', ')
  const whose =
    owner === null
      ? `no ownership record at ${ownerRecordOf(name)} says that they are ours`
      : `it belongs to "${owner}"`
  return `${name} has ${what}, and ${whose}`
}
