// Servers and routes that come and go in the running process: no reload, nobody is sent to a server that is not well.
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { waitFor } from '../../src/io/deadline.ts'
import { request } from '../../src/io/line-socket.ts'
import { type Daemon, Daemons } from './kit/daemon.ts'
import { findFreePort } from './kit/free-port.ts'
import { startOrigins } from './kit/origin.ts'
import { ask } from './kit/prober.ts'

const daemons = new Daemons()
const [a, b, c] = await startOrigins('a', 'b', 'c')
let daemon: Daemon

beforeAll(async () => {
  daemon = await daemons.start()
})
afterAll(async () => {
  await daemons.close()
  for (const origin of [a, b, c]) origin?.close()
})

async function create(spec: object): Promise<{ port: number; path: string; pool: string }> {
  const port = await findFreePort()
  const answer = await daemon.ask('POST', '/v1/load-balancers', { name: `lb-${port}`, spec: { port, ...spec } })
  expect(answer.status, JSON.stringify(answer.body)).toBe(201)
  return { port, path: `/v1/load-balancers/lb-${port}`, pool: `be_lb-${port}.main` }
}

/** Makes a change that must need no reload. */
async function change(method: string, path: string, body?: unknown): Promise<void> {
  const answer = await daemon.ask(method, path, body)
  expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300)
  expect((answer.body.lastApply ?? answer.body.status.lastApply).because).toEqual([])
}

const type = (command: string) => request(join(daemon.stateDir, 'run/worker.sock'), command, { timeoutMs: 5000 })
const serversOf = async (pool: string) =>
  [...(await type(`show servers state ${pool}`)).matchAll(/^\d+ be_\S+ \d+ (\S+)/gm)].map(([, name]) => name)

async function answersOf(port: number, count = 12): Promise<Set<unknown>> {
  const names = new Set<unknown>()
  for (let index = 0; index < count; index++) {
    const answer = await ask(port)
    names.add(answer.headers['x-origin'] ?? answer.status)
  }
  return names
}

test.each(['roundrobin', 'leastconn', 'random', 'source'])(
  '%s: a server comes, goes, and comes again',
  async (algorithm) => {
    const { port, path, pool } = await create({
      algorithm,
      backends: [{ target: a!.target }],
      healthCheck: { path: '/health', interval: '1s' },
    })
    await change('POST', `${path}/backends`, { target: b!.target })
    await change('DELETE', `${path}/backends/${a!.target}`)
    expect(await answersOf(port)).toEqual(new Set(['b']))
    await change('POST', `${path}/backends`, { target: a!.target })
    await change('DELETE', `${path}/backends/${b!.target}`)
    await waitFor(async () => (await serversOf(pool)).length === 1, {
      timeoutMs: 60_000,
      intervalMs: 200,
      what: 'b to be forgotten',
    })
    expect(await serversOf(pool)).toEqual([a!.target])
    expect(await answersOf(port)).toEqual(new Set(['a']))
  },
)

test('a server that is not well takes nothing, and comes in with its first good check', async () => {
  const { port, path } = await create({
    backends: [{ target: a!.target }],
    healthCheck: { path: '/health', interval: '500ms', rise: 3 },
  })
  b!.healthy = false
  b!.hits = 0
  await change('POST', `${path}/backends`, { target: b!.target })
  await change('POST', `${path}/backends`, { target: '127.0.0.1:1' })
  expect(await answersOf(port, 30)).toEqual(new Set(['a']))
  expect(b!.hits).toBe(0)
  b!.healthy = true
  await waitFor(async () => (await answersOf(port, 4)).has('b'), { timeoutMs: 60_000, what: 'b to come in' })
})

test('an added server has its cookie, and nobody else loses theirs', async () => {
  const { port, path } = await create({ backends: [{ target: a!.target }], sticky: { mode: 'cookie' } })
  const ofA = String((await ask(port)).headers['set-cookie']).split(';')[0] ?? ''
  await change('POST', `${path}/backends`, { target: b!.target })
  const cookies = new Map<unknown, string>([['a', ofA]])
  await waitFor(
    async () => {
      const answer = await ask(port)
      cookies.set(answer.headers['x-origin'], String(answer.headers['set-cookie']).split(';')[0] ?? '')
      return cookies.has('b')
    },
    { timeoutMs: 60_000, what: 'b to answer' },
  )
  for (const [name, cookie] of cookies) {
    expect(cookie).toMatch(/^SERVERID=[0-9a-f]{16}$/)
    for (let index = 0; index < 4; index++)
      expect((await ask(port, { headers: { cookie } })).headers['x-origin']).toBe(name)
  }
})

test('connections of a server, and routes to pools that exist, change without a reload', async () => {
  const pools = { one: { backends: [{ target: a!.target }] }, two: { backends: [{ target: b!.target }] } }
  const { port, path } = await create({ pools, routes: [{ match: { path: '/x' }, pool: 'one' }] })
  const nameAt = async (host: string, at: string) =>
    (await ask(port, { path: at, headers: { host } })).headers['x-origin']
  expect([await nameAt('h', '/x'), await nameAt('h', '/y')]).toEqual(['a', undefined])
  await change('PATCH', path, {
    spec: {
      routes: [
        { match: { path: '/x' }, pool: 'two' },
        { match: { host: '*.example.com', path: '/y' }, pool: 'one' },
      ],
    },
  })
  expect([
    await nameAt('h', '/x'),
    await nameAt('deep.er.example.com', '/y/z'),
    await nameAt('example.com', '/y'),
  ]).toEqual(['b', 'a', undefined])
  await change('PATCH', path, { spec: { routes: [] } })
  expect((await ask(port, { path: '/x' })).status).toBe(404)
  await change('PATCH', path, { spec: { pools: { one: { backends: [{ target: a!.target, maxConnections: 7 }] } } } })
  expect((await type(`show stat be_lb-${port}.pool.one 4 -1`)).split('\n')[1]?.split(',')[6]).toBe('7')
})

test('what somebody else changes in HAProxy is found, told and put right', async () => {
  const { port, pool } = await create({ backends: [{ target: a!.target }, { target: b!.target }] })
  await type(`set server ${pool}/${a!.target} weight 99`)
  await type(`set server ${pool}/${b!.target} state maint`)
  await waitFor(async () => (await answersOf(port)).has('b'), {
    timeoutMs: 60_000,
    intervalMs: 200,
    what: 'b to be put back',
  })
  expect(await type(`get weight ${pool}/${a!.target}`)).toContain('1 (initial')
  expect(daemon.messages).toContain('HAProxy differs from what was applied to it; putting it right')
  const isCounted = async () => /fairlead_drifts_total [1-9]/.test((await daemon.ask('GET', '/metrics')).body)
  await waitFor(isCounted, { timeoutMs: 60_000, what: 'the drift to be counted' })
})
