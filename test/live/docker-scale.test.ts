// Services of many containers: scaled up and down while clients go on, and 200 started at once.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { waitFor } from '../../src/io/deadline.ts'
import type { Daemon } from './kit/daemon.ts'
import { DockerStand, toLabels } from './kit/docker-stand.ts'

let stand: DockerStand
let daemon: Daemon
beforeAll(async () => {
  stand = await DockerStand.start({ light: true })
  daemon = await stand.follow()
})
afterAll(() => stand?.close())

const countReloads = () => daemon.messages.filter((message) => message.startsWith('reload because')).length

test('20 containers come and 20 go under 300 requests a second: none fails, none is cut, nothing is reloaded', async () => {
  const start = (name: string) => stand.web(name, { publish: 80, sticky: 'none' })
  await start('web-0')
  await start('web-1')
  await stand.untilNames(80, ['web-0', 'web-1'])
  const reloads = countReloads()
  const quick = await stand.clients.load(80, { keepAlive: 30, fresh: 6, thinkMs: 200 }, { spread: true })
  const long = await stand.clients.load(80, { keepAlive: 8, fresh: 8, thinkMs: 1 }, { path: '/slow' })
  const leaving: Promise<string>[] = []
  for (let round = 0; round < 20; round++) {
    const coming = `web-${round + 2}`
    await start(coming)
    // It is there before the oldest leaves, as in any rolling deployment.
    const isThere = async () => (await stand.names(80, 6)).includes(coming)
    await waitFor(isThere, { timeoutMs: 60_000, what: `${coming} to answer` })
    leaving.push(stand.docker.docker('stop', `web-${round}`))
  }
  await Promise.all(leaving)
  await stand.untilNames(80, ['web-20', 'web-21'])
  const [seen, longSeen] = [await quick.stop(), await long.stop()]
  expect(seen.failures).toEqual([])
  expect(seen.requests).toBeGreaterThan(2000)
  expect(longSeen.failures).toEqual([])
  expect(longSeen.requests).toBeGreaterThan(20)
  expect(countReloads()).toBe(reloads)
})

const [COUNT, PORTS] = [200, 10]

/** So many of Docker's commands at once, each with its part of the containers. */
const COMMANDS = 8

test(`${COUNT} containers on ${PORTS} ports started together: all are served, with few reloads and few words`, async () => {
  const names = Array.from({ length: COUNT }, (_, index) => `many-${index}`)
  const publish = (name: string) => 8000 + (names.indexOf(name) % PORTS)
  const parts = Array.from({ length: COMMANDS }, (_, part) => names.filter((_, index) => index % COMMANDS === part))
  const make = async (part: readonly string[]) => {
    for (const name of part) {
      const labels = toLabels({ publish: publish(name), sticky: 'none' })
      await stand.docker.docker('create', '--name', name, ...labels, '--env', `NAME=${name}`, 'fairlead-test-web')
    }
  }
  await Promise.all(parts.map(make))
  const said = daemon.messages.length
  await Promise.all(parts.map((part) => stand.docker.docker('start', ...part)))
  for (let port = 8000; port < 8000 + PORTS; port++)
    await stand.untilNames(
      port,
      names.filter((name) => publish(name) === port),
    )
  const told = () => daemon.messages.slice(said)
  const summary = new RegExp(`^Backends changed. Reconfiguring haproxy: .* changed, with ${COUNT} backends`)
  await waitFor(() => told().some((one) => summary.test(one)), { timeoutMs: 60_000, what: 'the summary' })
  expect(told().filter((one) => one.startsWith('Backends changed')).length).toBeLessThanOrEqual(10)
  // At most one for each port that is new.
  expect(told().filter((one) => one.startsWith('reload because')).length).toBeLessThanOrEqual(PORTS)
})
