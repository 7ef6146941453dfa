// Certificates in a merge: who may serve which name, whose fault a missing one is, and that nobody who serves is pushed out.
import { describe, expect, test } from 'vitest'
import { type MergeContext, type Merged, merge } from '../../src/merge/merge.ts'
import type { KnownCertificate } from '../../src/model/certificate.ts'
import type { Fragment } from '../../src/model/fragment.ts'
import { convert } from '../arbitrary/resources.ts'

function known(
  names: readonly string[],
  digest = names.join(),
  more: Partial<KnownCertificate> = {},
): KnownCertificate {
  const dates = { notBefore: '2026-01-01T00:00:00.000Z', notAfter: '2027-01-01T00:00:00.000Z' }
  const key = { keyType: 'ecdsa', digest, fingerprint: digest, names, issuer: 'CN=CA', ...dates } as const
  return { keys: [key], trouble: null, remarks: [], ...more }
}

function contextOf(certificates: Record<string, KnownCertificate>, before?: Merged): MergeContext {
  const kept = new Map(
    [...(before?.placements ?? [])].flatMap(([name, { serving }]) => (serving ? [[name, serving] as const] : [])),
  )
  const byKey = new Map(Object.entries(certificates).map(([name, one]) => [`certificate ${name}`, one]))
  return { vpcs: [], addresses: new Map(), kept, setAside: new Map(), certificates: byKey }
}

function lb(name: string, tls: object, { since = 1, version = 1, ...spec }: Record<string, unknown> = {}): Fragment {
  const routes = [{ match: { host: `${name}.test` }, backends: [{ target: '10.0.0.1:80' }] }]
  const origin = { source: 'store', id: name, since: Number(since), version: Number(version) }
  const converted = convert({ name, spec: { routes, tls, ...spec } }, origin)
  if (!converted) throw new Error(`${name} is refused`)
  return converted
}

const problemsOf = ({ placements }: Merged, name: string) =>
  placements.get(name)?.problems.map(({ code, fatal }) => `${code}${fatal ? '!' : ''}`)
const servedBy = ({ value }: Merged, name: string) =>
  value.shares.get(name)?.certificates?.map(({ digest, only }) => (only ? `${digest} for ${only.join()}` : digest))

test('a certificate is served on the listener beside the plain one', () => {
  const merged = merge([lb('web', { certificate: 'c', minVersion: '1.3' })], contextOf({ c: known(['web.test']) }))
  expect([...merged.value.listeners].map(([id, { tls }]) => [id, tls]).sort()).toEqual([
    ['0.0.0.0:443', { minVersion: '1.3', default: expect.objectContaining({ owner: 'web', digest: 'web.test' }) }],
    ['0.0.0.0:80', undefined],
  ])
  expect(merged.value.shares.get('web')?.certificates).toMatchObject([
    { owner: 'web', listener: '0.0.0.0:443', source: 'certificate c' },
  ])
  expect(merged.value.shares.get('web')?.routes.map(({ listener, pool }) => `${listener} ${pool}`)).toEqual([
    '0.0.0.0:80 https.443',
    expect.stringMatching(/^0\.0\.0\.0:443 web\.route\.web-test/),
  ])
})

test('one that is not there sets its load balancer aside, and nobody else', () => {
  const word = [lb('web', { certificate: 'none' }), lb('two', { certificate: 'c' })]
  const merged = merge(
    word,
    contextOf({ none: known([], '', { keys: [], trouble: 'there is none' }), c: known(['two.test']) }),
  )
  expect([problemsOf(merged, 'web'), problemsOf(merged, 'two')]).toEqual([['invalid!'], []])
  expect([...merged.value.shares.keys()]).toEqual(['two'])
})

test('its last good version stands in for one whose new certificate is not there', () => {
  const before = merge([lb('web', { certificate: 'c' })], contextOf({ c: known(['web.test']) }))
  const merged = merge(
    [lb('web', { certificate: 'none' }, { version: 2 })],
    contextOf({ c: known(['web.test']) }, before),
    before,
  )
  expect([problemsOf(merged, 'web'), servedBy(merged, 'web')]).toEqual([['invalid!'], ['web.test']])
})

test('trouble with one that was good is told, and it is served on', () => {
  const merged = merge(
    [lb('web', { certificate: 'c' })],
    contextOf({ c: known(['web.test'], 'd', { trouble: 'gone', remarks: ['old'] }) }),
  )
  expect([problemsOf(merged, 'web'), servedBy(merged, 'web')]).toEqual([['certificate', 'expiry'], ['d']])
})

describe('a name that two bring', () => {
  const certificates = { c: known(['web.test', 'both.test']), d: known(['both.test', 'two.test']) }

  test('stays with the older one, and the other is told', () => {
    const merged = merge(
      [lb('two', { certificate: 'd' }, { since: 2 }), lb('web', { certificate: 'c' })],
      contextOf(certificates),
    )
    expect([problemsOf(merged, 'web'), problemsOf(merged, 'two')]).toEqual([[], ['conflict!']])
    expect(merged.placements.get('two')?.problems[0]?.message).toContain(
      'the name both.test of its certificate is served by load balancer web',
    )
  })

  test('is no conflict with one certificate, nor on two ports', () => {
    const merged = merge(
      [lb('web', { certificate: 'c' }), lb('two', { certificate: 'c' }), lb('far', { certificate: 'd', port: 444 })],
      contextOf(certificates),
    )
    for (const name of ['web', 'two', 'far']) expect(problemsOf(merged, name)).toEqual([])
  })

  test('costs nobody who serves its place when a renewed certificate brings it', () => {
    const word = [lb('web', { certificate: 'c' }), lb('two', { certificate: 'd' }, { since: 2 })]
    const before = merge(word, contextOf({ ...certificates, d: known(['two.test']) }))
    expect(problemsOf(before, 'two')).toEqual([])
    const merged = merge(word, contextOf(certificates, before), before)
    expect([problemsOf(merged, 'two'), servedBy(merged, 'two')]).toEqual([
      ['conflict'],
      ['both.test,two.test for two.test'],
    ])
    const after = merge(word.slice(1), contextOf(certificates, merged), merged)
    expect([problemsOf(after, 'two'), servedBy(after, 'two')]).toEqual([[], ['both.test,two.test']])
  })
})

test('a renewed certificate changes only who serves it', () => {
  const word = [lb('web', { certificate: 'c' }), lb('two', { certificate: 'd' })]
  const before = merge(word, contextOf({ c: known(['web.test'], 'c1'), d: known(['two.test']) }))
  const context = contextOf({ c: known(['web.test'], 'c2') }, before)
  const merged = merge(
    word,
    {
      ...context,
      certificates: {
        get: (key) => (key.endsWith(' c') ? context.certificates?.get(key) : before.context.certificates?.get(key)),
      },
    },
    before,
  )
  expect([...(merged.changed ?? [])]).toEqual(['web'])
  expect(servedBy(merged, 'web')).toEqual(['c2'])
  expect(merged.value.shares.get('two')).toBe(before.value.shares.get('two'))
})

describe('a port that two share', () => {
  const certificates = { c: known(['web.test']) }
  const conflictOf = (tls: object, spec: Record<string, unknown> = {}) =>
    merge(
      [lb('web', { certificate: 'c', minVersion: '1.3' }), lb('two', tls, { since: 2, ...spec })],
      contextOf(certificates),
    ).placements.get('two')?.problems[0]

  test('has one TLS version', () => {
    expect(conflictOf({ certificate: 'c', minVersion: '1.2' })).toMatchObject({
      code: 'conflict',
      path: 'spec.tls.minVersion',
    })
    expect(conflictOf({ certificate: 'c' })).toBeUndefined()
  })

  test('is either encrypted or not', () => {
    expect(conflictOf({}, { port: 443 })).toMatchObject({
      code: 'conflict',
      path: 'spec.port',
      message: expect.stringContaining('with TLS'),
    })
    expect(conflictOf({ certificate: 'c', port: 80 }, { port: 81 })).toMatchObject({
      code: 'conflict',
      path: 'spec.tls.port',
      message: expect.stringContaining('without TLS'),
    })
  })
})
