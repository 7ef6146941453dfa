// All addresses that names of services lead to.
import { isIPv4 } from 'node:net'
import { type LookupManner, NameLookups, type Resolve } from '../../io/name-lookups.ts'

const NOTHING: readonly string[] = []

/** A name that led somewhere once keeps its last ones. Of one family: the same instance may have an address of each. */
const MANNER: LookupManner<readonly string[]> = {
  ...{ againMs: 3000, missingAgainMs: 3000, atOnce: 2 },
  nothing: NOTHING,
  choose: (found, before) => {
    const four = found.filter((address) => isIPv4(address))
    const own = (four.length > 0 ? four : [...found]).sort()
    return own.length === 0 || own.join() === before.join() ? before : own
  },
}

/** Keeps the addresses of wanted names fresh and rings when some change. */
export function followServiceNames(ring: () => void, resolve?: Resolve): NameLookups<readonly string[]> {
  return new NameLookups(ring, MANNER, resolve)
}
