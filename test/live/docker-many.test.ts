// Many containers started at once: all are served, with few reloads and few words.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { waitFor } from '../../src/io/deadline.ts'
import type { Daemon } from './kit/daemon.ts'
import { DockerStand, toLabels } from './kit/docker-stand.ts'

/** What an engine on two busy cores makes, starts and removes in half a minute. */
const [COUNT, PORTS] = [40, 10]

let stand: DockerStand
let daemon: Daemon
beforeAll(async () => {
  stand = await DockerStand.start()
  daemon = await stand.follow()
})
afterAll(() => stand?.close())

test(`${COUNT} containers on ${PORTS} ports, started together`, async () => {
  const names = Array.from({ length: COUNT }, (_, index) => `web-${index}`)
  const make = (name: string, index: number) => {
    const labels = toLabels({ publish: 8000 + (index % PORTS), sticky: 'none' })
    return stand.docker.docker('create', '--name', name, ...labels, '--env', `NAME=${name}`, 'fairlead-test-web')
  }
  await Promise.all(names.map(make))
  const said = daemon.messages.length
  await stand.docker.docker('start', ...names)
  for (let port = 0; port < PORTS; port++) {
    const wanted = names.filter((_, index) => index % PORTS === port)
    await stand.untilNames(8000 + port, wanted, 30_000)
  }
  const summary = `Backends changed. Reconfiguring haproxy: ${PORTS} published addresses changed, with ${COUNT} backends`
  const told = () => daemon.messages.slice(said)
  await waitFor(() => told().some((one) => one.startsWith(summary)), { timeoutMs: 20_000, what: 'the summary' })
  expect(told().filter((one) => one.startsWith('Backends changed')).length).toBeLessThan(8)
  // At most one for each port that is new.
  expect(told().filter((one) => one.startsWith('reload because')).length).toBeLessThanOrEqual(PORTS)
}, 120_000)
