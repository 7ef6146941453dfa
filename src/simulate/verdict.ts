// Who was best, in one sentence.
import type { Result } from './tally.ts'

type Runner = Pick<Result, 'p99' | 'worstBacklog'> & { readonly algorithm: string }

/** The best p99, and how far ahead of round robin, or else of the last, that is. */
export function describeLeader(runners: readonly Runner[]): string {
  const [leader, ...others] = runners.toSorted((a, b) => slowness(a) - slowness(b) || a.worstBacklog - b.worstBacklog)
  if (!leader) return 'nobody raced'
  if (leader.p99 === null) return 'no algorithm answered 99% of the requests'
  const other = others.find(({ algorithm }) => algorithm === 'roundrobin') ?? others.at(-1)
  if (!other) return `${leader.algorithm} answered 99% of the requests within ${formatNumber(leader.p99)} ms`
  if (other.p99 === null)
    return `best p99: ${leader.algorithm}; with ${other.algorithm} more than 1% were never answered`
  return `best p99: ${leader.algorithm}, ${formatTimes(other.p99, leader.p99)} than ${other.algorithm}; worst backlog ${formatNumber(leader.worstBacklog)} against ${formatNumber(other.worstBacklog)}`
}

/** "2.1x better", as the encyclopedia puts it. */
export function formatTimes(worse: number, better: number): string {
  return `${(worse / better).toFixed(1)}x better`
}

/** A whole number as it is, another to a tenth. */
function formatNumber(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(1)
}

function slowness({ p99 }: Runner): number {
  return p99 ?? Number.POSITIVE_INFINITY
}
