// What a reload must not forget: who is down, who is limited, who belongs to which server.
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
  // HAProxy hands its tables over only once it has given up waiting for a worker before it.
  const flags = async () =>
    /flags=0x([0-9a-f]+) /.exec(
      await request(join(daemon.stateDir, 'run/worker.sock'), 'show peers', { timeoutMs: 5000 }),
    )?.[1]
  await waitFor(async () => (Number.parseInt((await flags()) ?? '0', 16) & 0x3) === 0x3, {
    timeoutMs: 60_000,
    intervalMs: 200,
    what: 'the peers section to be ready',
  })
})
afterAll(async () => {
  await daemons.close()
  for (const origin of [a, b, c]) origin?.close()
})

async function create(spec: object): Promise<number> {
  const port = await findFreePort()
  const answer = await daemon.ask('POST', '/v1/load-balancers', { name: `lb-${port}`, spec: { port, ...spec } })
  expect(answer.status, JSON.stringify(answer.body)).toBe(201)
  return port
}

/** Any change that needs a reload, at another load balancer. */
async function reload(): Promise<void> {
  const before = (await daemon.ask('GET', '/v1/nodes')).body.items[0].haproxy.reloads
  await create({ backends: [{ target: c!.target }] })
  expect((await daemon.ask('GET', '/v1/nodes')).body.items[0].haproxy.reloads).toBe(before + 1)
}

const statusesOf = async (port: number, count: number) => {
  const statuses: number[] = []
  for (let index = 0; index < count; index++) statuses.push((await ask(port)).status)
  return statuses
}

test('a rate limit goes on counting', async () => {
  const port = await create({ backends: [{ target: a!.target }], rateLimit: { requests: 5, window: '60s' } })
  expect(await statusesOf(port, 3)).toEqual([200, 200, 200])
  await reload()
  expect(await statusesOf(port, 4)).toEqual([200, 200, 429, 429])
})

test('a client that belongs to a server by its address stays there', async () => {
  const port = await create({ backends: [{ target: a!.target }, { target: b!.target }], sticky: { mode: 'source' } })
  const first = (await ask(port)).headers['x-origin']
  for (let round = 0; round < 3; round++) {
    await reload()
    for (let index = 0; index < 4; index++) expect((await ask(port)).headers['x-origin']).toBe(first)
  }
})

test('a cookie goes on naming the same server', async () => {
  const port = await create({ backends: [{ target: a!.target }, { target: b!.target }], sticky: { mode: 'cookie' } })
  const first = await ask(port)
  const cookie = String(first.headers['set-cookie']).split(';')[0] ?? ''
  await reload()
  for (let index = 0; index < 6; index++)
    expect((await ask(port, { headers: { cookie } })).headers['x-origin']).toBe(first.headers['x-origin'])
})

test('a server that is down takes no request before it is well again', async () => {
  const port = await create({
    backends: [{ target: a!.target }, { target: b!.target }],
    healthCheck: { path: '/health', interval: '500ms' },
  })
  b!.healthy = false
  const health = async () => (await daemon.ask('GET', `/v1/load-balancers/lb-${port}`)).body.status.backends[1].health
  await waitFor(async () => (await health()) === 'down', { timeoutMs: 60_000, what: 'b to be taken out' })
  b!.hits = 0
  await reload()
  expect(new Set(await statusesOf(port, 20))).toEqual(new Set([200]))
  expect(b!.hits).toBe(0)
  b!.healthy = true
  await waitFor(async () => (await health()) === 'up', { timeoutMs: 60_000, what: 'b to come back' })
})

test('a weight that was set at run time does not come back', async () => {
  const port = await create({ backends: [{ target: a!.target }, { target: b!.target }] })
  const path = `/v1/load-balancers/lb-${port}`
  await daemon.ask('PATCH', `${path}/backends/${a!.target}`, { weight: 60 })
  await daemon.ask('PATCH', `${path}/backends/${b!.target}`, { state: 'drain' })
  const answer = await daemon.ask('POST', `${path}/rollback`, { version: 1 })
  expect([answer.status, answer.body.error]).toEqual([200, undefined])
  await reload()
  const { body } = await daemon.ask('GET', path)
  expect([body.status.state, body.status.backends.map((backend: { weight: number }) => backend.weight)]).toEqual([
    'Running',
    [1, 1],
  ])
  const rows = await request(join(daemon.stateDir, 'run/worker.sock'), `show servers state be_lb-${port}.main`, {
    timeoutMs: 60_000,
  })
  expect([...rows.matchAll(/^\d+ be_\S+ \d+ \S+ \S+ \d+ \d+ (\d+)/gm)].map(([, weight]) => weight)).toEqual(['1', '1'])
})

test('a check that has moved to another port is made there, and no more where it was', async () => {
  const [d, e] = await startOrigins('d', 'e')
  const healthCheck = (port: number | null) => ({ path: '/health', interval: '300ms', rise: 1, fall: 1, port })
  // Raw lines take no place of the reserve: each change of the check is a reload.
  const spec = { backends: [{ target: a!.target }], customSettings: ['option abortonclose'] }
  const port = await create({ ...spec, healthCheck: healthCheck(d!.port) })
  const path = `/v1/load-balancers/lb-${port}`
  const healthOf = async () => (await daemon.ask('GET', path)).body.status.backends[0].health
  const isHealth = (health: string) =>
    waitFor(async () => (await healthOf()) === health, { timeoutMs: 60_000, what: `the server to be ${health}` })
  await isHealth('up')
  const moved = await daemon.ask('PATCH', path, { spec: { healthCheck: healthCheck(e!.port) } })
  expect([moved.status, moved.body.status.lastApply.reload]).toEqual([200, true])
  d!.healthy = false
  e!.healthy = false
  await isHealth('down')
  e!.healthy = true
  await isHealth('up')
  e!.healthy = false
  await isHealth('down')
  expect((await daemon.ask('PATCH', path, { spec: { healthCheck: healthCheck(null) } })).status).toBe(200)
  await isHealth('up')
  for (const origin of [d, e]) origin?.close()
})

test('a server that was down by a check serves once there is no check any more', async () => {
  const [d] = await startOrigins('d')
  d!.healthy = false
  const healthCheck = { path: '/health', interval: '300ms', rise: 1, fall: 1 }
  const spec = { backends: [{ target: d!.target }], customSettings: ['option abortonclose'] }
  const port = await create({ ...spec, healthCheck })
  const isDown = async () => (await ask(port)).status === 503
  await waitFor(isDown, { timeoutMs: 60_000, intervalMs: 100, what: 'the server to be down' })
  const path = `/v1/load-balancers/lb-${port}`
  const unchecked = await daemon.ask('PUT', path, { spec: { port, ...spec, healthCheck: { type: 'none' } } })
  expect([unchecked.status, unchecked.body.status.lastApply.reload]).toEqual([200, true])
  expect((await ask(port)).headers['x-origin']).toBe('d')
  d!.close()
})
