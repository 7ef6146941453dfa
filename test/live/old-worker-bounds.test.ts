// Workers of earlier configurations: shown with the reason why they live, ended in time, and never too many.
import { Agent, request } from 'node:http'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { HaproxyStatus } from '../../src/api/wire.ts'
import { waitFor } from '../../src/io/deadline.ts'
import { type Daemon, Daemons } from './kit/daemon.ts'
import { findFreePort } from './kit/free-port.ts'
import { Origin } from './kit/origin.ts'
import { ask } from './kit/prober.ts'
import { EchoServer, Tunnel } from './kit/tunnels.ts'

const daemons = new Daemons()
let server: EchoServer
let open: { close(): void }[] = []
beforeEach(async () => {
  server = await new EchoServer().listen()
  open = [server]
})
afterEach(async () => {
  for (const one of open) one.close()
  await daemons.close()
})

async function create(daemon: Daemon, name: string, spec: object): Promise<number> {
  const port = await findFreePort()
  const answer = await daemon.ask('POST', '/v1/load-balancers', { name, spec: { port, ...spec } })
  expect(answer.status, JSON.stringify(answer.body)).toBe(201)
  return port
}

/** A new port makes it a reload. */
async function reload(daemon: Daemon, round: number): Promise<void> {
  const spec = { port: await findFreePort(), backends: [{ target: server.httpTarget }], healthCheck: { type: 'none' } }
  const { body } = await daemon.ask('POST', '/v1/load-balancers', { name: `extra-${round}`, spec })
  expect(body.status.lastApply.reload, JSON.stringify(body)).toBe(true)
}

async function readHaproxy(daemon: Daemon): Promise<HaproxyStatus> {
  return (await daemon.ask('GET', '/v1/haproxy')).body
}

function keep<T extends { close(): void }>(one: T): T {
  open.push(one)
  return one
}

test('a WebSocket and a TCP connection stay over reloads, are told of, and end at the deadline of their first', async () => {
  const daemon = await daemons.start({ flags: ['--old-worker-deadline', '6s'] })
  const web = await create(daemon, 'web', { backends: [{ target: server.httpTarget }], healthCheck: { type: 'none' } })
  const db = await create(daemon, 'db', { type: 'tcp', backends: [{ target: server.tcpTarget }] })
  const tunnels = [keep(await Tunnel.webSocket(web)), keep(await Tunnel.tcp(db))]
  const before = await readHaproxy(daemon)
  expect(before).toMatchObject({ oldWorkerLimit: 10, connections: { current: 2 } })
  const beforeMs = Date.now()
  await reload(daemon, 1)
  const retiredMs = Date.now()
  const { oldWorkers, reloads, ...now } = await readHaproxy(daemon)
  const [old] = oldWorkers
  expect(old).toMatchObject({
    ...{ pid: before.workerPid, generation: before.generation },
    connections: { total: 2, tunnels: 1, tcp: 1, requests: 0, idle: 0, isPartial: false },
    why: expect.stringMatching(/^1 WebSocket or other tunnel, 1 TCP connection; ends at the latest in [1-6] s$/),
  })
  expect(now.workerPid).not.toBe(before.workerPid)
  expect(reloads).toMatchObject({ done: before.reloads.done + 1, failed: 0, reasons: { start: 1 } })
  expect(reloads.reasons['listener-added']).toBe((before.reloads.reasons['listener-added'] ?? 0) + 1)
  const page = await daemon.must('haproxy', 'status')
  expect(page).toContain(`  ${old?.pid}  1 WebSocket or other tunnel, 1 TCP connection; ends at the latest in`)
  const metrics = (await daemon.ask('GET', '/metrics')).body
  expect(metrics).toContain('\nfairlead_old_workers 1\n')
  expect(metrics).toContain('\nfairlead_old_worker_connections 2\n')
  await reload(daemon, 2)
  for (const tunnel of tunnels) await tunnel.echo('still here')
  await waitFor(() => tunnels.every(({ closedAtMs }) => closedAtMs !== null), {
    timeoutMs: 60_000,
    what: 'the deadline',
  })
  for (const { closedAtMs } of tunnels) {
    expect(closedAtMs).toBeGreaterThanOrEqual(beforeMs + 6000)
    expect(closedAtMs).toBeLessThan(retiredMs + 6000 + 3000)
  }
  const isGone = async () => (await readHaproxy(daemon)).oldWorkers.length === 0
  await waitFor(isGone, { timeoutMs: 60_000, what: 'the old worker to end' })
})

test('no more old workers than allowed: the oldest ends, a request on it is answered first, a newer one stays', async () => {
  const daemon = await daemons.start({ flags: ['--old-workers', '2', '--drain-timeout', '20s'] })
  const web = await create(daemon, 'web', { backends: [{ target: server.httpTarget }], healthCheck: { type: 'none' } })
  const slow = ask(web, { path: '/slow' })
  const tunnels = [keep(await Tunnel.webSocket(web))]
  for (let round = 1; round <= 2; round++) {
    await reload(daemon, round)
    tunnels.push(keep(await Tunnel.webSocket(web)))
  }
  await reload(daemon, 3)
  expect((await readHaproxy(daemon)).oldWorkers).toHaveLength(3)
  expect(tunnels.map(({ closedAtMs }) => closedAtMs)).toEqual([null, null, null])
  server.finishSlow()
  expect(await slow).toMatchObject({ status: 200, body: '.end' })
  const isBounded = async () => (await readHaproxy(daemon)).oldWorkers.length === 2
  await waitFor(isBounded, { timeoutMs: 60_000, what: 'the oldest worker to end' })
  await waitFor(() => tunnels[0]?.closedAtMs !== null, { timeoutMs: 60_000, what: 'its tunnel to close' })
  for (const tunnel of tunnels.slice(1)) await tunnel.echo('still here')
  expect(daemon.messages.find((text) => /^old HAProxy worker \d+ ended, as more than 2 lived/.test(text))).toMatch(
    /it had: 1 WebSocket or other tunnel$/,
  )
  expect((await ask(web)).body).toBe('hello')
})

test('quiet clients of an old worker meet no error when a server is removed without a reload and is gone', async () => {
  const daemon = await daemons.start()
  const origins = [keep(await new Origin('a').listen()), keep(await new Origin('b').listen())]
  const backends = [...origins.map(({ target }) => ({ target })), { target: server.httpTarget, weight: 0 }]
  const web = await create(daemon, 'web', { backends, healthCheck: { type: 'none' }, timeouts: { keepAlive: '60s' } })
  const db = await create(daemon, 'db', { type: 'tcp', backends: [{ target: server.tcpTarget }] })
  const tunnel = keep(await Tunnel.tcp(db))
  const agents = Array.from({ length: 8 }, () => new Agent({ keepAlive: true, maxSockets: 1 }))
  const names = await Promise.all(agents.map((agent) => fetchName(web, agent)))
  expect(new Set(names)).toEqual(new Set(['a', 'b']))
  await reload(daemon, 1)
  const [old] = (await readHaproxy(daemon)).oldWorkers
  expect(old?.why).toMatch(/^1 TCP connection, 8 idle keep-alive clients; ends at the latest in 60 min$/)
  const { body } = await daemon.ask('DELETE', `/v1/load-balancers/web/backends/${origins[1]?.target}`)
  expect(body.status.lastApply.reload, JSON.stringify(body)).toBe(false)
  origins[1]?.close()
  expect(await Promise.all(agents.map((agent) => fetchName(web, agent)))).toEqual(agents.map(() => 'a'))
  await tunnel.echo('still here')
  const after = (await readHaproxy(daemon)).oldWorkers
  expect(after).toMatchObject([{ pid: old?.pid, connections: { tcp: 1, idle: 0 } }])
  for (const agent of agents) agent.destroy()
})

/** The name of the server that answers a keep-alive client; else what went wrong. */
function fetchName(port: number, agent: Agent): Promise<string> {
  return new Promise((resolve) => {
    const sent = request({ port, host: '127.0.0.1', agent, timeout: 10_000 }, (answer) => {
      answer.resume()
      answer.on('end', () => resolve(String(answer.headers['x-origin'] ?? `status ${answer.statusCode}`)))
    })
    sent.on('timeout', () => sent.destroy(new Error('no answer')))
    sent.on('error', (error) => resolve(error.message))
    sent.end()
  })
}
