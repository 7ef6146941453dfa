// What a pool does with requests beside picking a server, told by real servers and clients.

import { get } from 'node:http'
import { createServer as createHttp2Server } from 'node:http2'
import { type AddressInfo, connect, createServer } from 'node:net'
import { buffer, text } from 'node:stream/consumers'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { waitFor } from '../../src/io/deadline.ts'
import { type Daemon, Daemons } from './kit/daemon.ts'
import { findFreePort } from './kit/free-port.ts'
import { type Origin, startOrigins } from './kit/origin.ts'
import { ask } from './kit/prober.ts'

const daemons = new Daemons()
let daemon: Daemon
let origins: Origin[]
beforeAll(async () => {
  origins = await startOrigins('a', 'b', 'c')
  daemon = await daemons.start()
})
afterAll(async () => {
  for (const origin of origins) origin.close()
  await daemons.close()
})

const serve = (name: string, spec: object) => daemon.serve(name, spec)

const backendsOf = (...some: (Origin | undefined)[]) => ({
  backends: some.map((one) => ({ target: one?.target ?? '' })),
})
const quiet = { healthCheck: { type: 'none' } }

/** What the server saw of a request. */
async function echo(port: number, options: Parameters<typeof ask>[1]) {
  const answer = await ask(port, options)
  return { ...answer, seen: answer.status === 200 ? JSON.parse(answer.body) : null }
}

test('headers are removed, set and added, on the way to the server and back, literally', async () => {
  const value = `it's "50%" #\\ %[src] $HOME {x}`
  const headers = {
    request: { set: { 'X-Set': value }, add: { 'X-Both': 'ours' }, remove: ['X-Secret'] },
    response: { set: { 'X-Frame-Options': 'DENY' }, remove: ['X-Origin'] },
  }
  const port = await serve('headers', { ...backendsOf(origins[0]), ...quiet, headers })
  const sent = { 'X-Set': 'spoofed', 'X-Both': 'theirs', 'X-Secret': 'hunter2' }
  const { seen, headers: back } = await echo(port, { headers: sent })
  expect(seen.headers).toMatchObject({ 'x-set': value, 'x-both': 'theirs, ours' })
  expect(seen.headers).not.toHaveProperty('x-secret')
  expect(back).toMatchObject({ 'x-frame-options': 'DENY' })
  expect(back).not.toHaveProperty('x-origin')
})

test('paths are rewritten: prefix off, prefix replaced, by a regular expression; the query stays', async () => {
  const route = (path: string, rewrite: object) => ({ match: { path }, rewrite, ...backendsOf(origins[0]), ...quiet })
  const port = await serve('rewrite', {
    routes: [
      route('/api', { stripPrefix: true }),
      route('/old.x', { replacePrefix: '/new/%20' }),
      route('/u', { regex: '^/u/([0-9]+)$', to: '/users/\\1/50%' }),
    ],
  })
  const paths: Record<string, string> = {
    '/api/v1?q=/api': '/v1?q=/api',
    '/api': '/',
    '/api?x': '/?x',
    '/api/api/': '/api/',
    '/old.x/y': '/new/%20/y',
    '/u/42': '/users/42/50%',
    '/u/x': '/u/x',
  }
  for (const [path, expected] of Object.entries(paths))
    expect((await echo(port, { path })).seen?.path, path).toBe(expected)
})

test("a regular expression that is none is refused in HAProxy's words, and nothing else is touched", async () => {
  const routes = [{ match: {}, rewrite: { regex: '(', to: '/x' }, ...backendsOf(origins[0]) }]
  const spec = { port: await findFreePort(), routes }
  const { status, body } = await daemon.ask('POST', '/v1/load-balancers', { name: 'odd', spec })
  expect(status).toBe(422)
  expect(body.details).toMatchObject([{ path: 'spec', message: expect.stringMatching(/^HAProxy refuses it: .*regex/) }])
  expect((await daemon.ask('GET', '/v1/load-balancers/odd')).status).toBe(404)
})

test('redirects keep the path and the query where nothing else is said', async () => {
  const route = (path: string, redirect: object) => ({ match: { path }, redirect })
  const port = await serve('redirects', {
    routes: [
      route('/old', { to: 'https://new.example.com', status: 308 }),
      route('/fixed', { to: 'https://new.example.com/50%25?a=b', status: 301 }),
      route('/secure', { scheme: 'https' }),
      route('/moved', { host: 'other.example.com:8443', status: 307 }),
    ],
  })
  const expected: Record<string, [number, string]> = {
    '/old/a?b=c': [308, 'https://new.example.com/old/a?b=c'],
    '/fixed/x': [301, 'https://new.example.com/50%25?a=b'],
    '/secure/x?y': [302, 'https://app.example.com/secure/x?y'],
    '/moved': [307, 'http://other.example.com:8443/moved'],
  }
  for (const [path, [status, location]] of Object.entries(expected)) {
    const answer = await ask(port, { path, headers: { host: `app.example.com:${port}` } })
    expect([answer.status, answer.headers['location']], path).toEqual([status, location])
  }
})

test('text is packed for who can unpack it', async () => {
  const port = await serve('packed', { ...backendsOf(origins[0]), ...quiet, compression: true })
  const packed = await new Promise<{ encoding: string | undefined; body: Buffer }>((resolve) =>
    get({ port, headers: { 'accept-encoding': 'gzip' } }, (answer) => {
      const encoding = answer.headers['content-encoding']
      void buffer(answer).then((body) => resolve({ encoding, body }))
    }),
  )
  expect(packed.encoding).toBe('gzip')
  expect(JSON.parse(gunzipSync(packed.body).toString())).toMatchObject({ name: 'a' })
  expect((await ask(port)).headers).not.toHaveProperty('content-encoding')
})

test('without a server clients are told so, in the words of the pool, and when to come again', async () => {
  const dead = { backends: [{ target: '127.0.0.1:9' }] }
  const unavailable = { body: '<h1>"100%" #back\nsoon</h1>', contentType: 'text/html', retryAfter: '90s' }
  const plain = await ask(await serve('nobody', dead))
  expect(plain).toMatchObject({ status: 503, headers: { 'retry-after': '10' } })
  expect(plain.body).toBe('No server can take this request right now.\n')
  const own = await ask(await serve('sorry', { ...dead, unavailable }))
  expect(own).toMatchObject({ status: 503, body: unavailable.body })
  expect(own.headers).toMatchObject({ 'retry-after': '90', 'content-type': 'text/html' })
})

test('maintenance begins and ends in the running HAProxy', async () => {
  const port = await serve('works', { ...backendsOf(origins[0]), unavailable: { body: 'closed today' } })
  await waitFor(async () => (await ask(port)).status === 200, { timeoutMs: 60_000, what: 'an answer' })
  const set = (maintenance: boolean) => daemon.ask('PATCH', '/v1/load-balancers/works', { spec: { maintenance } })
  const closed = (await set(true)).body.status
  expect(closed.lastApply.reload).toBe(false)
  expect(await ask(port)).toMatchObject({ status: 503, body: 'closed today' })
  expect((await set(false)).body.status.lastApply.reload).toBe(false)
  await waitFor(async () => (await ask(port)).status === 200, { timeoutMs: 60_000, what: 'an answer again' })
})

test('hash: the same value goes to the same server, and others elsewhere', async () => {
  for (const [hashKey, request] of [
    ['header:X-User', (user: string) => ({ headers: { 'x-user': user } })],
    ['cookie:USER', (user: string) => ({ headers: { cookie: `a=b; USER=${user}` } })],
    ['query:user', (user: string) => ({ path: `/?user=${user}` })],
    ['path', (user: string) => ({ path: `/${user}?x=${Math.random()}` })],
  ] as const) {
    const port = await serve(`hash-${hashKey.replace(/\W/g, '-').toLowerCase()}`, {
      ...{ algorithm: 'hash', hashKey },
      ...backendsOf(...origins),
      ...quiet,
    })
    const users = Array.from({ length: 20 }, (_, n) => `user-${n}`)
    const names = async () => Promise.all(users.map(async (user) => (await echo(port, request(user))).seen.name))
    const first = await names()
    expect(new Set(first).size, hashKey).toBeGreaterThan(1)
    expect(await names(), hashKey).toEqual(first)
  }
})

test('first: one server takes everything until it is full', async () => {
  const port = await serve('first', { algorithm: 'first', ...backendsOf(...origins), ...quiet })
  const names = await Promise.all(Array.from({ length: 9 }, async () => (await echo(port, {})).seen.name))
  expect(new Set(names).size).toBe(1)
})

test('a server whose answers fail is benched, and back when its time is over', async () => {
  const passiveHealth = { failures: 3, benchFor: '2s' }
  const port = await serve('passive', { ...backendsOf(...origins), passiveHealth, ...quiet })
  const [, sick] = origins
  if (!sick) throw new Error('no origin')
  sick.status = 500
  const before = sick.hits
  const statuses: number[] = []
  for (let n = 0; n < 60; n++) statuses.push((await ask(port)).status)
  expect(statuses.filter((status) => status === 500)).toHaveLength(3)
  expect(sick.hits - before).toBe(3)
  const healthOf = async () => {
    const { body } = await daemon.ask('GET', '/v1/load-balancers/passive')
    return body.status.backends.find(({ target }: { target: string }) => target === sick.target)?.health
  }
  expect(await healthOf()).toBe('down')
  sick.status = 200
  await waitFor(async () => (await healthOf()) === 'up', { timeoutMs: 60_000, what: 'the server to come back' })
  const hits = sick.hits
  for (let n = 0; n < 6; n++) await ask(port)
  expect(sick.hits - hits).toBe(2)
})

test('servers that speak HTTP/2 only, as gRPC does', async () => {
  const server = createHttp2Server((request, response) => {
    response.setHeader('x-version', request.httpVersion)
    response.end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const target = `127.0.0.1:${(server.address() as AddressInfo).port}`
  const healthCheck = { path: '/' }
  const port = await serve('grpc', { protocol: 'h2', healthCheck, backends: [{ target }] })
  await waitFor(async () => (await ask(port)).headers['x-version'] === '2.0', { timeoutMs: 60_000, what: 'an answer' })
  const { body } = await daemon.ask('GET', '/v1/load-balancers/grpc')
  expect(body.status.backends[0].lastCheck).toMatch(/^L7OK\/200/)
  server.close()
})

test('the PROXY protocol tells who the client is, on the way in and on', async () => {
  let seen = ''
  // The line may come before what the client says.
  const server = createServer((socket) =>
    socket.on('data', (data) => {
      seen += data
      if (seen.endsWith('hello')) socket.end('seen')
    }),
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const backends = [{ target: `127.0.0.1:${(server.address() as AddressInfo).port}` }]
  const proxyProtocol = { accept: true, send: 'v1' }
  const port = await serve('proxied', { type: 'tcp', proxyProtocol, backends, ...quiet })
  const socket = connect({ port, host: '127.0.0.1' })
  socket.write('PROXY TCP4 192.0.2.7 192.0.2.8 1234 80\r\nhello')
  await text(socket)
  expect(seen).toBe('PROXY TCP4 192.0.2.7 192.0.2.8 1234 80\r\nhello')
  server.close()
})

test('with retries clients see none of the failures of one server, and a request that changes something is sent once', async () => {
  const port = await serve('retries', { ...backendsOf(...origins), ...quiet, retries: { on: ['500'] } })
  const [, sick] = origins
  if (!sick) throw new Error('no origin')
  sick.status = 500
  const statuses = await Promise.all(Array.from({ length: 30 }, async () => (await ask(port)).status))
  expect(new Set(statuses)).toEqual(new Set([200]))
  const before = origins.map(({ hits }) => hits)
  const posted = await Promise.all(Array.from({ length: 9 }, async () => (await ask(port, { method: 'POST' })).status))
  expect(posted.filter((status) => status === 500)).toHaveLength(3)
  expect(origins.map(({ hits }, index) => hits - (before[index] ?? 0))).toEqual([3, 3, 3])
  sick.status = 200
})
