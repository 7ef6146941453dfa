// Crashes of the daemon, of HAProxy and of both: traffic goes on, and the same state comes back.
import { afterAll, expect, test } from 'vitest'
import { waitFor } from '../../src/io/deadline.ts'
import { Daemons, findHaproxies } from './kit/daemon.ts'
import { findFreePort } from './kit/free-port.ts'
import { startOrigins } from './kit/origin.ts'
import { ask, Prober } from './kit/prober.ts'

const daemons = new Daemons()
const origins = await startOrigins('a', 'b')
afterAll(async () => {
  await daemons.close()
  for (const origin of origins) origin.close()
})

const [a, b] = origins.map((origin) => origin.target) as [string, string]

async function startWithWeb() {
  const daemon = await daemons.start()
  const port = await findFreePort()
  const body = { name: 'web', spec: { port, backends: [{ target: a }, { target: b }] } }
  expect((await daemon.ask('POST', '/v1/load-balancers', body)).status).toBe(201)
  expect((await daemon.ask('PATCH', `/v1/load-balancers/web/backends/${a}`, { weight: 7 })).status).toBe(200)
  expect((await daemon.ask('PATCH', `/v1/load-balancers/web/backends/${b}`, { state: 'drain' })).status).toBe(200)
  return { daemon, port }
}

test('kill -9 of the daemon: traffic goes on, and its restart adopts the same HAProxy without a reload', async () => {
  const { daemon, port } = await startWithWeb()
  const pid = await daemon.haproxyPid()
  const prober = new Prober(port).start({ keepAlive: 20, fresh: 2, thinkMs: 20 })
  await waitFor(() => prober.seen.requests > 100, { timeoutMs: 60_000, what: 'traffic' })
  await daemon.kill()
  const before = prober.seen.requests
  await waitFor(() => prober.seen.requests > before + 200, { timeoutMs: 60_000, what: 'traffic without a daemon' })
  const again = await daemons.start({ stateDir: daemon.stateDir, api: daemon.api })
  expect(await again.haproxyPid()).toBe(pid)
  const node = (await again.ask('GET', '/v1/nodes')).body.items[0]
  const status = (await again.ask('GET', '/v1/load-balancers/web')).body.status
  const seen = await prober.stop()
  expect(seen.failures).toEqual([])
  expect(again.messages.filter((line) => line.startsWith('reload'))).toEqual([])
  expect(node.haproxy.workers).toBe(1)
  expect(status.state).toBe('Running')
  expect(
    status.backends.map((backend: { target: string; weight: number; health: string }) => [
      backend.target,
      backend.weight,
      backend.health,
    ]),
  ).toEqual([
    [a, 7, 'up'],
    [b, 1, 'drain'],
  ])
})

test('kill -9 of HAProxy: serving again with the configuration it had', async () => {
  const { daemon, port } = await startWithWeb()
  const pid = await daemon.haproxyPid()
  for (const each of await findHaproxies(daemon.stateDir)) process.kill(each, 'SIGKILL')
  await waitFor(async () => (await ask(port)).status === 200, {
    timeoutMs: 60_000,
    intervalMs: 10,
    what: 'HAProxy to serve again',
  })
  await waitFor(async () => (await daemon.haproxyPid()) !== null, { timeoutMs: 60_000, what: 'the new HAProxy' })
  expect(await daemon.haproxyPid()).not.toBe(pid)
  origins[1]!.hits = 0
  for (let index = 0; index < 10; index++) expect((await ask(port)).status).toBe(200)
  expect(origins[1]!.hits, 'b is still drained').toBe(0)
  expect((await daemon.ask('GET', '/v1/load-balancers/web')).body.status.backends[0].weight).toBe(7)
})

test('kill -9 of the HAProxy worker alone: serving again', async () => {
  const { daemon, port } = await startWithWeb()
  const master = await daemon.haproxyPid()
  for (const each of await findHaproxies(daemon.stateDir)) if (each !== master) process.kill(each, 'SIGKILL')
  await waitFor(async () => (await ask(port)).status === 200, {
    timeoutMs: 60_000,
    intervalMs: 10,
    what: 'HAProxy to serve again',
  })
})

test('kill -9 of both, then a start: the same state', async () => {
  const { daemon, port } = await startWithWeb()
  await daemon.kill()
  for (const each of await findHaproxies(daemon.stateDir)) process.kill(each, 'SIGKILL')
  await waitFor(async () => (await ask(port)).error === 'ECONNREFUSED', {
    timeoutMs: 60_000,
    what: 'HAProxy to be gone',
  })
  const again = await daemons.start({ stateDir: daemon.stateDir, api: daemon.api })
  expect((await ask(port)).status).toBe(200)
  const { version, status } = (await again.ask('GET', '/v1/load-balancers/web')).body
  expect(version).toBe(3)
  expect(status.appliedVersion).toBe(3)
})

test('a stop that is asked for ends HAProxy too and leaves no process', async () => {
  const { daemon, port } = await startWithWeb()
  await daemon.stop()
  expect(await findHaproxies(daemon.stateDir)).toEqual([])
  expect((await ask(port)).error).toBe('ECONNREFUSED')
})

test('fairlead down stops the daemon and HAProxy', async () => {
  const { daemon } = await startWithWeb()
  await daemon.must('down')
  await waitFor(() => daemon.ended, { timeoutMs: 60_000, what: 'the daemon to end' })
  expect(await findHaproxies(daemon.stateDir)).toEqual([])
})
