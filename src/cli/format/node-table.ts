// Nodes, one a line: who they are, what HAProxy they run, and what they serve.
import type { Node } from '../../api/wire.ts'
import type { Display } from './display.ts'
import { type Column, formatTable } from './table.ts'
import { formatUptime } from './time.ts'

const COLUMNS: readonly Column[] = [
  { title: 'NAME', shrinks: true },
  { title: 'VPCS', shrinks: true },
  { title: 'FAIRLEAD', spare: 4 },
  { title: 'HAPROXY' },
  { title: 'PID', right: true, spare: 1 },
  { title: 'UP FOR', right: true },
  { title: 'WORKERS', right: true, spare: 2 },
  { title: 'RELOADS', right: true, spare: 5 },
  { title: 'MAXCONN', right: true, spare: 3 },
  { title: 'SERVES', right: true },
]

/** The table of `node list`. */
export function formatNodes(display: Display, nodes: readonly Node[]): string {
  const rows = nodes.map(({ name, vpcs, version, haproxy, loadBalancers }) => [
    name,
    vpcs.join(',') || 'all',
    version,
    haproxy.version,
    haproxy.pid ?? '-',
    formatUptime(haproxy.uptimeSeconds),
    haproxy.workers,
    haproxy.reloads,
    haproxy.maxConnections,
    loadBalancers,
  ])
  return formatTable(display, COLUMNS, rows)
}
