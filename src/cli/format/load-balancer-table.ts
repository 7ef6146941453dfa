// Load balancers, one a line.
import type { LoadBalancer, Status } from '../../api/wire.ts'
import type { LoadBalancerSpec } from '../../spec/schema.ts'
import type { Display, Style } from './display.ts'
import { type Column, formatTable } from './table.ts'

const COLUMNS: readonly Column[] = [
  { title: 'NAME' },
  { title: 'TYPE', spare: 3 },
  { title: 'LISTENS', shrinks: true },
  { title: 'VPC', shrinks: true, spare: 4 },
  { title: 'UP', right: true },
  { title: 'STATE' },
  { title: 'VERSION', right: true, spare: 1 },
  { title: 'SOURCE', shrinks: true, spare: 2 },
]

const STATE_STYLES: Readonly<Record<Status['state'], Style>> = { Running: 'green', Updating: 'yellow', Error: 'red' }

/** The table of `lb list` and `lb get`. */
export function formatLoadBalancers(display: Display, items: readonly LoadBalancer[]): string {
  const rows = items.map(({ name, spec, status, version, origin }) => [
    name,
    spec.type ?? 'http',
    formatListen(spec),
    spec.vpc ?? '-',
    `${status.activeTargets}/${status.backends.length}`,
    { text: status.state, style: STATE_STYLES[status.state] },
    version,
    origin.source,
  ])
  return formatTable(display, COLUMNS, rows)
}

/** "*:80", "127.0.0.1:5432", "[::1]:80,443": what a spec listens on; https last. */
export function formatListen({ bind = '*', port = 80, tls, type }: LoadBalancerSpec): string {
  const address = bind === '0.0.0.0' ? '*' : bind.replace(/^\[(.*)\]$/, '$1')
  const names = [tls?.certificate, tls?.certificateFile, tls?.domain, ...(tls?.domains ?? [])]
  const isEncrypted = names.some((name) => name !== undefined)
  const encrypted = tls?.port ?? 443
  const isBeside = isEncrypted && encrypted !== port && type !== 'tcp'
  return `${address.includes(':') ? `[${address}]` : address}:${port}${isBeside ? `,${encrypted}` : ''}`
}

/** The colour of a state. */
export function styleOfState(state: Status['state']): Style {
  return STATE_STYLES[state]
}
