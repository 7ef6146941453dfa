// Places in reserve behave like pools that HAProxy was started with: each setting is set and changed without a reload, and in force.
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { waitFor } from '../../src/io/deadline.ts'
import { type Daemon, Daemons } from './kit/daemon.ts'
import { findFreePort } from './kit/free-port.ts'
import { startOrigins } from './kit/origin.ts'
import { ask, Prober } from './kit/prober.ts'

const daemons = new Daemons()
const [a, b] = await startOrigins('a', 'b')
let daemon: Daemon
let port: number
let slow: SlowServer

/** A server that notes its health checks, fails those of /bad, and takes `afterMs` for everything else. */
type SlowServer = {
  readonly target: string
  readonly checks: { path: string; host: string }[]
  readonly seen: IncomingMessage[]
  afterMs: number
  close: () => void
}

async function startSlowServer(): Promise<SlowServer> {
  const server = createServer((request, response) => {
    const { url = '', headers } = request
    if (headers['user-agent'] !== 'fairlead-health-check') {
      started.seen.push(request)
      return setTimeout(() => response.end('late'), started.afterMs)
    }
    started.checks.push({ path: url, host: headers.host ?? '' })
    response.statusCode = url === '/bad' ? 503 : 200
    return response.end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const target = `127.0.0.1:${(server.address() as AddressInfo).port}`
  const started: SlowServer = { target, checks: [], seen: [], afterMs: 0, close: () => server.close() }
  return started
}

beforeAll(async () => {
  slow = await startSlowServer()
  port = await findFreePort()
  daemon = await daemons.start()
  const spec = { port, routes: [{ match: { host: 'first.example' }, backends: [{ target: a!.target }] }] }
  expect((await daemon.ask('POST', '/v1/load-balancers', { name: 'first', spec })).status).toBe(201)
})
afterAll(async () => {
  await daemons.close()
  for (const origin of [a, b, slow]) origin?.close()
})

const countReloads = async (of = daemon) => (await of.ask('GET', '/v1/nodes')).body.items[0].haproxy.reloads

/** Makes a change that must need no reload. */
async function change(method: string, path: string, body?: unknown): Promise<void> {
  const before = await countReloads()
  const answer = await daemon.ask(method, path, body)
  expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300)
  expect((answer.body?.lastApply ?? answer.body?.status?.lastApply)?.because ?? []).toEqual([])
  expect(await countReloads()).toBe(before)
}

/** A new load balancer on the port that is there, for a host of its own: that must need no reload. */
async function create(
  name: string,
  settings: object,
): Promise<{ path: string; get: (options?: object) => ReturnType<typeof ask> }> {
  await change('POST', '/v1/load-balancers', { name, spec: specOf(name, settings) })
  return {
    path: `/v1/load-balancers/${name}`,
    get: (options: { headers?: Record<string, string> } = {}) =>
      ask(port, { ...options, headers: { ...options.headers, host: `${name}.example` } }),
  }
}

/** All of it stands at the route, so that changing a part of it replaces the whole. */
function specOf(name: string, settings: object): object {
  return { port, routes: [{ match: { host: `${name}.example` }, backends: [{ target: a!.target }], ...settings }] }
}

function replace(name: string, settings: object): Promise<void> {
  return change('PUT', `/v1/load-balancers/${name}`, { name, spec: specOf(name, settings) })
}

async function statusesOf(get: () => ReturnType<typeof ask>, count: number): Promise<number[]> {
  const statuses: number[] = []
  for (let index = 0; index < count; index++) statuses.push((await get()).status)
  return statuses
}

test('a new load balancer serves at once, and so does another that takes its place over', async () => {
  const { get } = await create('fresh', {})
  expect((await get()).headers['x-origin']).toBe('a')
  await replace('fresh', { backends: [{ target: b!.target }], algorithm: 'leastconn' })
  expect((await get()).headers['x-origin']).toBe('b')
})

test('the path and the host of a health check are asked for, and change', async () => {
  const backends = [{ target: slow.target }]
  const isAsked = (path: string, host: string) => async () =>
    slow.checks.some((check) => check.path === path && check.host === host)
  const asked = (what: string) => ({ timeoutMs: 60_000, what: `the check ${what}` })
  const rhythm = { interval: '250ms', rise: 1, fall: 1 }
  const { get } = await create('checked', { backends, healthCheck: { ...rhythm, path: '/one', host: 'one.example' } })
  await waitFor(isAsked('/one', 'one.example'), asked('/one'))
  await replace('checked', { backends, healthCheck: { ...rhythm, path: "/it's;two", host: 'two.example' } })
  await waitFor(isAsked("/it's;two", 'two.example'), asked('/two'))
  // Without a host of its own the server is asked for as a client would.
  await replace('checked', { backends, healthCheck: { ...rhythm, path: '/three' } })
  await waitFor(isAsked('/three', slow.target), asked('/three'))
  slow.checks.length = 0
  await waitFor(async () => slow.checks.length >= 3, asked('again'))
  expect(new Set(slow.checks.map(({ path, host }) => `${host}${path}`))).toEqual(new Set([`${slow.target}/three`]))
  expect((await get()).status).toBe(200)
  await replace('checked', { backends, healthCheck: { ...rhythm, path: '/bad' } })
  await waitFor(async () => (await get()).status === 503, asked('to fail'))
})

test('a server timeout is in force, and changes', async () => {
  slow.afterMs = 800
  const settings = (server: string) => ({ backends: [{ target: slow.target }], timeouts: { server } })
  const { get } = await create('timed', settings('200ms'))
  expect((await get()).status).toBe(504)
  await replace('timed', settings('10s'))
  expect((await get()).status).toBe(200)
  await replace('timed', settings('300ms'))
  expect((await get()).status).toBe(504)
})

test('a rate limit is in force for itself alone, and changes', async () => {
  const limit = (requests: number, more: object = {}) => ({ rateLimit: { requests, window: '60s', ...more } })
  const one = await create('limited', limit(2))
  const two = await create('limited-too', limit(1))
  expect(await statusesOf(one.get, 3)).toEqual([200, 200, 429])
  expect(await statusesOf(two.get, 2)).toEqual([200, 429])
  expect((await one.get()).headers['retry-after']).toBe('60')
  await replace('limited', limit(4))
  expect(await statusesOf(one.get, 3)).toEqual([200, 200, 429])
  await replace('limited', limit(1, { key: 'header:X-Key', window: '10s' }))
  const as = (key: string) => () => one.get({ headers: { 'x-key': key } })
  expect([await statusesOf(as('ann'), 2), await statusesOf(as('bob'), 2)]).toEqual([
    [200, 429],
    [200, 429],
  ])
  await replace('limited', {})
  expect(await statusesOf(one.get, 6)).toEqual(Array(6).fill(200))
})

test('a client above its limit is held back where that is asked for', async () => {
  const limit = (action: string) => ({ rateLimit: { requests: 1, window: '60s', action } })
  const { get } = await create('held', limit('deny'))
  const timed = async () => {
    const began = performance.now()
    return { status: (await get()).status, ms: performance.now() - began }
  }
  expect(await timed()).toMatchObject({ status: 200 })
  expect((await timed()).ms).toBeLessThan(3000)
  await replace('held', limit('tarpit'))
  const last = await timed()
  expect(last.status).toBe(429)
  expect(last.ms).toBeGreaterThan(3000)
})

test('a sticky cookie keeps each client on its server, under the name it has now', async () => {
  const backends = [{ target: a!.target }, { target: b!.target }]
  const { get } = await create('sticky', { backends, sticky: { mode: 'cookie', cookieName: 'WHERE' } })
  const cookieOf = (answer: Awaited<ReturnType<typeof ask>>) =>
    String(answer.headers['set-cookie'] ?? '').split(';')[0] ?? ''
  const expectToStay = async (name: string) => {
    const first = await get()
    const cookie = cookieOf(first)
    expect(cookie).toMatch(new RegExp(`^${name}=[0-9a-f]{16}$`))
    for (let index = 0; index < 6; index++)
      expect((await get({ headers: { cookie: `x=1; ${cookie}; y=2` } })).headers['x-origin']).toBe(
        first.headers['x-origin'],
      )
    return cookie
  }
  await expectToStay('WHERE')
  await replace('sticky', { backends, sticky: { mode: 'cookie', cookieName: 'ELSE' } })
  const cookie = await expectToStay('ELSE')
  // What keeps the client is no business of the server's.
  const { body } = await get({ headers: { cookie: `x=1; ${cookie}; y=2` } })
  expect(body).not.toContain(cookie)
  await replace('sticky', { backends })
  expect(cookieOf(await get())).toBe('')
  const names = new Set<unknown>()
  for (let index = 0; index < 6; index++) names.add((await get({ headers: { cookie } })).headers['x-origin'])
  expect(names).toEqual(new Set(['a', 'b']))
  await replace('sticky', { backends, sticky: { mode: 'cookie', cookieName: 'WHERE' } })
  await expectToStay('WHERE')
})

test('a client that belongs to a server by its address stays there', async () => {
  const backends = [{ target: a!.target }, { target: b!.target }]
  const { get } = await create('by-source', { backends })
  const namesOf = async () => {
    const names = new Set<unknown>()
    for (let index = 0; index < 6; index++) names.add((await get()).headers['x-origin'])
    return names
  }
  expect((await namesOf()).size).toBe(2)
  await replace('by-source', { backends, sticky: { mode: 'source' } })
  expect((await namesOf()).size).toBe(1)
})

test('a daemon that is killed finds every pool where it stands', async () => {
  const { get } = await create('survivor', { rateLimit: { requests: 2, window: '60s' } })
  await replace('survivor', { rateLimit: { requests: 1, window: '60s' } })
  const reloads = await countReloads()
  await daemon.kill()
  daemon = await daemons.start({ stateDir: daemon.stateDir })
  expect(await countReloads()).toBe(reloads)
  expect(await statusesOf(get, 2)).toEqual([200, 429])
  await replace('survivor', { rateLimit: { requests: 3, window: '60s' } })
  expect(await statusesOf(get, 3)).toEqual([200, 200, 429])
})

test('what is deleted serves nothing more, and gives its place back', async () => {
  const counts = async () => {
    const { reserve } = (await daemon.ask('GET', '/v1/haproxy')).body
    const sum = (key: string) =>
      reserve.reduce((total: number, row: Record<string, number>) => total + (row[key] ?? 0), 0)
    return { free: sum('free'), used: sum('used'), leaving: sum('leaving') }
  }
  const isQuiet = { timeoutMs: 60_000, intervalMs: 200, what: 'nothing to be leaving' }
  await waitFor(async () => (await counts()).leaving === 0, isQuiet)
  const before = await counts()
  const { get, path } = await create('brief', {})
  expect(await counts()).toEqual({ free: before.free - 1, used: before.used + 1, leaving: 0 })
  await change('DELETE', path)
  expect((await get()).status).toBe(404)
  await waitFor(async () => (await counts()).leaving === 0, isQuiet)
  expect(await counts()).toEqual(before)
})

test('without a reserve the same needs a reload, and says why', async () => {
  const bare = await daemons.start({ flags: ['--reserve', '0'] })
  const at = await findFreePort()
  const spec = (name: string) => ({
    port: at,
    routes: [{ match: { host: `${name}.example` }, backends: [{ target: a!.target }] }],
  })
  const post = (name: string) => bare.ask('POST', '/v1/load-balancers', { name, spec: spec(name) })
  await post('one')
  const before = await countReloads(bare)
  const { body } = await post('two')
  expect(body.status.lastApply.because).toEqual([expect.stringContaining('no place left in reserve')])
  expect(await countReloads(bare)).toBe(before + 1)
  expect((await ask(at, { headers: { host: 'two.example' } })).headers['x-origin']).toBe('a')
})

test('servers that take long to answer a check go on serving while their pool moves to another place', async () => {
  const busy = await daemon.serve('busy', {
    backends: [{ target: a!.target }, { target: b!.target }],
    healthCheck: { path: '/health', interval: '5s', timeout: '4s' },
  })
  await waitFor(async () => (await ask(busy)).status === 200, { timeoutMs: 60_000, what: 'both to serve' })
  for (const origin of [a, b]) origin!.healthAfterMs = 1500
  const prober = new Prober(busy).start({ keepAlive: 4, fresh: 1, thinkMs: 5 })
  for (const algorithm of ['leastconn', 'random', 'roundrobin'])
    await change('PATCH', '/v1/load-balancers/busy', { spec: { algorithm } })
  const seen = prober.seen.requests
  await waitFor(() => prober.seen.requests > seen + 100, { timeoutMs: 60_000, what: 'traffic to go on' })
  expect((await prober.stop()).failures).toEqual([])
})
