// Strict-Transport-Security: on every answer over https that a load balancer gives, on none over http, and changed without a reload.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { waitFor } from '../../src/io/deadline.ts'
import { askTls, makeCertificate } from './kit/certificates.ts'
import { type Daemon, Daemons } from './kit/daemon.ts'
import { findFreePort } from './kit/free-port.ts'
import { startOrigins } from './kit/origin.ts'
import { ask } from './kit/prober.ts'

const daemons = new Daemons()
const [origin] = await startOrigins('a')
let daemon: Daemon
let [httpPort, tlsPort] = [0, 0]

beforeAll(async () => {
  daemon = await daemons.start()
  httpPort = await findFreePort()
  tlsPort = await findFreePort()
  for (const name of ['web', 'other']) {
    const { certificate, key } = await makeCertificate([`${name}.test`])
    expect((await daemon.ask('PUT', `/v1/certificates/${name}`, { certificate, key })).status).toBe(201)
  }
  await put('other', {})
  await put('web', { hsts: true })
})
afterAll(async () => {
  await daemons.close()
  origin?.close()
})

const backends = [{ target: origin!.target }]

async function put(name: string, tls: object) {
  const host = `${name}.test`
  const spec = {
    port: httpPort,
    tls: { port: tlsPort, certificate: name, redirect: false, default: false, ...tls },
    routes: [
      { match: { host }, backends },
      { match: { host, path: '/gone' }, redirect: { to: 'https://elsewhere.test/' } },
      { match: { host, path: '/shut' }, backends, access: { allow: ['192.0.2.0/24'] } },
      { match: { host, path: '/down' }, backends: [{ target: '127.0.0.1:1' }], retries: { attempts: 0 } },
      {
        match: { host, path: '/own' },
        backends,
        headers: { response: { set: { 'Strict-Transport-Security': 'own' } } },
      },
    ],
  }
  const answer = await daemon.ask('PUT', `/v1/load-balancers/${name}`, { spec })
  expect([answer.status < 300, answer.body.error]).toEqual([true, undefined])
  return answer.body
}

const HSTS = 'strict-transport-security'
const told = async (path = '/', name = 'web') => {
  const { status, headers } = await askTls(tlsPort, `${name}.test`, { path })
  return [status, headers[HSTS]]
}

const DAYS_180 = 'max-age=15552000'

test.each([
  ['/', 200],
  ['/gone', 302],
  ['/shut', 403],
])('of %s over https (%i), and not over http', async (path, status) => {
  expect(await told(path)).toEqual([status, DAYS_180])
  const plain = await ask(httpPort, { path, headers: { host: 'web.test' } })
  expect([plain.status, plain.headers[HSTS]]).toEqual([status, undefined])
})

test('while no server can take requests', async () => {
  await waitFor(async () => (await told('/down'))[0] === 503, { timeoutMs: 60_000, what: 'a server to be down' })
  expect(await told('/down')).toEqual([503, DAYS_180])
})

test('a header of the user’s own stands in its place', async () => {
  expect(await told('/own')).toEqual([200, 'own'])
})

test('a load balancer beside it is not bound to it', async () => {
  expect(await told('/', 'other')).toEqual([200, undefined])
})

test('whoever meets the self-signed certificate is not told', async () => {
  const { status, headers } = await askTls(tlsPort, 'unknown.test', { headers: { host: 'web.test' } })
  expect([status, headers[HSTS]]).toEqual([200, undefined])
})

test('it begins, changes and ends without a reload', async () => {
  const reloads = async () => (await daemon.ask('GET', '/v1/nodes')).body.items[0].haproxy.reloads
  const before = await reloads()
  for (const [hsts, value] of [
    [{ maxAge: '730d', includeSubDomains: true, preload: true }, 'max-age=63072000; includeSubDomains; preload'],
    [{ maxAge: '0s' }, 'max-age=0'],
    [false, undefined],
    [true, DAYS_180],
  ] as const)
    for (const name of ['web', 'other']) {
      expect((await put(name, { hsts })).status.lastApply).toMatchObject({ because: [] })
      expect(await told('/', name)).toEqual([200, value])
      const known = await askTls(tlsPort, 'unknown.test', { headers: { host: `${name}.test` } })
      expect(known.headers[HSTS]).toBeUndefined()
    }
  expect(await reloads()).toBe(before)
})
