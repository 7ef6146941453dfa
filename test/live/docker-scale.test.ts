// A service that is scaled up and down by containers while its clients go on, short requests and long ones.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { waitFor } from '../../src/io/deadline.ts'
import type { Daemon } from './kit/daemon.ts'
import { DockerStand } from './kit/docker-stand.ts'

let stand: DockerStand
let daemon: Daemon
beforeAll(async () => {
  stand = await DockerStand.start()
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
  const long = await stand.clients.load(80, { keepAlive: 8, fresh: 8, thinkMs: 1 }, { path: '/slow?ms=4000' })
  const leaving: Promise<string>[] = []
  for (let round = 0; round < 20; round++) {
    const coming = `web-${round + 2}`
    await start(coming)
    // It is there before the oldest leaves, as in any rolling deployment.
    const isThere = async () => (await stand.names(80, 6)).includes(coming)
    await waitFor(isThere, { timeoutMs: 10_000, what: `${coming} to answer` })
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
