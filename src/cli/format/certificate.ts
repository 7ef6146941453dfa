// The page of one certificate: what it is for, who issued it, until when, who serves it, and when one that is obtained is renewed.
import type { CertificateInfo } from '../../api/wire.ts'
import { type Display, oneLine, paint } from './display.ts'
import { formatFailure, formatRenewal } from './renewal.ts'

type Key = CertificateInfo['keys'][number]

/** The page of `cert show`; one block for each type of key. */
export function formatCertificate(display: Display, info: CertificateInfo): string {
  const { name, keys, usedBy, problems, obtained } = info
  const facts = [
    ...keys.flatMap((key) => [...listFacts(key), ['', '']]),
    ['used by', usedBy.join(', ') || 'nobody'],
    ...listOrigin(info),
  ]
  const lines = facts.map(([what = '', value = '']) => formatFact(display, what, value))
  const failure = obtained ? formatFailure(obtained) : undefined
  const told = [...problems.map(({ message }) => message), ...(failure === undefined ? [] : [failure])]
  const remarks = told.map((message) => `  ${paint(display, 'yellow', oneLine(message))}\n`)
  return `${paint(display, 'bold', name)}\n${lines.join('')}${remarks.length > 0 ? `\n${remarks.join('')}` : ''}`
}

/** Where it is from: a user, at that time, or a CA that is asked again. */
function listOrigin({ keys, updatedAt, obtained }: CertificateInfo): string[][] {
  if (!obtained) return [['stored', updatedAt ?? '']]
  return [
    ['source', 'obtained from a CA'],
    ['came', updatedAt ?? (keys.length > 0 ? 'at a time that is not known' : 'not yet')],
    ['next', obtained.renewAt ?? formatRenewal(obtained, keys.length > 0)],
  ]
}

function listFacts({ names, keyType, issuer, notBefore, notAfter, fingerprintSha256, chain, complete }: Key) {
  const [subject = '', ...above] = chain
  // CAs that go by the names alone give it none.
  const own = subject || (names[0] ?? '')
  return [
    ['names', names.join(', ')],
    ['key', keyType],
    ['subject', subject || 'none'],
    ['issuer', issuer],
    ['from', notBefore],
    ['until', notAfter],
    ['sha-256', fingerprintSha256],
    [
      'chain',
      `${complete ? 'complete' : describeEnd(above.at(-1) ?? own)}${above.length === 0 && subject === issuer ? ', signed by itself' : ''}`,
    ],
    ...[own, ...above].map((one, index) => ['', `${index + 1}. ${one}`]),
  ]
}

/** A CA of one's own is not known here, but may well be to its clients. */
function describeEnd(last: string): string {
  return `ends at ${last}, whose issuer browsers do not know; where clients do not either, add its certificate to the file`
}

function formatFact(display: Display, what: string, value: string): string {
  return value === '' ? '\n' : `  ${paint(display, 'dim', what.padEnd(8))}${oneLine(value)}\n`
}
