// A real Docker engine followed: every step of a container's life is seen as it is, and the engine's own absence too.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { waitFor } from '../../src/io/deadline.ts'
import { DockerClient } from '../../src/sources/docker/docker-client.ts'
import { Watching } from '../sources/docker/watching.ts'
import { TestDocker } from './kit/docker.ts'

let docker: TestDocker
beforeAll(async () => {
  docker = await TestDocker.start()
})
afterAll(() => docker?.close())

async function watch(resyncMs?: number): Promise<Watching> {
  const watching = new Watching(new DockerClient({ kind: 'unix', path: docker.socket }), resyncMs)
  await watching.until('a first word', ({ views }) => views.length > 0)
  return watching
}

test('start, pause, rename, networks, restart, stop and removal are seen as they happen', async () => {
  const watching = await watch()
  const id = await docker.run(
    'life',
    '--label',
    'lb.enable=Y',
    '--label',
    'lb.publish=80',
    '--env',
    'KONTENA_LB_MODE=tcp',
  )
  const is = (what: string, wanted: object) =>
    watching.until(what, () => expect.objectContaining(wanted).asymmetricMatch(watching.find('life')))
  await is('it to run', { id, state: 'running', health: 'none', exposedPorts: [80], image: 'fairlead-test-web' })
  const life = watching.find('life')
  expect(life).toMatchObject({
    labels: { 'lb.enable': 'Y', 'lb.publish': '80' },
    networkMode: 'default',
    stopping: false,
  })
  expect(life?.environment).toEqual({ KONTENA_LB_MODE: 'tcp' })
  expect(life?.networks).toEqual([expect.objectContaining({ name: 'bridge', ipv4: expect.stringMatching(/^172\./) })])
  await docker.docker('pause', 'life')
  await is('the pause', { state: 'paused' })
  await docker.docker('unpause', 'life')
  await is('the end of the pause', { state: 'running' })
  await docker.docker('network', 'create', 'second')
  await docker.docker('network', 'connect', 'second', 'life')
  await watching.until('the second network', () => watching.find('life')?.networks[1]?.ipv4 != null)
  const second = watching.find('life')?.networks[1]
  expect(watching.views.at(-1)?.networks?.find(({ name }) => name === 'second')).toMatchObject({
    id: second?.id,
    driver: 'bridge',
  })
  await docker.docker('network', 'disconnect', 'second', 'life')
  await watching.until('one network', () => watching.find('life')?.networks.length === 1)
  await docker.docker('rename', 'life', 'renamed')
  await watching.until('the new name', () => watching.find('renamed')?.id === id && !watching.find('life'))
  await docker.docker('rename', 'renamed', 'life')
  await docker.docker('restart', 'life')
  await is('it to run again', { state: 'running', stopping: false })
  await docker.docker('kill', 'life')
  await is('the kill', { state: 'exited', stopping: false })
  await docker.docker('rm', 'life')
  await watching.until('the removal', () => watching.find('life') === undefined)
  expect(watching.told).toEqual([])
  expect(watching.remarks).toEqual([])
})

test('a stop is seen while the program still answers; another signal is none', async () => {
  await docker.run('stopper', '--env', 'STOP_MS=1500')
  const watching = await watch()
  await docker.docker('kill', '--signal', 'HUP', 'stopper')
  const stopped = docker.docker('stop', 'stopper')
  await watching.until('the stop', () => watching.find('stopper')?.stopping)
  expect(watching.find('stopper')).toMatchObject({ state: 'running', networks: [{ ipv4: expect.any(String) }] })
  expect(await docker.docker('inspect', '--format', '{{.State.Status}}', 'stopper')).toBe('running')
  await stopped
  await watching.until('the end', () => watching.find('stopper')?.state === 'exited')
  const stopping = watching.views.map(({ containers }) => containers.find(({ name }) => name === 'stopper')?.stopping)
  expect(stopping.indexOf(true)).toBeGreaterThan(0)
  expect(watching.find('stopper')?.stopping).toBe(false)
  await docker.docker('rm', 'stopper')
})

test('a stop that began before anybody listened is known of', async () => {
  await docker.run('leaver', '--env', 'STOP_MS=2500')
  const other = await watch()
  const stopped = docker.docker('stop', 'leaver')
  await other.until('the stop', () => other.find('leaver')?.stopping)
  const late = await watch()
  expect(late.find('leaver')).toMatchObject({ state: 'running', stopping: true })
  await stopped
  await docker.docker('rm', 'leaver')
})

test('a program that takes SIGTERM for something else comes back', async () => {
  await docker.run('stayer', '--env', 'IGNORE_STOP=1', '--stop-timeout', '0')
  const watching = await watch()
  await docker.docker('kill', '--signal', 'TERM', 'stayer')
  await watching.until('the stop', () => watching.find('stayer')?.stopping)
  await watching.until('it to be back', () => watching.find('stayer')?.stopping === false, 15_000)
  expect(watching.find('stayer')?.state).toBe('running')
  await docker.docker('rm', '--force', 'stayer')
})

test('HEALTHCHECK: starting, healthy, unhealthy, healthy again', async () => {
  const watching = await watch()
  await docker.runChecked('checked')
  for (const health of ['healthy', 'unhealthy', 'healthy'] as const) {
    await docker.setHealth('checked', health)
    await watching.until(health, () => watching.find('checked')?.health === health, 20_000)
  }
  const seen = watching.views.map(({ containers }) => containers.find(({ name }) => name === 'checked')?.health)
  const changes = seen.filter((health, index) => health !== undefined && health !== seen[index - 1])
  expect(changes.filter((health) => health !== 'none')).toEqual(['starting', 'healthy', 'unhealthy', 'healthy'])
  await docker.docker('rm', '--force', 'checked')
})

test('host mode, no network, and a network of another container', async () => {
  const watching = await watch()
  const id = await docker.run('hosted', '--network', 'host', '--env', 'PORT=8181')
  await docker.run('alone', '--network', 'none')
  const lender = await docker.run('lender', '--publish', '127.0.0.1:8282:80')
  await docker.run('borrower', '--network', 'container:lender', '--env', 'PORT=81')
  await watching.until('all four', () => watching.find('borrower')?.state === 'running')
  expect(watching.find('hosted')).toMatchObject({ id, networkMode: 'host', networks: [{ name: 'host', ipv4: null }] })
  expect(watching.find('alone')).toMatchObject({ networkMode: 'none' })
  expect(watching.find('alone')?.networks.filter(({ ipv4 }) => ipv4 !== null)).toEqual([])
  expect(watching.find('borrower')).toMatchObject({ networkMode: `container:${lender}`, networks: [] })
  expect(watching.find('lender')?.publishedPorts).toEqual([
    { containerPort: 80, protocol: 'tcp', hostAddress: '127.0.0.1', hostPort: 8282 },
  ])
  await docker.docker('rm', '--force', 'hosted', 'alone', 'borrower', 'lender')
})

test('a resync of an engine at rest says nothing new', async () => {
  await docker.run('calm', '--publish', '8383:80')
  await docker.runChecked('calm-checked')
  await docker.docker('stop', '--time', '1', await docker.run('calm-stopped', '--publish', '8384:80'))
  const watching = await watch(100)
  await watching.until('health', () => watching.find('calm-checked')?.health === 'healthy', 20_000)
  const asked: string[] = []
  const client = new DockerClient({ kind: 'unix', path: docker.socket })
  const get = client.get.bind(client)
  client.get = (path, signal) => {
    asked.push(path)
    return get(path, signal)
  }
  const counted = new Watching(client, 100)
  const count = (pattern: RegExp) => asked.filter((path) => pattern.test(path)).length
  const resyncs = () => count(/^\/containers\/json/)
  // The first look is followed by those at what events of the last seconds tell again.
  await waitFor(() => resyncs() > 2, { timeoutMs: 60_000, what: 'the first resyncs' })
  const [before, looks] = [resyncs(), count(/\w{64}\/json/)]
  await waitFor(() => resyncs() > before + 10, { timeoutMs: 60_000, what: 'ten resyncs' })
  expect(count(/\w{64}\/json/)).toBe(looks)
  expect(counted.views.length).toBe(1)
  await docker.docker('rm', '--force', 'calm', 'calm-checked', 'calm-stopped')
})

test('while dockerd is away its last word holds; what changed meanwhile appears when it is back', async () => {
  const id = await docker.run('stays')
  const gone = await docker.run('goes')
  const watching = await watch()
  const pid = Number(await docker.docker('inspect', '--format', '{{.State.Pid}}', gone))
  await docker.stopEngine()
  await waitFor(() => watching.told.length > 0, { timeoutMs: 60_000, what: 'the trouble' })
  const views = watching.views.length
  await docker.killInside(pid)
  expect(watching.views.length).toBe(views)
  expect(watching.find('goes')?.state).toBe('running')
  await docker.startEngine()
  await watching.until('the end of one', () => watching.find('goes')?.state === 'exited', 30_000)
  expect(watching.find('stays')).toMatchObject({ id, state: 'running' })
  expect(watching.told).toEqual([expect.stringMatching(/what Docker said last goes on to hold$/), null])
  await docker.run('new')
  await watching.until('a new one', () => watching.find('new')?.state === 'running')
  await docker.docker('rm', '--force', 'stays', 'goes', 'new')
})
