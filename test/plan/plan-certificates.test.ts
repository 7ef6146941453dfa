// Certificates in a plan: what comes, changes and goes, and in which words.
import { expect, test } from 'vitest'
import type { Certificate } from '../../src/model/certificate.ts'
import { formatPlan } from '../../src/plan/format-plan.ts'
import { planCertificates } from '../../src/plan/plan-certificates.ts'

const ONE: Certificate = {
  owner: 'web',
  listener: '0.0.0.0:443',
  source: 'certificate my-cert',
  keyType: 'ecdsa',
  digest: 'd1',
  fingerprint: 'AB12',
  names: ['a.test', 'b.test', 'c.test', 'd.test'],
  notBefore: '2026-01-01T00:00:00.000Z',
  notAfter: '2027-01-01T00:00:00.000Z',
  issuer: 'CN=Test',
}

function linesOf(before: readonly Certificate[], after: readonly Certificate[]): string[] {
  const { build, leave } = planCertificates(before, after)
  return formatPlan([...build, ...leave])
}

const WHAT = 'web: certificate for a.test, b.test, c.test and 1 more (ecdsa)'

test.each([
  ['nothing to do', [ONE], [{ ...ONE }], []],
  ['a certificate comes', [], [ONE], [`${WHAT} added to 0.0.0.0:443, valid until 2027-01-01`]],
  ['another content', [ONE], [{ ...ONE, digest: 'd2' }], [`${WHAT} replaced on 0.0.0.0:443, valid until 2027-01-01`]],
  ['it goes', [ONE], [], [`${WHAT} removed from 0.0.0.0:443`]],
  [
    'another type of key: the new one is there before the old one goes',
    [ONE],
    [{ ...ONE, keyType: 'rsa' as const, names: ['a.test'] }],
    [
      'web: certificate for a.test (rsa) added to 0.0.0.0:443, valid until 2027-01-01',
      `${WHAT} removed from 0.0.0.0:443`,
    ],
  ],
  [
    'another port: likewise',
    [ONE],
    [{ ...ONE, listener: '0.0.0.0:8443' }],
    [`${WHAT} added to 0.0.0.0:8443, valid until 2027-01-01`, `${WHAT} removed from 0.0.0.0:443`],
  ],
  [
    'for fewer names: its line is another one',
    [ONE],
    [{ ...ONE, only: ['a.test'] }],
    [
      `${WHAT} removed from 0.0.0.0:443`,
      'web: certificate for a.test (ecdsa) added to 0.0.0.0:443, valid until 2027-01-01',
    ],
  ],
])('%s', (_what, before, after, lines) => {
  expect(linesOf(before, after)).toEqual(lines)
})
