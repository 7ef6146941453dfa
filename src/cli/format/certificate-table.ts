// The stored certificates, one a line: names, until when, and who uses them.
import type { CertificateInfo } from '../../api/wire.ts'
import type { Display } from './display.ts'
import { type Column, formatTable } from './table.ts'

const COLUMNS: readonly Column[] = [
  { title: 'NAME', shrinks: true },
  { title: 'DOMAINS', shrinks: true },
  { title: 'KEYS' },
  { title: 'UNTIL' },
  { title: 'USED BY', shrinks: true },
]

/** The table of `cert list`. */
export function formatCertificates(display: Display, certificates: readonly CertificateInfo[]): string {
  const rows = certificates.map(({ name, domains, keys, notAfter, usedBy, problems }) => [
    name,
    domains.join(','),
    keys.map(({ keyType }) => keyType).join(',') || '-',
    { text: notAfter?.slice(0, 10) ?? 'damaged', style: problems.length > 0 ? ('yellow' as const) : undefined },
    usedBy.join(',') || 'nobody',
  ])
  return formatTable(display, COLUMNS, rows)
}
