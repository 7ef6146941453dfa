// The tls keys of tcp and of clients: what they come to, and what of them is refused in one sentence.
import { expect, test } from 'vitest'
import type { Route } from '../../src/model/config.ts'
import { formatSpecProblem, parseResource } from '../../src/spec/parse-resource.ts'
import { toFragment } from '../../src/spec/to-fragment.ts'

const ORIGIN = { source: 'store', id: 'lb', since: 0, version: 1 }
const BACKENDS = [{ target: '10.0.0.1:5432' }]

function read(spec: object) {
  const resource = parseResource({ name: 'db', spec: { type: 'tcp', port: 5432, ...spec } })
  return resource.ok ? toFragment(resource.value, ORIGIN) : resource
}

function refusalOf(spec: object): string {
  const read_ = read(spec)
  return read_.ok ? 'taken' : read_.problems.map(formatSpecProblem).join('\n')
}

function taken(spec: object) {
  const fragment = read(spec)
  if (!fragment.ok) throw new Error(refusalOf(spec))
  return fragment.value
}

const aims = (routes: readonly Route[]) => routes.map(({ host, pool }) => `${host} ${pool}`)

test.for([
  [
    { tls: { passthrough: true, domain: 'A.Test', domains: ['a.test', '*.b.test'] }, backends: BACKENDS },
    ['a.test db.main', '*.b.test db.main'],
  ],
  [{ tls: { passthrough: true } }, ['null db.main']],
  [
    { tls: { passthrough: true }, routes: [{ match: { host: 'a.test' }, backends: BACKENDS }] },
    [expect.stringMatching(/^a\.test db\.route\./)],
  ],
] as const)('names of a tcp load balancer are its routes: %j', ([spec, routes]) => {
  const fragment = taken(spec)
  expect(aims(fragment.routes)).toEqual(routes)
  expect(fragment.listeners).toMatchObject([{ mode: 'tcp', sni: true }])
})

test('TLS of tcp with a certificate is spoken on its port', () => {
  const { listeners, certificates } = taken({ tls: { certificate: 'db', clientCa: '/ca.pem' }, backends: BACKENDS })
  expect(listeners).toMatchObject([{ port: 5432, tls: { minVersion: null, clientCa: '/ca.pem' } }])
  expect(certificates).toMatchObject([{ listener: '0.0.0.0:5432', clients: { isRequired: true } }])
})

test('clients are asked for the hosts of the routes, where each has one', () => {
  const spec = (...hosts: (string | undefined)[]) => ({
    type: 'http',
    tls: { certificate: 'web', clientCa: '/ca.pem' },
    routes: hosts.map((host, index) => ({ match: host ? { host } : { path: `/${index}` }, backends: BACKENDS })),
  })
  expect(taken(spec('b.test', 'a.test')).certificates?.[0]?.clients?.names).toEqual(['a.test', 'b.test'])
  expect(taken(spec('b.test', undefined)).certificates?.[0]?.clients?.names).toBe(undefined)
  expect(taken(spec('b.test')).pools[0]?.guards).toEqual({ clientCertificate: 'required' })
})

test.for([
  [
    { tls: { passthrough: true, certificate: 'x', minVersion: '1.3' } },
    /certificate: stands beside passthrough.*\n.*minVersion: stands/,
  ],
  [{ tls: { passthrough: true, domains: ['10.0.0.1'] } }, /"10\.0\.0\.1" is an address, which clients never send/],
  [{ type: 'http', tls: { passthrough: true } }, /spec\.tls\.passthrough: needs type tcp/],
  [{ routes: [{ match: { host: 'a.test' }, backends: BACKENDS }] }, /goes by host with tls: \{passthrough: true\}/],
  [
    {
      tls: { passthrough: true },
      routes: [{ match: { host: 'a.test', path: '/x', methods: ['GET'] }, backends: BACKENDS }],
    },
    /match\.path: needs type http; behind TLS passthrough only host.*\n.*match\.methods: needs/,
  ],
  [{ tls: { passthrough: true }, routes: [{ match: {}, backends: BACKENDS }] }, /match\.host: is missing/],
  [
    { tls: { passthrough: true }, routes: [{ match: { host: 'a.test' }, redirect: { to: 'https://b.test/' } }] },
    /routes\[0\]\.redirect: needs type http/,
  ],
  [
    {
      tls: { passthrough: true },
      pools: { p: { backends: BACKENDS } },
      routes: [{ match: { host: 'a.test' }, split: [{ pool: 'p' }], splitPin: 'cookie' }],
    },
    /splitPin: a cookie or header needs type http/,
  ],
  [
    { tls: { minVersion: '1.3' } },
    /spec\.tls: gives no certificate to serve; for tcp give domain, certificate, certificateFile, or passthrough/,
  ],
  [
    { tls: { certificate: 'x', port: 5433 } },
    /spec\.tls\.port: needs type http; a tcp load balancer speaks TLS on spec\.port/,
  ],
  [
    { tls: { certificate: 'x', clientCa: '/ca.pem', clientCertificate: 'optional' } },
    /clientCertificate: optional needs type http/,
  ],
  [{ type: 'http', tls: { clientCa: '/ca.pem' } }, /spec\.tls\.clientCa: needs a certificate to serve/],
  [
    { type: 'http', tls: { certificate: 'x', clientCertificate: 'optional' } },
    /spec\.tls\.clientCertificate: needs clientCa/,
  ],
  [
    { type: 'http', tls: { certificate: 'x', clientCa: '/ca.pem', redirect: false } },
    /spec\.tls\.redirect: would let clients in over http/,
  ],
  [{ type: 'http', tls: { certificate: 'x', clientCa: 'ca.pem' } }, /"ca\.pem" is not a path on the node/],
] as const)('%j is refused', ([spec, words]) => {
  expect(refusalOf(spec)).toMatch(words)
})

test.for([
  [{}, 7 * 86_400_000],
  [{ timeouts: { client: '5m' } }, 300_000],
  [{ timeouts: { client: '5m', server: '1m' } }, 60_000],
  [{ timeouts: { server: '1m', tunnel: '2h' } }, 7_200_000],
] as const)('a connection of tcp may be quiet for days, or as long as is stated: %j', ([spec, tunnelMs]) => {
  expect(taken({ ...spec, backends: BACKENDS }).pools[0]?.timeouts.tunnelMs).toBe(tunnelMs)
  expect(taken({ type: 'http', backends: BACKENDS }).pools[0]?.timeouts.tunnelMs).toBe(3_600_000)
})
