// Containers that are stopped, killed and started again under load, with everything at its default: no client notices.
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { waitFor } from '../../src/io/deadline.ts'
import type { Daemon } from './kit/daemon.ts'
import { DockerStand, toLabels } from './kit/docker-stand.ts'

let stand: DockerStand
let daemon: Daemon
beforeAll(async () => {
  stand = await DockerStand.start()
  daemon = await stand.follow()
})
afterAll(() => stand?.close())
afterEach(() => stand.docker.docker('rm', '--force', 'web1', 'web2', 'new1', 'new2'))

/** 50 requests a second, half of them on connections that stay. */
const EVEN = { keepAlive: 25, fresh: 5, thinkMs: 1000 }
/** Some requests are under way at any moment. */
const DENSE = { keepAlive: 60, fresh: 10, thinkMs: 250 }

/** Two containers under load while something happens to one; nobody waits for longer than a connection may take to fail. */
async function disturb(
  port: number,
  load: typeof EVEN,
  path: string,
  act: () => Promise<unknown>,
  ...options: string[]
) {
  for (const name of ['web1', 'web2']) await stand.web(name, { publish: port }, '--stop-timeout', '5', ...options)
  await stand.untilNames(port, ['web1', 'web2'])
  const running = await stand.clients.load(port, load, { spread: true, patienceMs: 4000, path })
  const requests = async (more: number) => {
    const { requests: before } = await running.seen()
    await waitFor(async () => (await running.seen()).requests > before + more, { timeoutMs: 60_000, what: 'traffic' })
  }
  await requests(60)
  await act()
  await requests(100)
  const seen = await running.stop()
  expect(seen.requests).toBeGreaterThan(160)
  return seen
}

test('docker stop of a program that answers on for a while', async () => {
  const seen = await disturb(81, EVEN, '/', () => stand.docker.docker('stop', 'web1'), '--env', 'STOP_MS=3000')
  expect(seen.failures).toEqual([])
})

test('docker stop of a program that ends at once', async () => {
  const seen = await disturb(82, EVEN, '/', () => stand.docker.docker('stop', 'web1'))
  expect(seen.failures).toEqual([])
})

test('docker kill, over and over, with requests under way: those are asked of the other one', async () => {
  const killAndStart = async () => {
    for (let round = 0; round < 3; round++) {
      await stand.docker.docker('kill', 'web1')
      await stand.untilNames(83, ['web2'])
      await stand.docker.docker('start', 'web1')
      // Clients of web2 stay there, so that web1 gets all that are new for a while.
      const isBack = async () => (await stand.names(83)).includes('web1')
      await waitFor(isBack, { timeoutMs: 60_000, what: 'web1 to answer again' })
    }
  }
  const seen = await disturb(83, DENSE, '/slow?ms=100', killAndStart)
  expect(seen.failures).toEqual([])
})

test('a container that is killed while nobody watches: another one is asked before clients notice', async () => {
  const killUnseen = async () => {
    daemon.process.kill('SIGSTOP')
    await stand.docker.docker('kill', 'web1')
    await stand.untilNames(87, ['web2'])
  }
  const seen = await disturb(87, EVEN, '/', killUnseen).finally(() => daemon.process.kill('SIGCONT'))
  expect(seen.failures).toEqual([])
})

test('docker restart of a program that needs a while to listen: it gets no request before', async () => {
  const restart = async () => {
    await stand.docker.docker('restart', 'web1')
    await stand.untilNames(84, ['web1', 'web2'])
  }
  const seen = await disturb(84, EVEN, '/', restart, '--env', 'START_DELAY_MS=1500')
  expect(seen.failures).toEqual([])
})

/** Makes two more on a port, which begin to listen so long after their start. */
async function makeNew(port: number, delayMs: number): Promise<void> {
  for (const name of ['new1', 'new2']) {
    const env = ['--env', `NAME=${name}`, '--env', `START_DELAY_MS=${delayMs}`]
    await stand.docker.docker('create', '--name', name, ...toLabels({ publish: port }), ...env, 'fairlead-test-web')
  }
}

test('two are told to stop at the moment two others are started: the old ones answer until one of those can', async () => {
  await makeNew(85, 300)
  const replace = async () => {
    await Promise.all([stand.docker.docker('stop', 'web1', 'web2'), stand.docker.docker('start', 'new1', 'new2')])
    await stand.untilNames(85, ['new1', 'new2'])
  }
  const seen = await disturb(85, EVEN, '/', replace, '--env', 'STOP_MS=3000')
  expect(seen.failures).toEqual([])
})

test('two are told to stop and end before those that were started listen: requests wait for these', async () => {
  await makeNew(86, 1500)
  const replace = async () => {
    await stand.docker.docker('start', 'new1', 'new2')
    await stand.docker.docker('stop', 'web1', 'web2')
    await stand.untilNames(86, ['new1', 'new2'])
  }
  const seen = await disturb(86, EVEN, '/', replace, '--env', 'STOP_MS=500')
  expect(seen.failures).toEqual([])
})
