// A load balancer with several certificates: each for its own names, one that is missing left out, the first by default.
import { expect, test } from 'vitest'
import { type Merged, merge } from '../../src/merge/merge.ts'
import { type Certificate, formatCertificateId, type KnownCertificate } from '../../src/model/certificate.ts'
import type { Fragment } from '../../src/model/fragment.ts'
import { convert } from '../arbitrary/resources.ts'

function known(...names: string[]): KnownCertificate {
  const dates = { notBefore: '2026-01-01T00:00:00.000Z', notAfter: '2027-01-01T00:00:00.000Z' }
  const digest = names.join()
  return {
    keys: [{ keyType: 'ecdsa', digest, fingerprint: digest, names, issuer: 'CN=CA', ...dates }],
    trouble: null,
    remarks: [],
  }
}

const missing: KnownCertificate = { keys: [], trouble: 'there is none', remarks: [] }

function lb(name: string, spec: object): Fragment {
  const routes = [{ match: { host: `${name}.test` }, backends: [{ target: '10.0.0.1:80' }] }]
  const converted = convert({ name, spec: { routes, ...spec } }, { source: 'store', id: name, since: 1, version: 1 })
  if (!converted) throw new Error(`${name} is refused`)
  return converted
}

function mergeAll(certificates: Record<string, KnownCertificate>, ...word: Fragment[]): Merged {
  const byKey = new Map(Object.entries(certificates).map(([name, one]) => [`certificate ${name}`, one]))
  return merge(word, { vpcs: [], addresses: new Map(), kept: new Map(), setAside: new Map(), certificates: byKey })
}

const servedBy = ({ value }: Merged, name: string): readonly Certificate[] => value.shares.get(name)?.certificates ?? []
const problemsOf = ({ placements }: Merged, name: string) =>
  placements.get(name)?.problems.map(({ message, fatal }) => `${message}${fatal ? '!' : ''}`)

test('each is served for its own names, a name of two with the first; files and lines never meet', () => {
  const merged = mergeAll(
    { a: known('a.test', 'both.test'), b: known('both.test', 'b.test'), c: known('a.test') },
    lb('web', { tls: { certificate: ['a', 'b', 'c'] } }),
  )
  const served = servedBy(merged, 'web')
  expect(served.map(({ source, only }) => `${source} ${only?.join() ?? 'all'}`)).toEqual([
    'certificate a all',
    'certificate b b.test',
  ])
  expect(new Set(served.map(formatCertificateId)).size).toBe(2)
  expect(served.map(formatCertificateId)[0]).toBe('web.ecdsa.0.0.0.0_443')
  expect(problemsOf(merged, 'web')).toEqual([])
})

test('one that is missing is left out and told while another is good; without any the load balancer is refused', () => {
  const spec = { tls: { certificate: ['a', 'b'], default: true } }
  const merged = mergeAll({ a: missing, b: known('b.test') }, lb('web', spec))
  expect(servedBy(merged, 'web').map(({ source }) => source)).toEqual(['certificate b'])
  expect(problemsOf(merged, 'web')).toEqual(['there is none; it is left out'])
  expect(merged.value.listeners.get('0.0.0.0:443')?.tls?.default).toMatchObject({ digest: 'b.test' })
  expect(problemsOf(mergeAll({ a: missing, b: missing }, lb('web', spec)), 'web')).toEqual(['there is none!'])
})

test('the first is the one by default', () => {
  const merged = mergeAll(
    { z: known('z.test'), a: known('a.test') },
    lb('web', { tls: { certificate: ['z', 'a'], default: true } }),
  )
  expect(merged.value.listeners.get('0.0.0.0:443')?.tls?.default).toMatchObject({ digest: 'z.test', owner: 'web' })
})

test.each([
  ['monitorUri', { monitorUri: '/a' }, { monitorUri: '/b' }, 'spec.monitorUri'],
  [
    'ciphers',
    { tls: { certificate: 'a', ciphers: 'A' } },
    { tls: { certificate: 'a', ciphers: 'B' } },
    'spec.tls.ciphers',
  ],
  [
    'settings',
    { tls: { certificate: 'a', settings: 'modern' } },
    { tls: { certificate: 'a', settings: 'intermediate' } },
    'spec.tls.settings',
  ],
  [
    'version, by name or by number',
    { tls: { certificate: 'a', minVersion: '1.2' } },
    { tls: { certificate: 'a', settings: 'modern' } },
    'spec.tls.settings',
  ],
  [
    'version, by number or by name',
    { tls: { certificate: 'a', settings: 'intermediate' } },
    { tls: { certificate: 'a', minVersion: '1.3' } },
    'spec.tls.minVersion',
  ],
  [
    'list of ciphers, which a name stands for too',
    { tls: { certificate: 'a', settings: 'intermediate' } },
    { tls: { certificate: 'a', ciphers: 'A' } },
    'spec.tls.ciphers',
  ],
  ['http2', { tls: { certificate: 'a', http2: false } }, { tls: { certificate: 'a', http2: true } }, 'spec.tls.http2'],
])('a port has one %s: who shares it says the same, or nothing', (_, own, other, path) => {
  const certificates = { a: known('a.test') }
  const plain = { tls: { certificate: 'a' } }
  expect(problemsOf(mergeAll(certificates, lb('one', own), lb('two', plain)), 'two')).toEqual([])
  const merged = mergeAll(certificates, lb('one', own), lb('two', other))
  expect(merged.placements.get('two')?.problems).toMatchObject([{ code: 'conflict', path, fatal: true }])
})

test('who loses a port over its TLS is told what the other states, by its own word', () => {
  const certificates = { a: known('a.test') }
  const refusalOf = (own: object, other: object) =>
    mergeAll(
      certificates,
      lb('one', { tls: { certificate: 'a', ...own } }),
      lb('two', { tls: { certificate: 'a', ...other } }),
    ).placements.get('two')?.problems[0]?.message
  expect(refusalOf({ minVersion: '1.2' }, { settings: 'modern' })).toBe(
    'port 443 is taken by load balancer one with minVersion 1.2; that does not go with settings modern: leave that out, or use another port',
  )
  expect(refusalOf({ settings: 'modern' }, { settings: 'intermediate' })).toBe(
    'port 443 is taken by load balancer one with settings modern; a shared port has one: state the same, or leave it out',
  )
  expect(refusalOf({ ciphers: 'A' }, { settings: 'intermediate' })).toContain('with ciphers A; that does not go with')
  expect(refusalOf({ settings: 'modern' }, { minVersion: '1.3' })).toBeUndefined()
  expect(refusalOf({ settings: 'intermediate', ciphers: 'A' }, { ciphers: 'A' })).toBeUndefined()
})

test.each([
  [{}, '1.2'],
  [{ settings: 'intermediate' }, '1.2'],
  [{ settings: 'modern' }, '1.3'],
  [{ settings: 'intermediate', minVersion: '1.3' }, '1.3'],
])('%j is TLS %s at least', (tls, minVersion) => {
  const merged = mergeAll({ a: known('a.test') }, lb('web', { tls: { certificate: 'a', ...tls } }))
  expect(merged.value.listeners.get('0.0.0.0:443')?.tls).toMatchObject({ minVersion })
})
