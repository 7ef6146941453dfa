// What docker-loadbalancer's users have beside labels: its environment variables, and its services of a swarm.
import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { waitFor } from '../../src/io/deadline.ts'
import { request } from '../../src/io/line-socket.ts'
import { DockerStand } from './kit/docker-stand.ts'

let stand: DockerStand
beforeAll(async () => {
  stand = await DockerStand.start({ swarm: true })
})
afterAll(() => stand?.close())

test('LB_STATS_PORT, HAPROXY_PID_FILE and HAPROXY_SOCK_FILE; a container that wants the port of the page is set aside', async () => {
  const folder = await stand.daemons.folder()
  const [pidFile, socket] = [join(folder, 'haproxy.pid'), join(folder, 'haproxy.sock')]
  // The PID of somebody else, as a crash leaves it.
  await writeFile(pidFile, `${process.pid}\n`)
  const env = { LB_STATS_PORT: '1936', HAPROXY_PID_FILE: pidFile, HAPROXY_SOCK_FILE: socket }
  const daemon = await stand.follow({ env })
  const page = await stand.ask(1936)
  expect(page).toMatchObject({ status: 200, body: expect.stringContaining('Statistics Report') })
  expect(page.headers['refresh']).toBe('5')
  expect(page.body).not.toContain('version 2.')
  await stand.web('web1', { publish: 80 })
  await stand.web('greedy', { publish: 1936 })
  await stand.untilNames(80, ['web1'])
  const told = `port 1936 has HAProxy's statistics page (--stats-port); choose another port for one of them`
  await waitFor(() => daemon.messages.some((message) => message.endsWith(told)), {
    timeoutMs: 60_000,
    what: 'the conflict to be told',
  })
  expect((await stand.ask(1936)).body).toContain('docker-80')
  expect(Number(await readFile(pidFile, 'utf8'))).toBe(await daemon.haproxyPid())
  expect((await stat(socket)).mode & 0o777).toBe(0o600)
  expect(await request(socket, 'show info', { timeoutMs: 2000 })).toContain('Pid: ')
  // Level user: it may look and change nothing.
  expect(await request(socket, 'disable frontend stats', { timeoutMs: 2000 })).toMatch(/permission denied/i)
  await stand.docker.docker('rm', '--force', 'web1', 'greedy')
  await daemon.stop()
})

test('docker service create with container labels, as in the README', async () => {
  const daemon = await stand.follow()
  await stand.docker.docker('swarm', 'init', '--advertise-addr', '127.0.0.1')
  const labels = ['enable=Y', 'publish=803', 'target=80'].flatMap((one) => ['--container-label', `lb.${one}`])
  const service = ['service', 'create', '--detach', '--name', 'nginx', '--replicas', '3', ...labels]
  await stand.docker.docker(...service, 'fairlead-test-web')
  const isServed = async () => (await stand.names(803, 12)).filter((name) => /^[0-9a-f]{12}$/.test(name)).length === 3
  await waitFor(isServed, { timeoutMs: 60_000, what: 'three replicas to answer' })
  expect(JSON.parse(await daemon.must('lb', 'list', '-o', 'json')).map(({ name }: { name: string }) => name)).toEqual([
    'nginx',
  ])
  await stand.docker.docker('service', 'scale', '--detach', 'nginx=1')
  await waitFor(async () => (await stand.names(803, 12)).length === 1, { timeoutMs: 60_000, what: 'one replica' })
  await stand.docker.docker('service', 'rm', 'nginx')
  await stand.docker.docker('swarm', 'leave', '--force')
})
