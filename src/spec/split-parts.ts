// A split by weight as equal parts, each of which goes to one pool.
import { SPLIT_PARTS } from '../model/detour.ts'

/** What each part goes to. Shares are rounded, but who has a weight has a part; neighbours keep theirs when weights change. */
export function toParts(shares: readonly { readonly to: string; readonly weight: number }[]): string[] {
  const total = shares.reduce((sum, { weight }) => sum + weight, 0)
  const some = shares.filter(({ weight }) => weight > 0)
  const counts = some.map(({ weight }) => Math.max(1, Math.round((weight / total) * SPLIT_PARTS)))
  // What rounding gave or took too much is the largest one's.
  const largest = counts.indexOf(Math.max(...counts))
  const sum = counts.reduce((all, count) => all + count, 0)
  counts[largest] = (counts[largest] ?? 0) + SPLIT_PARTS - sum
  return some.flatMap(({ to }, index) => Array.from({ length: counts[index] ?? 0 }, () => to))
}
