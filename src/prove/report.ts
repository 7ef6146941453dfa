// What a run showed: counts, percentiles, and the verdict. Pure.
import type { MadeChange } from './make-changes.ts'
import type { ClientKind, SeenFailure } from './tally.ts'

/** Milliseconds. */
export type Percentiles = { readonly p50: number; readonly p90: number; readonly p99: number; readonly max: number }

/** Reloads HAProxy made: how many, and the daemon's reasons, of which a reload may have several. */
export type Reloads = { readonly total: number; readonly byReason: Readonly<Record<string, number>> }

/** What was seen, before it is summed up. */
export type Evidence = {
  readonly seed: number
  readonly durationMs: number
  readonly daily: readonly MadeChange[]
  readonly forced: readonly MadeChange[]
  /** Of the whole run. */
  readonly reloads: Reloads
  /** Of them, those while daily changes were made. */
  readonly dailyReloads: Reloads
  readonly requests: Readonly<Record<ClientKind, number>>
  readonly failed: number
  readonly reset: number
  readonly retried: number
  readonly webSockets: { readonly opened: number; readonly stillOpen: number }
  readonly failures: readonly SeenFailure[]
  /** The first warnings and errors the daemon logged. */
  readonly warnings: readonly string[]
}

/** What `prove` prints. */
export type Report = {
  readonly ok: boolean
  /** One sentence. */
  readonly verdict: string
  readonly seed: number
  readonly durationMs: number
  readonly changes: {
    readonly made: number
    readonly daily: number
    readonly forced: number
    /** Changes the daemon did not take, with its reason. */
    readonly refused: readonly { readonly change: string; readonly because: string }[]
    readonly byKind: Readonly<Record<string, { readonly made: number; readonly reloads: number }>>
  }
  readonly requests: number
  readonly requestsByClient: Readonly<Record<ClientKind, number>>
  readonly failed: number
  readonly reset: number
  readonly retried: number
  readonly webSockets: { readonly opened: number; readonly stillOpen: number }
  readonly reloads: Reloads & { readonly daily: Reloads }
  /** From asking the API to its answer that the change is live. */
  readonly latencyMs: Percentiles | null
  /** What the daemon itself needed. */
  readonly appliedMs: Percentiles | null
  readonly failures: readonly SeenFailure[]
  /** The first warnings and errors the daemon logged. */
  readonly warnings: readonly string[]
}

/** Sums a run up. */
export function makeReport(evidence: Evidence): Report {
  const { daily, forced, reloads, dailyReloads, requests, seed, failed, reset, retried, webSockets } = evidence
  const all = [...daily, ...forced]
  const made = all.filter(({ refusal }) => refusal === null)
  const refused = all.flatMap(({ text, refusal }) => (refusal === null ? [] : [{ change: text, because: refusal }]))
  const problems = findFaults(evidence, refused.length)
  const total = Object.values(requests).reduce((sum, count) => sum + count, 0)
  return {
    ok: problems.length === 0,
    verdict: problems.length === 0 ? formatSuccess(evidence, total) : `not proven: ${problems.join('; ')}`,
    seed,
    durationMs: Math.round(evidence.durationMs),
    changes: { made: made.length, daily: daily.length, forced: forced.length, refused, byKind: countKinds(made) },
    requests: total,
    requestsByClient: requests,
    failed,
    reset,
    retried,
    webSockets,
    reloads: { ...reloads, daily: dailyReloads },
    latencyMs: findPercentiles(made.map(({ latencyMs }) => latencyMs)),
    appliedMs: findPercentiles(made.flatMap(({ appliedMs }) => appliedMs ?? [])),
    failures: evidence.failures,
    warnings: evidence.warnings,
  }
}

/** The nearest-rank percentiles, to a tenth of a millisecond; null without a value. */
export function findPercentiles(values: readonly number[]): Percentiles | null {
  const sorted = values.toSorted((a, b) => a - b)
  if (sorted.length === 0) return null
  const at = (share: number) => Math.round((sorted[Math.ceil(share * sorted.length) - 1] ?? 0) * 10) / 10
  return { p50: at(0.5), p90: at(0.9), p99: at(0.99), max: at(1) }
}

/** Everything that keeps a run from being a proof. */
function findFaults(evidence: Evidence, refused: number): string[] {
  const { failed, reset, webSockets, dailyReloads, requests, daily, forced } = evidence
  const lost = webSockets.opened - webSockets.stillOpen
  const isIdle = Object.values(requests).every((count) => count === 0) || daily.length + forced.length === 0
  return [
    ...(isIdle ? ['no change was made under load'] : []),
    ...(refused > 0 ? [`${count(refused, 'change')} did not go live`] : []),
    ...(failed > 0 ? [`${count(failed, 'request')} failed`] : []),
    ...(reset > 0 ? [`${count(reset, 'request')} met a broken connection`] : []),
    ...(lost > 0 ? [`${count(lost, 'WebSocket')} of ${webSockets.opened} did not stay open`] : []),
    ...(dailyReloads.total > 0 ? [`daily changes needed ${count(dailyReloads.total, 'reload')}`] : []),
  ]
}

function formatSuccess({ daily, forced, reloads, webSockets }: Evidence, requests: number): string {
  const changes = `${count(daily.length, 'daily change')} without a reload`
  const rest =
    forced.length > 0 ? `, then ${count(forced.length, 'change')} with ${count(reloads.total, 'reload')}` : ''
  return `proven: ${changes}${rest}; all ${requests} requests were answered, and all ${webSockets.opened} WebSockets stayed open`
}

function countKinds(made: readonly MadeChange[]): Report['changes']['byKind'] {
  const groups = Object.entries(Object.groupBy(made, ({ kind }) => kind)).map(([kind, changes = []]) => {
    const reloads = changes.filter(({ reload }) => reload).length
    return [kind, { made: changes.length, reloads }] as const
  })
  return Object.fromEntries(groups.sort(([a], [b]) => (a < b ? -1 : 1)))
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}
