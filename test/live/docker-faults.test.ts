// What freezes or breaks docker-loadbalancer: each container that is wrong is set aside alone, and told why.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { waitFor } from '../../src/io/deadline.ts'
import type { Daemon } from './kit/daemon.ts'
import { DockerStand } from './kit/docker-stand.ts'

let stand: DockerStand
let daemon: Daemon
let served = 0
beforeAll(async () => {
  stand = await DockerStand.start()
  daemon = await stand.follow({ env: { CHECK_TIME: '1' } })
})
afterAll(() => stand?.close())

/** Somebody else's change is taken over, as if nothing were wrong. */
async function expectOthersGoOn(): Promise<void> {
  const name = `other-${++served}`
  await stand.web(name, { publish: 9000 + served })
  await stand.untilNames(9000 + served, [name])
}

const remove = (...names: string[]) => stand.docker.docker('rm', '--force', ...names)

test('a port that is none, a certificate that is none, an address that is none: only that container is left out', async () => {
  await stand.web('bad-port', { publish: 99999 })
  await stand.web('no-port', { publish: 'abc' })
  await stand.web('bad-pem', { publish: 4443, ssl: '/etc/hostname' })
  await stand.web('no-pem', { publish: 4444, ssl: '/no/such.pem' })
  await stand.web('bad-address', { publish: 4445, dst_addr: 'no.such.host.invalid' })
  expect(await stand.untilState(daemon, 'bad-port', 'out')).toContain('lb.publish: 99999 is too large')
  expect(await stand.untilState(daemon, 'no-port', 'out')).toContain('lb.publish: "abc"')
  expect(await stand.untilState(daemon, 'bad-pem', 'out')).toContain('/etc/hostname')
  expect(await stand.untilState(daemon, 'no-pem', 'out')).toContain('/no/such.pem')
  expect(await stand.untilState(daemon, 'bad-address', 'out')).toContain('lb.dst_addr')
  await expectOthersGoOn()
  await remove('bad-port', 'bad-pem', 'no-pem', 'bad-address')
})

test('what is wrong is said once, not at each look', async () => {
  // Each container that comes is a reason to look at all of them.
  for (let looks = 0; looks < 3; looks++) await expectOthersGoOn()
  expect(daemon.messages.filter((one) => one.includes('container no-port'))).toHaveLength(1)
  await remove('no-port')
})

test('a container on two networks is one server', async () => {
  await stand.docker.docker('network', 'create', 'second')
  await stand.web('double', { publish: 81 })
  await stand.docker.docker('network', 'connect', 'second', 'double')
  await stand.untilNames(81, ['double'])
  await expectOthersGoOn()
  expect(await stand.explain(daemon, 'double')).toMatchObject({ services: [{ state: 'serving', network: 'bridge' }] })
  const { body } = await daemon.ask('GET', '/v1/load-balancers/docker-81')
  expect(new Set(JSON.stringify(body).match(/"target":"172\.[^"]*"/g)).size).toBe(1)
})

test('one port with a certificate and without: who was there first has it', async () => {
  await stand.web('plain', { publish: 82 })
  await stand.untilNames(82, ['plain'])
  await stand.web('packed', { publish: 82, ssl: '/etc/hostname' })
  expect(await stand.untilState(daemon, 'packed', 'out')).toContain('container plain')
  await stand.untilNames(82, ['plain'])
  await expectOthersGoOn()
})

test("host mode, no network, another container's network: reached where it is, or left out with the reason", async () => {
  await stand.web('hosted', { publish: 83, target: 8383 }, '--network', 'host', '--env', 'PORT=8383')
  await stand.untilNames(83, ['hosted'])
  await stand.web('alone', { publish: 84 }, '--network', 'none')
  expect(await stand.untilState(daemon, 'alone', 'out')).toContain('has no network at all')
  expect((await stand.ask(84)).status).not.toBe(200)
  await stand.web('borrower', { publish: 85, target: 8585 }, '--network', 'container:double', '--env', 'PORT=8585')
  await stand.untilNames(85, ['borrower'])
})

test("a container that restarts over and over gets 503 from its port, never another service's page", async () => {
  const labels = ['enable=Y', 'publish=8008', 'target=80'].flatMap((one) => ['--label', `lb.${one}`])
  const crash = ['--entrypoint', '/bin/node', 'fairlead-test-web', '-e', 'process.exit(1)']
  await stand.docker.docker('run', '--detach', '--restart', 'always', '--name', 'crasher', ...labels, ...crash)
  const answers = new Set<string>()
  const isRestarted = async () => {
    const { status, error, headers } = await stand.ask(8008)
    answers.add(error ?? `${status} ${headers['retry-after'] ?? ''}`)
    return Number(await stand.docker.docker('inspect', '--format', '{{.RestartCount}}', 'crasher')) > 3
  }
  await waitFor(isRestarted, { timeoutMs: 60_000, what: 'some restarts' })
  await waitFor(async () => (await stand.ask(8008)).status === 503, { timeoutMs: 60_000, what: '503' })
  expect([...answers].filter((one) => !/^(503 10|ECONNREFUSED)$/.test(one))).toEqual([])
  await remove('crasher')
})

test('clients stay where they were over a reload, and an ETag comes through', async () => {
  for (const name of ['east', 'west']) await stand.web(name, { publish: 86 })
  await stand.untilNames(86, ['east', 'west'])
  const addresses = Array.from({ length: 20 }, (_, index) => `127.77.0.${index + 1}`)
  const askAll = async () => {
    const answers = await Promise.all(addresses.map((from) => stand.ask(86, { from })))
    return answers.map(({ body, headers }) => `${body.trim()} ${headers['etag']}`)
  }
  const before = await askAll()
  expect(new Set(before)).toEqual(new Set(['east "east"', 'west "west"']))
  const reloads = () => daemon.messages.filter((one) => one.startsWith('reload because')).length
  const count = reloads()
  await expectOthersGoOn()
  expect(reloads()).toBeGreaterThan(count)
  expect(await askAll()).toEqual(before)
})
