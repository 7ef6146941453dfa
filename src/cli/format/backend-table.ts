// The servers of one load balancer, one a line, as HAProxy sees them right now.
import type { BackendStatus, ServerHealth } from '../../api/wire.ts'
import type { Display, Style } from './display.ts'
import { type Column, formatTable } from './table.ts'

const COLUMNS: readonly Column[] = [
  { title: 'TARGET' },
  { title: 'POOL', shrinks: true },
  { title: 'HEALTH' },
  { title: 'WEIGHT', right: true, spare: 5 },
  { title: 'SESSIONS', right: true, spare: 2 },
  { title: 'TOTAL', right: true, spare: 1 },
  { title: 'QUEUED', right: true, spare: 3 },
  { title: 'ERRORS', right: true, spare: 4 },
  { title: 'LAST CHECK', shrinks: true, spare: 6 },
]

const STYLES: Readonly<Record<ServerHealth, Style | undefined>> = {
  up: 'green',
  'no check': undefined,
  down: 'red',
  unresolved: 'red',
  drain: 'yellow',
  maint: 'yellow',
  checking: 'yellow',
  unknown: 'dim',
}

/** The table of `lb backend list` and of `lb status`. */
export function formatBackends(display: Display, backends: readonly BackendStatus[]): string {
  const rows = backends.map((backend) => [
    backend.target,
    backend.pool,
    { text: backend.backup ? `${backend.health} (backup)` : backend.health, style: STYLES[backend.health] },
    backend.weight,
    backend.sessions,
    backend.totalSessions,
    backend.queued,
    backend.errors,
    backend.lastCheck || '-',
  ])
  return formatTable(display, COLUMNS, rows)
}
