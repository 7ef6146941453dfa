// The page of one stored certificate: what it is for, who issued it, until when, and who serves it.
import type { CertificateInfo } from '../../api/wire.ts'
import { type Display, oneLine, paint } from './display.ts'

type Key = CertificateInfo['keys'][number]

/** The page of `cert show`; one block for each type of key. */
export function formatCertificate(display: Display, info: CertificateInfo): string {
  const { name, keys, usedBy, updatedAt, problems } = info
  const facts = [
    ...keys.flatMap((key) => [...listFacts(key), ['', '']]),
    ['used by', usedBy.join(', ') || 'nobody'],
    ['stored', updatedAt],
  ]
  const lines = facts.map(([what = '', value = '']) => formatFact(display, what, value))
  const remarks = problems.map(({ message }) => `  ${paint(display, 'yellow', oneLine(message))}\n`)
  return `${paint(display, 'bold', name)}\n${lines.join('')}${remarks.length > 0 ? `\n${remarks.join('')}` : ''}`
}

function listFacts({ names, keyType, issuer, notBefore, notAfter, fingerprintSha256, chain, complete }: Key) {
  const [, ...above] = chain
  const own = chain[0] ?? ''
  return [
    ['names', names.join(', ')],
    ['key', keyType],
    ['subject', own],
    ['issuer', issuer],
    ['from', notBefore],
    ['until', notAfter],
    ['sha-256', fingerprintSha256],
    [
      'chain',
      `${complete ? 'complete' : describeEnd(above.at(-1) ?? own)}${above.length === 0 && own === issuer ? ', signed by itself' : ''}`,
    ],
    ...chain.map((subject, index) => ['', `${index + 1}. ${subject}`]),
  ]
}

/** A CA of one's own is not known here, but may well be to its clients. */
function describeEnd(last: string): string {
  return `ends at ${last}, whose issuer browsers do not know; where clients do not either, add its certificate to the file`
}

function formatFact(display: Display, what: string, value: string): string {
  return value === '' ? '\n' : `  ${paint(display, 'dim', what.padEnd(8))}${oneLine(value)}\n`
}
