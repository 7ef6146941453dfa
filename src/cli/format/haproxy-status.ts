// HAProxy on one page: its processes, its reloads, what of earlier configurations still lives, and the reserve.
import type { HaproxyStatus, OldWorkerStatus } from '../../api/wire.ts'
import { type Display, oneLine, paint } from './display.ts'
import { type Column, formatTable } from './table.ts'
import { formatTime, formatUptime } from './time.ts'

const OLD_WORKER_COLUMNS: readonly Column[] = [
  { title: 'PID', right: true },
  { title: 'GENERATION', right: true },
  { title: 'AGE', right: true },
  { title: 'CONNECTIONS', right: true },
  { title: 'ENDS BY' },
]

const RESERVE_COLUMNS: readonly Column[] = [
  { title: 'RESERVE', shrinks: true },
  { title: 'FREE', right: true },
  { title: 'USED', right: true },
  { title: 'LEAVING', right: true },
]

/** The page of `haproxy status`. */
export function formatHaproxyStatus(display: Display, status: HaproxyStatus): string {
  const isUp = status.masterPid !== null
  const state = paint(display, isUp ? 'green' : 'red', isUp ? 'Running' : 'not running')
  const heading = `${paint(display, 'bold', `HAProxy ${oneLine(status.version)}`)}  ${state}`
  const facts = listFacts(status)
  const width = Math.max(...facts.map(([what]) => what.length))
  const lines = facts.map(([what, value]) => `  ${paint(display, 'dim', what.padEnd(width))}  ${oneLine(value)}`)
  return `${[heading, ...lines].join('\n')}\n${formatOldWorkers(display, status.oldWorkers)}${formatReserve(display, status)}`
}

function listFacts(status: HaproxyStatus): [string, string][] {
  const { reloads, connections, oldWorkers, oldWorkerLimit } = status
  const worker = `pid ${status.workerPid ?? '-'}, generation ${status.generation ?? 'unknown'}, for ${formatUptime(status.workerUptimeSeconds)}`
  const master = `pid ${status.masterPid ?? '-'}, for ${formatUptime(status.uptimeSeconds)}`
  const reasons = Object.entries(reloads.reasons).map(([reason, count]) => `${count} ${reason}`)
  return [
    ['master', master],
    ['worker', worker],
    ['connections', `${connections.current} of ${connections.max}`],
    ['reloads', `${reloads.done} done, ${reloads.failed} failed`],
    ...(reasons.length > 0 ? [['because', reasons.join(', ')] satisfies [string, string]] : []),
    ['old workers', oldWorkers.length === 0 ? 'none' : `${oldWorkers.length} of at most ${oldWorkerLimit}`],
  ]
}

/** The reasons are long: each stands below the table on a line of its own. */
function formatOldWorkers(display: Display, workers: readonly OldWorkerStatus[]): string {
  if (workers.length === 0) return ''
  const rows = workers.map(({ pid, generation, ageSeconds, connections, deadline }) => [
    pid,
    generation ?? '-',
    formatUptime(ageSeconds),
    connections?.total ?? '-',
    formatTime(deadline),
  ])
  const reasons = workers.map(({ pid, why }) => `  ${paint(display, 'dim', String(pid))}  ${oneLine(why)}`)
  return `\n${formatTable(display, OLD_WORKER_COLUMNS, rows)}\n${paint(display, 'bold', 'Why they live')}\n${reasons.join('\n')}\n`
}

function formatReserve(display: Display, { reserve }: HaproxyStatus): string {
  if (reserve.length === 0) return ''
  const rows = reserve.map(({ profile, free, used, leaving }) => [profile, free, used, leaving])
  return `\n${formatTable(display, RESERVE_COLUMNS, rows)}`
}
