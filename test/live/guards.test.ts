// Who may reach a pool, told by real servers and clients: addresses, passwords.
import { connect, createServer, type Server, type Socket } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { waitFor } from '../../src/io/deadline.ts'
import { type Daemon, Daemons } from './kit/daemon.ts'
import { type Origin, startOrigins } from './kit/origin.ts'
import { ask } from './kit/prober.ts'

/** Of "open sesame", as `mkpasswd` and Python's crypt make them. */
const HASHES = {
  sha512:
    '$6$rounds=1000$fairleadtestsalt$Avqr9DIgGf1Miii7qGe7lkojW1mGx2pMlq6ZRzC3OeDPj/bnDecv9RM1YaGnvsYoYpk8CVS9uTP7X3j0D7Jbk0',
  sha256: '$5$fairleadtestsalt$LHMNQaSLpBR.T77SpMuA1qVMC2BM.ZdFp.haNbTntJD',
  bcrypt: '$2b$05$fairleadfairleadfairluDvJvDF2PCyhBplk9g1AZ8dAWg6NAgyK',
  yescrypt: '$y$j5T$fairleadtestsalt$A4QklnEZ1m/ge4b8417OhoIvxG3XGXmp.tN4RPxfzG4',
}

const daemons = new Daemons()
let daemon: Daemon
let origin: Origin
beforeAll(async () => {
  const [first] = await startOrigins('a')
  if (!first) throw new Error('no origin')
  origin = first
  daemon = await daemons.start()
})
afterAll(async () => {
  origin.close()
  await daemons.close()
})

const serve = (name: string, spec: object) =>
  daemon.serve(name, { backends: [{ target: origin.target }], healthCheck: { type: 'none' }, ...spec })

/** What the server saw of a request; null where it saw nothing. */
async function echo(port: number, headers: Record<string, string> = {}, path = '/') {
  const answer = await ask(port, { headers, path })
  return { ...answer, seen: answer.status === 200 ? JSON.parse(answer.body).headers : null }
}

const basic = (name: string, password: string) => ({
  authorization: `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`,
})

/** Hundreds of networks that nobody here comes from. */
const strangers = Array.from({ length: 700 }, (_, index) => `10.${index >> 8}.${index & 255}.0/24`)

test('addresses: only who is allowed comes in, nobody who is denied, and the server sees none of the others', async () => {
  const cases: [string, object, number][] = [
    ['allowed', { allow: [...strangers, '127.0.0.1/8'] }, 200],
    ['not-allowed', { allow: strangers }, 403],
    ['denied', { deny: ['::ffff:127.0.0.0/104'] }, 403],
    ['denied-though-allowed', { allow: ['0.0.0.0/0'], deny: [...strangers, '127.0.0.1'] }, 403],
    ['other-family', { deny: ['::/0'] }, 200],
    ['other-family-only', { allow: ['::/0'] }, 403],
  ]
  for (const [name, access, status] of cases) {
    const port = await serve(name, { access })
    const before = origin.hits
    expect((await ask(port)).status, name).toBe(status)
    expect(origin.hits - before, name).toBe(status === 200 ? 1 : 0)
  }
})

test('what stands at the top holds for every route but those with their own', async () => {
  const route = (path: string, keys: object) => ({ match: { path }, backends: [{ target: origin.target }], ...keys })
  const port = await serve('routes', {
    access: { deny: ['127.0.0.0/8'] },
    routes: [
      route('/inherits', {}),
      route('/open', { access: {} }),
      route('/other', { access: { deny: ['10.0.0.1'] } }),
    ],
  })
  const statusOf = async (path: string) => (await ask(port, { path })).status
  expect(await Promise.all(['/', '/inherits', '/open', '/other'].map(statusOf))).toEqual([403, 403, 200, 200])
})

test('tcp: a connection that may not come in reaches no server', async () => {
  let connections = 0
  const server = await listen(
    createServer((socket) => {
      connections++
      socket.end('hello')
    }),
  )
  const target = `127.0.0.1:${(server.address() as { port: number }).port}`
  const tcp = (access: object) => ({ type: 'tcp', backends: [{ target }], access })
  expect(await readAll(await serve('tcp-in', tcp({ allow: ['127.0.0.1'] })))).toBe('hello')
  expect(await readAll(await serve('tcp-out', tcp({ deny: ['127.0.0.1'] })))).toBe('')
  expect(connections).toBe(1)
  server.close()
})

test('passwords: every kind of hash; the server gets the name, never what the client says, nor the password', async () => {
  const users = Object.fromEntries(Object.entries(HASHES).map(([name, hash]) => [`${name}@x`, hash]))
  const port = await serve('passwords', { auth: { basic: { realm: `it's #1 %[src]`, users } } })
  for (const name of Object.keys(users)) {
    const answer = await echo(port, { ...basic(name, 'open sesame'), 'x-forwarded-user': 'root' })
    expect(answer.seen, name).toMatchObject({ 'x-forwarded-user': name })
    expect(answer.seen).not.toHaveProperty('authorization')
  }
  const before = origin.hits
  const wrong = [
    {},
    basic('sha512@x', 'open'),
    basic('nobody', 'open sesame'),
    basic('sha512@x', ''),
    { authorization: 'Basic' },
  ]
  for (const headers of wrong) {
    const answer = await ask(port, { headers })
    expect(answer).toMatchObject({ status: 401, headers: { 'www-authenticate': `Basic realm="it's #1 %[src]"` } })
  }
  expect(origin.hits).toBe(before)
})

test('two load balancers and the reserve may have the same users; a change of users needs no other change', async () => {
  const auth = (...names: string[]) => ({
    basic: { users: Object.fromEntries(names.map((name) => [name, HASHES.sha512])), forward: true },
  })
  const ports = [await serve('twin-a', { auth: auth('ann') }), await serve('twin-b', { auth: auth('ann') })]
  const credentials = basic('ann', 'open sesame')
  for (const port of ports) expect((await echo(port, credentials)).seen).toMatchObject(credentials)
  const changed = await daemon.ask('PATCH', '/v1/load-balancers/twin-a', {
    spec: { auth: { basic: { users: { ann: null, bob: HASHES.sha512 } } } },
  })
  expect(changed.status, JSON.stringify(changed.body)).toBe(200)
  expect(await Promise.all(ports.map(async (port) => (await ask(port, { headers: credentials })).status))).toEqual([
    401, 200,
  ])
})

test('no hash is in the log, the events or the configuration that is shown', async () => {
  const { body } = await daemon.ask('GET', '/v1/configuration')
  const shown = JSON.stringify(body)
  expect(shown).toContain('user ann password (secret)')
  for (const hash of Object.values(HASHES)) {
    expect(shown).not.toContain(hash)
    expect(daemon.output).not.toContain(hash)
  }
})

function listen(server: Server): Promise<Server> {
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)))
}

/** Everything a server says before it or the load balancer closes. */
function readAll(port: number): Promise<string> {
  return new Promise((resolve) => {
    let text = ''
    const socket = connect(port, '127.0.0.1')
    socket.on('data', (piece) => (text += piece))
    socket.on('error', () => resolve(text))
    socket.on('close', () => resolve(text))
  })
}

test('connections: one address has so many at once, of tcp and of http, and more again when they end', async () => {
  const held: Socket[] = []
  const server = await listen(createServer((socket) => void held.push(socket.on('error', () => undefined))))
  const backends = [{ target: `127.0.0.1:${(server.address() as { port: number }).port}` }]
  const limits = { backends, connections: { perSource: 2 } }
  const tcp = await serve('tcp-many', { type: 'tcp', ...limits })
  const http = await serve('http-many', limits)
  const isHeld = async (count: number) =>
    waitFor(async () => held.length === count, { timeoutMs: 60_000, what: `${count} connections` })
  const clients = [tcp, tcp].map((port) => connect(port, '127.0.0.1').on('error', () => undefined))
  await isHeld(2)
  expect(await readAll(tcp)).toBe('')
  expect(held).toHaveLength(2)
  clients[0]?.destroy()
  const isFree = async () => clients.push(connect(tcp, '127.0.0.1').on('error', () => undefined)) > 0 && held.length > 2
  await waitFor(isFree, { timeoutMs: 60_000, what: 'a place to be free' })
  for (const client of clients) client.destroy()

  const before = held.length
  const waiting = [ask(http), ask(http)]
  await isHeld(before + 2)
  expect(await ask(http)).toMatchObject({ status: 429, headers: { 'retry-after': '1' } })
  for (const socket of held) socket.end('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n')
  expect((await Promise.all(waiting)).map(({ status }) => status)).toEqual([200, 200])
  server.close()
})

test('a rate limit by path counts all who ask for it, and a burst counts what comes in a second', async () => {
  const count = async (port: number, path: string, times: number) => {
    const answers = await Promise.all(Array.from({ length: times }, () => ask(port, { path })))
    return answers.filter(({ status }) => status === 200).length
  }
  const byPath = await serve('by-path', { rateLimit: { requests: 3, window: '1h', key: 'path' } })
  expect([await count(byPath, '/a?x=1', 5), await count(byPath, '/b', 2), await count(byPath, '/a', 1)]).toEqual([
    3, 2, 0,
  ])
  const burst = await serve('burst', { rateLimit: { requests: 6, window: '1h', burst: 4 } })
  expect(await count(burst, '/', 12)).toBe(4)
  const isServed = async () => (await ask(burst)).status === 200
  await waitFor(isServed, { timeoutMs: 60_000, what: 'the second to be over' })
  await waitFor(isServed, { timeoutMs: 60_000, what: 'the last of the window' })
  expect((await ask(burst)).headers['retry-after']).toBe('3600')
})

test('what was in use before is in reserve: the same guards on a new pool need no reload', async () => {
  const guards = {
    access: { allow: [...strangers, '127.0.0.1'] },
    auth: { basic: { users: { ann: HASHES.sha512 } } },
    connections: { perSource: 2 },
    rateLimit: { requests: 6, window: '2h', burst: 4 },
  }
  const backends = [{ target: origin.target }]
  const route = (path: string, keys: object) => ({ match: { path }, backends, ...keys })
  const port = await serve('reserved', { routes: [route('/old', guards)] })
  const routes = [route('/old', guards), route('/new', guards)]
  const { body } = await daemon.ask('PATCH', '/v1/load-balancers/reserved', { spec: { routes } })
  expect(body.status.lastApply, JSON.stringify(body)).toMatchObject({ reload: false })
  const headers = basic('ann', 'open sesame')
  expect((await ask(port, { path: '/new' })).status).toBe(401)
  expect((await ask(port, { path: '/new', headers })).status).toBe(200)
  const many = await Promise.all(Array.from({ length: 12 }, () => ask(port, { path: '/new', headers })))
  expect(many.filter(({ status }) => status === 200).length).toBeLessThanOrEqual(2)
  expect(many.filter(({ status }) => status === 429).length).toBeGreaterThanOrEqual(10)
})
