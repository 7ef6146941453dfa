// What share of the traffic each version gets.
import type { Member } from './to-resource.ts'

/** Stated shares are percents; versions without one share what is left. What has no server that can take traffic gets none while others have. */
export function toShares(
  versions: readonly (readonly [version: string, members: readonly Member[]])[],
): { readonly version: string; readonly weight: number }[] {
  const isReady = ([, members]: (typeof versions)[number]) =>
    members.some(
      ({ target, state, wish }) => target !== null && state === null && (wish.server['state'] ?? 'ready') === 'ready',
    )
  const isAnyReady = versions.some(isReady)
  const stated = versions.map(([, members]) => statedShare(members))
  const sum = stated.reduce<number>((all, share) => all + (share ?? 0), 0)
  const unstated = stated.filter((share) => share === null).length
  const rest = unstated === 0 ? 0 : Math.max(0, 100 - sum) / unstated
  const left = rest > 0 ? Math.max(1, rest) : 0
  const weights = versions.map((version, index) => {
    const share = Math.round(stated[index] ?? left)
    return isAnyReady && !isReady(version) ? 0 : share
  })
  // All of nothing is nothing: then what can serve does.
  const isNothing = weights.every((weight) => weight === 0)
  return versions.map((version, index) => ({
    version: version[0],
    weight: isNothing ? (!isAnyReady || isReady(version) ? 1 : 0) : (weights[index] ?? 0),
  }))
}

/** The oldest container that states one says it for its version. */
function statedShare(members: readonly Member[]): number | null {
  const [first] = members.filter(({ wish }) => wish.versionWeight !== null).sort((a, b) => a.since - b.since)
  return first?.wish.versionWeight ?? null
}
