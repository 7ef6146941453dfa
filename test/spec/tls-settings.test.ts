// Named TLS settings and hsts: what they come to, and what is refused in one sentence.
import { expect, test } from 'vitest'
import { formatHsts, parseMaxAge } from '../../src/model/hsts.ts'
import { profileOf } from '../../src/model/profile.ts'
import { formatSpecProblem, parseResource } from '../../src/spec/parse-resource.ts'
import { toFragment } from '../../src/spec/to-fragment.ts'

const BACKENDS = [{ target: '10.0.0.1:80' }]

function read(tls: object, spec: object = {}) {
  const given = { name: 'web', spec: { backends: BACKENDS, tls: { certificate: 'c', ...tls }, ...spec } }
  const resource = parseResource(given)
  const origin = { source: 'store', id: 'web', since: 0, version: 1 }
  return resource.ok ? toFragment(resource.value, origin) : resource
}

function poolsOf(tls: object, spec: object = {}) {
  const fragment = read(tls, spec)
  if (!fragment.ok) throw new Error(fragment.problems.map(formatSpecProblem).join())
  return fragment.value.pools
}

test.each([
  [{ settings: 'old' }, 'spec.tls.settings: "old" is not one of modern, intermediate'],
  [
    { settings: 'modern', minVersion: '1.2' },
    'spec.tls.minVersion: is 1.2 beside settings modern, which speaks TLS 1.3 alone; leave one of the two out',
  ],
  [
    { settings: 'modern', ciphers: 'A' },
    'spec.tls.ciphers: is of TLS 1.2, which settings modern does not speak; leave one of the two out',
  ],
  [
    { hsts: 5 },
    'spec.tls.hsts: 5 does not say what browsers are told; give true, or maxAge, includeSubDomains and preload',
  ],
  [{ hsts: { maxage: '1d' } }, 'spec.tls.hsts.maxage: there is no key "maxage" here; did you mean maxAge?'],
  [
    { hsts: { maxAge: '1w' } },
    'spec.tls.hsts.maxAge: "1w" is not an age; write a number with a unit: 180d, 1h, or 0s for browsers to forget',
  ],
  [{ hsts: { maxAge: '20000d' } }, 'spec.tls.hsts.maxAge: "20000d" is too long; the longest age is 3650d'],
  [
    { hsts: { maxAge: '730d', preload: true } },
    'spec.tls.hsts.preload: needs includeSubDomains: true and a maxAge of 365d or more, or no list takes the name; give both, or leave it out',
  ],
])('%j is refused', (tls, message) => {
  const fragment = read(tls)
  expect(fragment.ok ? 'taken' : fragment.problems.map(formatSpecProblem).join()).toBe(message)
})

test.each([
  [{ certificate: 'c', hsts: true }, 'spec.tls.hsts: needs type http; leave it out'],
  [
    { passthrough: true, settings: 'modern' },
    'spec.tls.settings: stands beside passthrough, where the servers speak TLS themselves; leave one of the two out',
  ],
])('of tcp %j is refused', (tls, message) => {
  const fragment = read({ certificate: undefined, ...tls }, { type: 'tcp', port: 5432 })
  expect(fragment.ok ? 'taken' : fragment.problems.map(formatSpecProblem).join()).toBe(message)
})

test('what stands beside settings and changes them is taken', () => {
  expect(read({ settings: 'intermediate', minVersion: '1.3' }).ok).toBe(true)
  expect(read({ settings: 'intermediate', ciphers: 'A' }).ok).toBe(true)
  expect(read({ settings: 'modern', minVersion: '1.3', http2: false }).ok).toBe(true)
})

test.each([
  [true, 'max-age=15552000'],
  [{}, 'max-age=15552000'],
  [{ maxAge: '1d12h' }, 'max-age=129600'],
  [{ maxAge: '0s' }, 'max-age=0'],
  [{ maxAge: '365d', includeSubDomains: true, preload: true }, 'max-age=31536000; includeSubDomains; preload'],
])('hsts %j is %s', (hsts, header) => {
  const [pool] = poolsOf({ hsts })
  expect(pool?.features?.hsts && formatHsts(pool.features.hsts)).toBe(header)
})

test('every pool of the load balancer has it, and it is no part of their profiles', () => {
  const routes = [
    { match: { path: '/files' }, static: { root: '/srv' } },
    { match: { path: '/gone' }, redirect: { to: 'https://b.test/' } },
    { match: { path: '/api' }, backends: BACKENDS },
  ]
  const [told, untold] = [poolsOf({ hsts: true }, { routes }), poolsOf({ hsts: false }, { routes })]
  expect(told).toHaveLength(4)
  for (const [index, pool] of told.entries()) {
    expect(pool.features?.hsts?.maxAgeSeconds).toBe(15_552_000)
    expect(profileOf(pool)).toEqual(profileOf(untold[index] ?? pool))
  }
  for (const { features } of untold) expect(features?.hsts).toBeUndefined()
})

test('an age has nothing in it but digits and units', () => {
  for (const text of ['', '5', '-1d', '1d; x', '1d\n', ' 1d', '1.5d', '1e3s']) expect(parseMaxAge(text).ok).toBe(false)
})

test('whoever says something of the header itself has the last word', () => {
  for (const response of [{ set: { 'strict-transport-security': 'own' } }, { remove: ['Strict-Transport-Security'] }]) {
    const routes = [{ match: { path: '/own' }, backends: BACKENDS, headers: { response } }]
    const pools = poolsOf({ hsts: true }, { routes })
    expect(pools.map(({ id, features }) => [id.split('.')[1], features?.hsts !== undefined]).sort()).toEqual([
      ['main', true],
      ['route', false],
    ])
  }
})
