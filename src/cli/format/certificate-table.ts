// The certificates, one a line: names, who issued them, until when, when they are renewed, and who uses them.
import type { CertificateInfo } from '../../api/wire.ts'
import { type Display, oneLine } from './display.ts'
import { formatFailure, formatRenewal } from './renewal.ts'
import { type Column, formatTable } from './table.ts'

const COLUMNS: readonly Column[] = [
  { title: 'NAME' },
  { title: 'DOMAINS', shrinks: true },
  { title: 'KEYS' },
  { title: 'ISSUER', shrinks: true },
  { title: 'UNTIL' },
  { title: 'RENEWED (UTC)' },
  { title: 'USED BY', shrinks: true },
]

/** The table of `cert list`, and below it why what is obtained could not be. */
export function formatCertificates(display: Display, certificates: readonly CertificateInfo[]): string {
  const rows = certificates.map((info) => [
    info.name,
    info.domains.join(',') || '-',
    info.keys.map(({ keyType }) => keyType).join(',') || '-',
    info.issuer === null ? '-' : findCommonName(info.issuer),
    { text: formatUntil(info), style: isWell(info) ? undefined : ('yellow' as const) },
    info.obtained ? formatRenewal(info.obtained, info.keys.length > 0) : '-',
    info.usedBy.join(',') || 'nobody',
  ])
  const remarks = certificates.flatMap(({ name, obtained }) => {
    const failure = obtained ? formatFailure(obtained) : undefined
    return failure === undefined ? [] : [`${name}: ${oneLine(failure)}\n`]
  })
  return `${formatTable(display, COLUMNS, rows)}${remarks.join('')}`
}

function formatUntil({ notAfter, obtained }: CertificateInfo): string {
  return notAfter?.slice(0, 10) ?? (obtained ? 'none yet' : 'damaged')
}

function isWell({ problems, obtained }: CertificateInfo): boolean {
  return problems.length === 0 && (obtained?.lastError ?? null) === null
}

/** Of "C=US, O=Let's Encrypt, CN=R11" what tells it from others; all of it where there is no such name. */
function findCommonName(issuer: string): string {
  return /(?:^|, )CN=(.+?)(?=, [A-Za-z]+=|$)/.exec(issuer)?.[1] ?? issuer
}
