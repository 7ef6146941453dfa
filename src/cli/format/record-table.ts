// The records of our domains, one name a line.
import type { RecordInfo } from '../../api/wire.ts'
import { type Display, oneLine } from './display.ts'
import { type Column, formatTable } from './table.ts'

const COLUMNS: readonly Column[] = [
  { title: 'DOMAIN', shrinks: true },
  { title: 'STATE' },
  { title: 'LEADS TO', shrinks: true },
  { title: 'PROVIDER', shrinks: true },
]

/** The table of `dns list` and `dns plan`, and below it what is wrong. */
export function formatRecords(display: Display, records: readonly RecordInfo[]): string {
  if (records.length === 0) return 'no domain of a load balancer lies in a zone that --dns names\n'
  const rows = records.map(({ domain, state, addresses, provider }) => [
    domain,
    { text: state, style: state === 'foreign' || state === 'unknown' ? ('yellow' as const) : undefined },
    addresses.join(',') || '-',
    provider,
  ])
  const remarks = records.flatMap(({ domain, lastError }) =>
    lastError === null ? [] : [`${domain}: ${oneLine(lastError)}\n`],
  )
  return `${formatTable(display, COLUMNS, rows)}${remarks.join('')}`
}
