// The report of `prove` for a person.
import { formatDuration } from '../../model/duration.ts'
import type { Percentiles, Report } from '../../prove/report.ts'
import { type Display, oneLine, paint } from './display.ts'
import { type Column, formatTable } from './table.ts'

const KINDS: readonly Column[] = [
  { title: 'CHANGE', shrinks: true },
  { title: 'MADE', right: true },
  { title: 'RELOADS', right: true },
]

const FAILURES: readonly Column[] = [
  { title: 'AT', right: true },
  { title: 'CLIENT' },
  { title: 'ASKED', shrinks: true },
  { title: 'SEEN', shrinks: true },
  { title: 'DURING', shrinks: true },
]

/** The figures, the kinds of change, the first failures, and the verdict last. */
export function formatReport(display: Display, report: Report): string {
  const { changes, failures } = report
  const kinds = Object.entries(changes.byKind).map(([kind, { made, reloads }]) => [kind, made, reloads])
  const seen = failures.map(({ atMs, client, asked, why, during }) => [`${atMs} ms`, client, asked, why, during])
  const refused = changes.refused.map(({ change, because }) => `refused: ${oneLine(`${change}: ${because}`)}\n`)
  const warnings = report.warnings.map((warning) => `the daemon warned: ${oneLine(warning)}\n`)
  return [
    formatFigures(display, report),
    '\n',
    ...(kinds.length > 0 ? [formatTable(display, KINDS, kinds), '\n'] : []),
    ...(seen.length > 0 ? [formatTable(display, FAILURES, seen), '\n'] : []),
    ...refused,
    ...warnings,
    `${paint(display, report.ok ? 'green' : 'red', oneLine(report.verdict))}\n`,
  ].join('')
}

function formatFigures(display: Display, report: Report): string {
  const { changes, reloads, webSockets, requestsByClient } = report
  const clients = Object.entries(requestsByClient).map(([client, count]) => `${client} ${count}`)
  const rows = [
    ['seed', report.seed],
    [
      'changes',
      `${changes.made} in ${formatDuration(Math.round(report.durationMs / 1000) * 1000)}: ${changes.daily} daily, ${changes.forced} forced`,
    ],
    ['requests', `${report.requests}: ${clients.join(', ')}`],
    ['failed', report.failed],
    ['reset', report.reset],
    ['retried', `${report.retried} (HTTP/2 requests refused unprocessed and sent again)`],
    ['WebSockets', `${webSockets.stillOpen} of ${webSockets.opened} still open`],
    ['reloads', `${reloads.total}${formatReasons(reloads.byReason)}`],
    ['by daily changes', `${reloads.daily.total}${formatReasons(reloads.daily.byReason)}`],
    ['change live in', formatPercentiles(report.latencyMs)],
    ['of it in the daemon', formatPercentiles(report.appliedMs)],
  ] as const
  const width = Math.max(...rows.map(([name]) => name.length))
  return rows.map(([name, value]) => `${paint(display, 'bold', name.padEnd(width))}  ${value}\n`).join('')
}

function formatReasons(byReason: Readonly<Record<string, number>>): string {
  const reasons = Object.entries(byReason).map(([reason, count]) => `${reason} ${count}`)
  return reasons.length > 0 ? `: ${oneLine(reasons.join(', '))}` : ''
}

function formatPercentiles(percentiles: Percentiles | null): string {
  if (!percentiles) return '-'
  const { p50, p90, p99, max } = percentiles
  return `p50 ${p50} ms, p90 ${p90} ms, p99 ${p99} ms, max ${max} ms`
}
