// Docker, HAProxy and the daemon go away and come back: traffic goes on, and what changed meanwhile is taken over.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { waitFor } from '../../src/io/deadline.ts'
import { type Daemon, findHaproxies } from './kit/daemon.ts'
import { DockerStand } from './kit/docker-stand.ts'

let stand: DockerStand
let daemon: Daemon
beforeAll(async () => {
  stand = await DockerStand.start({ light: true })
  daemon = await stand.follow()
  for (const name of ['web1', 'web2']) await stand.web(name, { publish: 80 })
  await stand.untilNames(80, ['web1', 'web2'])
})
afterAll(() => stand?.close())

const until = (what: string, condition: () => boolean | Promise<boolean>) =>
  waitFor(condition, { timeoutMs: 60_000, what })
const startLoad = () => stand.clients.load(80, { keepAlive: 20, fresh: 4, thinkMs: 400 }, { spread: true })

test('dockerd stops and starts: no request fails, and what happened meanwhile is taken over', async () => {
  const load = await startLoad()
  await stand.docker.stopEngine()
  await until('the trouble to be told', () => daemon.messages.some((one) => /what Docker said last/.test(one)))
  const { requests } = await load.seen()
  await until('traffic', async () => (await load.seen()).requests > requests + 50)
  await stand.untilNames(80, ['web1', 'web2'])
  await stand.docker.startEngine()
  await until('the end of the trouble', () => daemon.messages.includes('Docker answers again'))
  await stand.web('web3', { publish: 80 })
  await stand.untilNames(80, ['web1', 'web2', 'web3'])
  expect((await load.stop()).failures).toEqual([])
  expect(daemon.messages.filter((one) => /what Docker said last/.test(one))).toHaveLength(1)
})

test('a container that ends while dockerd is away is left out by its checks, and gone when dockerd is back', async () => {
  const pid = Number(await stand.docker.docker('inspect', '--format', '{{.State.Pid}}', 'web3'))
  await stand.docker.stopEngine()
  const load = await startLoad()
  await stand.docker.killInside(pid)
  await stand.untilNames(80, ['web1', 'web2'])
  await stand.docker.startEngine()
  await stand.untilState(daemon, 'web3', 'out')
  expect((await load.stop()).failures).toEqual([])
})

test('HAProxy is killed and comes back', async () => {
  for (const pid of await findHaproxies(daemon.stateDir)) process.kill(pid, 'SIGKILL')
  await stand.untilNames(80, ['web1', 'web2'])
})

test('the daemon is killed and starts again while Docker is away: what ran goes on, then Docker is followed again', async () => {
  const load = await startLoad()
  await daemon.kill()
  const { requests } = await load.seen()
  await until('traffic', async () => (await load.seen()).requests > requests + 50)
  await stand.docker.stopEngine()
  daemon = await stand.begin({ stateDir: daemon.stateDir })
  await until('it to wait for Docker', () => daemon.messages.some((one) => /^waiting for Docker/.test(one)))
  const { requests: later } = await load.seen()
  await until('traffic', async () => (await load.seen()).requests > later + 50)
  await stand.untilNames(80, ['web1', 'web2'])
  await stand.docker.startEngine()
  await daemon.ready()
  expect(daemon.messages.filter((one) => one.startsWith('reload because'))).toEqual([])
  await stand.docker.docker('rm', '--force', 'web2')
  await stand.untilNames(80, ['web1'])
  expect((await load.stop()).failures).toEqual([])
})

test('daemon and HAProxy are killed while Docker is away: what served last serves again, and then Docker is followed', async () => {
  await stand.docker.docker('start', 'web3')
  await stand.untilNames(80, ['web1', 'web3'])
  await stand.docker.stopEngine()
  await daemon.kill()
  for (const pid of await findHaproxies(daemon.stateDir)) process.kill(pid, 'SIGKILL')
  await until('nobody to answer', async () => (await stand.ask(80)).error === 'ECONNREFUSED')
  daemon = await stand.begin({ stateDir: daemon.stateDir })
  await stand.untilNames(80, ['web1', 'web3'])
  await until('it to be told', () => daemon.messages.some((one) => one.startsWith('HAProxy did not run')))
  const load = await startLoad()
  await stand.docker.startEngine()
  await daemon.ready()
  await stand.docker.docker('rm', '--force', 'web1')
  await stand.untilNames(80, ['web3'])
  expect(daemon.messages.filter((one) => one.startsWith('HAProxy did not run'))).toHaveLength(1)
  expect((await load.stop()).failures).toEqual([])
  expect(daemon.messages.filter((one) => one.startsWith('reload because'))).toEqual([])
})
