// Which version of Docker's API is spoken: the engine's newest, up to the newest we know.

/** The newest version whose answers are known to be understood (Docker 28). */
const NEWEST = '1.51'

/** Docker 1.12. */
const OLDEST = '1.24'

/**
 * The path prefix of every request: `/v1.41`. `theirs` is the engine's newest version, null where it may not be asked:
 * then its own default is taken, which has no prefix. `minimum`: the oldest the engine takes, null where unknown.
 * Null: the engine is too old.
 */
export function findApiPrefix(theirs: string | null, minimum: string | null): string | null {
  if (theirs === null || !/^\d+\.\d+$/.test(theirs)) return ''
  if (compareVersions(theirs, OLDEST) < 0) return null
  const common = compareVersions(theirs, NEWEST) < 0 ? theirs : NEWEST
  const isRefused = minimum !== null && compareVersions(common, minimum) < 0
  // What we read has not changed since 1.24: an engine too new for us is asked in its own oldest words.
  return `/v${isRefused ? minimum : common}`
}

function compareVersions(a: string, b: string): number {
  const [majorA = 0, minorA = 0] = a.split('.').map(Number)
  const [majorB = 0, minorB = 0] = b.split('.').map(Number)
  return majorA - majorB || minorA - minorB
}
