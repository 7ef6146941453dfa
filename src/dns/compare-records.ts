// What stands at a name, held against what is wanted there.
import type { AddressSet, FoundRecords } from './provider.ts'

/** `foreign`: somebody else's, which is left alone. */
export type Verdict = 'current' | 'create' | 'change' | 'foreign'

/** What would be done for a name by `owner`. */
export function compareRecords(found: FoundRecords, wanted: AddressSet, owner: string): Verdict {
  if (found.obstacle !== null) return 'foreign'
  if (found.owner === null) return found.addresses.length === 0 ? 'create' : 'foreign'
  if (found.owner !== owner) return 'foreign'
  const isSame = [...found.addresses].sort().join() === [...wanted.addresses].sort().join()
  return isSame && found.ttlSeconds === wanted.ttlSeconds ? 'current' : 'change'
}

/** What stands there, as it may stand in a sentence. */
export function describeFound({ addresses, obstacle, owner }: FoundRecords): string {
  const there = obstacle ?? (addresses.join(', ') || 'no address')
  return owner === null ? there : `${there} of "${owner}"`
}
