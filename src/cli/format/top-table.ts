// Who is busy, the busiest first.
import type { TopAnswer, TopRow } from '../../api/wire.ts'
import type { Display } from './display.ts'
import { type Cell, type Column, formatTable } from './table.ts'

const COLUMNS: readonly Column[] = [
  { title: 'NAME' },
  { title: 'REQ/S', right: true },
  { title: '4XX/S', right: true, spare: 7 },
  { title: '5XX/S', right: true },
  { title: 'SESSIONS', right: true, spare: 3 },
  { title: 'QUEUED', right: true, spare: 4 },
  { title: 'IN/S', right: true, spare: 2 },
  { title: 'OUT/S', right: true, spare: 1 },
  { title: 'P50', right: true, spare: 5 },
  { title: 'P90', right: true, spare: 6 },
  { title: 'P99', right: true, spare: 8 },
  { title: 'HEALTH' },
]

/** The table, of so many lines at most. */
export function formatTop(display: Display, { items }: TopAnswer, lines = Infinity): string {
  const servers = items.filter(({ server }) => server !== null)
  const others = items.filter(({ server }) => server === null)
  const sorted = [...others.toSorted(byRequests), ...servers.toSorted(byRequests)]
  // The heading, and the line that says how many are missing.
  const room = Math.max(1, lines - 2)
  const shown = sorted.slice(0, sorted.length > room ? room : undefined)
  const table = formatTable(display, COLUMNS, shown.map(toCells))
  const rest = sorted.length - shown.length
  const note = shown.some(({ latency }) => latency.from === 'average' && latency.averageMs !== null)
    ? '~ average of the last 1024: too few lines in the access log for percentiles\n'
    : ''
  return `${table}${rest > 0 ? `and ${rest} more\n` : note}`
}

function byRequests(a: TopRow, b: TopRow): number {
  return b.requestsPerSecond - a.requestsPerSecond
}

function toCells(row: TopRow): Cell[] {
  const { latency, health } = row
  const isWell = /^(up|no check)$|^(\d+)\/\2 up$/.test(health)
  return [
    row.server === null ? row.loadBalancer : `  ${row.server}${row.pool === 'main' ? '' : ` (${row.pool})`}`,
    formatRate(row.requestsPerSecond),
    styled(row.errors4xxPerSecond, 'yellow'),
    styled(row.errors5xxPerSecond + (row.errors5xxPerSecond > 0 ? 0 : row.failuresPerSecond), 'red'),
    row.sessions,
    row.queued > 0 ? { text: String(row.queued), style: 'yellow' } : 0,
    formatBytes(row.bytesInPerSecond),
    formatBytes(row.bytesOutPerSecond),
    latency.from === 'log'
      ? formatMs(latency.p50Ms)
      : latency.averageMs === null
        ? '-'
        : `~${formatMs(latency.averageMs)}`,
    formatMs(latency.p90Ms),
    formatMs(latency.p99Ms),
    { text: health, style: isWell ? 'green' : health.startsWith('0/') || health === 'down' ? 'red' : 'yellow' },
  ]
}

function styled(perSecond: number, style: 'yellow' | 'red'): Cell {
  return perSecond > 0 ? { text: formatRate(perSecond), style } : '0'
}

function formatRate(perSecond: number): string {
  return perSecond === 0 ? '0' : perSecond < 10 ? perSecond.toFixed(1) : Math.round(perSecond).toString()
}

/** HAProxy counts whole milliseconds. */
function formatMs(ms: number | null): string {
  if (ms === null) return '-'
  return ms === 0 ? '<1 ms' : ms < 10_000 ? `${ms} ms` : `${(ms / 1000).toFixed(1)} s`
}

function formatBytes(perSecond: number): string {
  const units = ['B', 'kB', 'MB', 'GB']
  const index = perSecond < 1000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(perSecond) / 3))
  const value = perSecond / 1000 ** index
  return `${value < 10 && index > 0 ? value.toFixed(1) : Math.round(value)} ${units[index]}`
}
