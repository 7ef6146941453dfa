// TLS that passes through to the servers, by the name a client asks for; and TLS of tcp that ends here. With real handshakes.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { waitFor } from '../../src/io/deadline.ts'
import { request } from '../../src/io/line-socket.ts'
import { makeCertificate, shakeHands } from './kit/certificates.ts'
import { type Daemon, Daemons } from './kit/daemon.ts'
import { findFreePort } from './kit/free-port.ts'
import { askName, openPlain, sayPlain, TlsLine, TlsServer } from './kit/tls-server.ts'
import { EchoServer } from './kit/tunnels.ts'

const daemons = new Daemons()
const echo = await new EchoServer().listen()
const servers: Record<string, TlsServer> = {}
let daemon: Daemon
let port: number

beforeAll(async () => {
  for (const name of ['one', 'two', 'three', 'rest'])
    servers[name] = await new TlsServer(name, await makeCertificate([`${name}.test`])).listen()
  daemon = await daemons.start()
  port = await findFreePort()
  expect((await put('one', { domains: ['one.test', '*.wild.test'] })).status).toBe(201)
})
afterAll(async () => {
  await daemons.close()
  for (const server of Object.values(servers)) server.close()
  echo.close()
})

function put(name: string, tls: object, more: object = { backends: [{ target: servers[name]!.target }] }) {
  const spec = { type: 'tcp', port, healthCheck: { type: 'none' }, tls: { passthrough: true, ...tls }, ...more }
  return daemon.ask('PUT', `/v1/load-balancers/${name}`, { spec })
}
const reloads = async () => (await daemon.ask('GET', '/v1/nodes')).body.items[0].haproxy.reloads
const reload = async () => {
  const spec = { port: await findFreePort(), backends: [{ target: echo.httpTarget }] }
  expect((await daemon.ask('PUT', '/v1/load-balancers/reloads', { spec })).body.status.lastApply.reload).toBe(true)
}

test('a name leads to its servers, in any case, and a wildcard to everything below it', async () => {
  expect(await askName(port, 'one.test')).toBe('one one.test')
  expect(await askName(port, 'ONE.Test')).toBe('one ONE.Test')
  expect(await askName(port, 'a.b.wild.test')).toBe('one a.b.wild.test')
  // Nothing is decrypted on the way: the certificate is the server's own.
  expect(await shakeHands(port, 'one.test')).toMatchObject({ fingerprint: expect.any(String) })
})

test('who asks for no name, for one nobody serves, or does not speak TLS is closed', async () => {
  expect(await askName(port, 'wild.test')).toBe(null)
  expect(await askName(port, 'nobody.test')).toBe(null)
  expect(await askName(port, 'one.test.nobody.test')).toBe(null)
  expect(await askName(port, null)).toBe(null)
  expect(await sayPlain(port, 'GET / HTTP/1.1\r\nHost: one.test\r\n\r\n')).toBe('')
  expect(await sayPlain(port, '\0\0\0\b\x04\xd2\x16/')).toBe('')
})

test('a second load balancer, more names and one for all other names need no reload; who wants the same is told', async () => {
  const before = await reloads()
  expect((await put('two', { domain: 'two.test' })).body.status.lastApply.because).toEqual([])
  expect(await askName(port, 'two.test')).toBe('two two.test')
  expect((await put('two', { domains: ['two.test', 'x.wild.test'] })).status).toBe(200)
  expect([await askName(port, 'x.wild.test'), await askName(port, 'y.wild.test')]).toEqual([
    'two x.wild.test',
    'one y.wild.test',
  ])
  const taken = await put('three', { domains: ['three.test', 'two.test'] })
  expect([taken.status, taken.body.error]).toEqual([
    409,
    expect.stringContaining(`the name two.test on port ${port} is taken by load balancer two`),
  ])
  expect(await askName(port, 'three.test')).toBe(null)
  expect((await put('rest', {})).status).toBe(201)
  expect([await askName(port, 'three.test'), await askName(port, null)]).toEqual(['rest three.test', 'rest no name'])
  expect(await sayPlain(port, 'GET / HTTP/1.1\r\nHost: rest.test\r\n\r\n')).toBe('')
  const again = await put('three', {})
  expect([again.status, again.body.error]).toEqual([409, expect.stringContaining('go to load balancer rest')])
  const plain = await daemon.ask('PUT', '/v1/load-balancers/plain', {
    spec: { type: 'tcp', port, backends: [{ target: echo.tcpTarget }] },
  })
  expect([plain.status, plain.body.error]).toEqual([409, expect.stringContaining('with tls.passthrough')])
  await daemon.ask('DELETE', '/v1/load-balancers/rest')
  expect(await askName(port, 'three.test')).toBe(null)
  expect(await reloads()).toBe(before)
})

test('routes lead names to pools and splits', async () => {
  const pools = Object.fromEntries(
    ['two', 'three'].map((name) => [name, { backends: [{ target: servers[name]!.target }] }]),
  )
  const routes = [
    { match: { host: 'pool.test' }, pool: 'three' },
    { match: { host: 'own.test' }, backends: [{ target: servers['one']!.target }] },
    {
      match: { host: '*.split.test' },
      split: [
        { pool: 'two', weight: 1 },
        { pool: 'three', weight: 1 },
      ],
    },
  ]
  expect((await put('routes', {}, { pools, routes })).status).toBe(201)
  expect([await askName(port, 'pool.test'), await askName(port, 'own.test')]).toEqual([
    'three pool.test',
    'one own.test',
  ])
  const seen = new Set<string | null>()
  for (let count = 0; count < 40; count++) seen.add(await askName(port, 'a.split.test'))
  expect(seen).toEqual(new Set(['two a.split.test', 'three a.split.test']))
  expect(await askName(port, 'other.test')).toBe(null)
})

test('a reload cuts no connection, and one that has not said its name yet goes where the new configuration says', async () => {
  const open = new TlsLine(port, 'one.test')
  expect(await open.line()).toBe('one one.test')
  const quiet = await openPlain(port)
  const sessions = () => request(join(daemon.stateDir, 'run/worker.sock'), 'show sess', { timeoutMs: 5000 })
  await waitFor(async () => (await sessions()).split(`fe=fe_0.0.0.0:${port}`).length > 2, {
    timeoutMs: 60_000,
    what: 'HAProxy to have both connections',
  })
  await reload()
  // Only the worker of today knows this.
  expect((await put('three', { domains: ['three.test'] })).status).toBe(201)
  const late = new TlsLine(port, 'three.test', { socket: quiet })
  expect(await late.line()).toBe('three three.test')
  expect([await late.say('still here'), await open.say('still here')]).toEqual(['still here', 'still here'])
  late.end()
  open.end()
})

test('TLS of tcp ends here with a certificate of ours, also for clients that say no name; servers get what is in it', async () => {
  const folder = await daemons.folder()
  const [path, own] = [join(folder, 'db.pem'), await findFreePort()]
  const [first, second] = [await makeCertificate(['db.test']), await makeCertificate(['db.test'])]
  await writeFile(path, first.pem)
  const spec = { type: 'tcp', port: own, tls: { certificateFile: path }, backends: [{ target: echo.tcpTarget }] }
  expect((await daemon.ask('PUT', '/v1/load-balancers/ended', { spec })).status).toBe(201)
  const sha1 = async (name: string) => (await shakeHands(own, name, { ALPNProtocols: undefined })).fingerprint
  const before = await sha1('db.test')
  for (const name of ['db.test', null, 'other.test']) {
    const client = new TlsLine(own, name)
    expect(await client.say('hello')).toBe('hello')
    client.end()
  }
  const count = await reloads()
  const client = new TlsLine(own, 'db.test')
  expect(await client.say('before')).toBe('before')
  await writeFile(path, second.pem)
  await waitFor(async () => (await sha1('db.test')) !== before, { timeoutMs: 60_000, what: 'the new certificate' })
  expect(await client.say('after')).toBe('after')
  client.end()
  expect(await reloads()).toBe(count)
  expect((await daemon.ask('GET', '/v1/load-balancers/ended')).body.status.tls.domains).toEqual(['db.test'])
})
