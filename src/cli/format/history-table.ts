// The versions of one load balancer, newest first.
import type { HistoryEntry } from '../../api/wire.ts'
import { formatChangePhrase } from './change-phrase.ts'
import type { Display } from './display.ts'
import { type Column, formatTable } from './table.ts'
import { formatTime } from './time.ts'

const COLUMNS: readonly Column[] = [
  { title: 'VERSION', right: true },
  { title: 'WHEN' },
  { title: 'WHO', shrinks: true, spare: 2 },
  { title: 'ACTION', spare: 1 },
  { title: 'CHANGED', shrinks: true },
]

/** The table of `history`. */
export function formatHistory(display: Display, entries: readonly HistoryEntry[]): string {
  const rows = entries.map((entry, index) => [
    entry.version,
    formatTime(entry.time),
    entry.author,
    entry.action,
    formatChangePhrase(entry, entries.slice(index + 1)),
  ])
  return formatTable(display, COLUMNS, rows)
}
