// Certificates in a plan: what comes, changes and goes, and in which words.
import { expect, test } from 'vitest'
import type { Certificate, DefaultCertificate } from '../../src/model/certificate.ts'
import { type ListenerTls, toConfig } from '../../src/model/config.ts'
import { formatPlan } from '../../src/plan/format-plan.ts'
import { planCertificates, planDefaults } from '../../src/plan/plan-certificates.ts'
import { findReasons } from '../../src/plan/reasons.ts'
import { UNKNOWN } from '../../src/plan/running.ts'

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

const CHOSEN: DefaultCertificate = { owner: 'web', digest: 'd1', fingerprint: 'AB', names: ['a.test'], notAfter: '' }

function listening(more: Partial<ListenerTls>) {
  const timeouts = { clientMs: 1, httpRequestMs: 1, keepAliveMs: 1 }
  const place = { id: '0.0.0.0:443', address: '0.0.0.0', port: 443, mode: 'http', owner: 'web' } as const
  return toConfig([{ ...place, timeouts, wildcardLabels: 4, tls: { minVersion: '1.2', ...more } }], [])
}

test.each([
  [
    'another content',
    CHOSEN,
    { ...CHOSEN, digest: 'd2' },
    ['web: certificate for a.test is the default of 0.0.0.0:443'],
  ],
  [
    'of nobody',
    CHOSEN,
    { ...CHOSEN, owner: null, digest: 'd2' },
    ['self-signed certificate is the default of 0.0.0.0:443'],
  ],
  ['the same of another owner', CHOSEN, { ...CHOSEN, owner: 'two' }, []],
  ['what somebody changed by hand', { ...CHOSEN, digest: '' }, CHOSEN, [expect.stringContaining('is the default')]],
])('a default certificate changes without a reload: %s', (_what, before, after, lines) => {
  const [running, desired] = [listening({ default: before }), listening({ default: after })]
  expect(formatPlan(planDefaults(running, desired))).toEqual(lines)
  expect(
    findReasons({ ...UNKNOWN, config: running, processDigest: 'd' }, { config: desired, processDigest: 'd' }),
  ).toEqual([])
})

test('whether there is a default at all is a matter of the listener', () => {
  const [open, strict] = [listening({ default: CHOSEN }), listening({ strict: true })]
  for (const [running, config] of [
    [open, strict],
    [strict, open],
  ] as const) {
    expect(planDefaults(running, config)).toEqual([])
    expect(
      findReasons({ ...UNKNOWN, config: running, processDigest: 'd' }, { config, processDigest: 'd' }),
    ).toMatchObject([{ code: 'listener-changed', text: 'changed listener 0.0.0.0:443 (tls)' }])
  }
})
