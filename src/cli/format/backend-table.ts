// The servers of one load balancer, one a line, as HAProxy sees them right now.
import type { BackendStatus, ServerHealth } from '../../api/wire.ts'
import type { Display, Style } from './display.ts'
import { type Column, formatTable } from './table.ts'

const COLUMNS: readonly Column[] = [
  { title: 'TARGET', shrinks: true },
  { title: 'POOL', shrinks: true },
  { title: 'HEALTH' },
  { title: 'WEIGHT', right: true },
  { title: 'SESSIONS', right: true },
  { title: 'TOTAL', right: true },
  { title: 'QUEUED', right: true },
  { title: 'ERRORS', right: true },
  { title: 'LAST CHECK', shrinks: true },
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
