// Servers that listen a while after they came: HAProxy is told when they do, and of nobody else.
import { createServer, type Server as NetServer } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { Arrivals } from '../../src/haproxy/arrivals.ts'
import type { Newcomer } from '../../src/haproxy/newcomers.ts'
import type { LiveServer } from '../../src/haproxy/servers-state.ts'
import { waitFor } from '../../src/io/deadline.ts'
import { merge } from '../../src/merge/merge.ts'
import { poolsOf } from '../../src/model/config.ts'
import { convert } from '../arbitrary/resources.ts'
import { findFreePort } from '../live/kit/free-port.ts'

const servers: NetServer[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

function listen(port: number): Promise<void> {
  const server = createServer((socket) => socket.destroy())
  servers.push(server)
  return new Promise((resolve) => server.listen(port, '127.0.0.1', resolve))
}

function toNewcomer(port: number): Newcomer {
  const fragment = convert({ name: 'web', spec: { port: 80, backends: [{ target: `127.0.0.1:${port}` }] } })
  const [pool] = poolsOf(
    merge([fragment!], { vpcs: [], addresses: new Map(), kept: new Map(), setAside: new Map() }).value,
  )
  const [definition] = pool?.servers ?? []
  if (!pool || !definition) throw new Error('no pool')
  return { definition, in: pool, place: 'be_web.main', returns: false }
}

/** HAProxy as it answers for one server. */
function fake(newcomer: Newcomer, live: Partial<LiveServer>) {
  const commands: string[] = []
  const { address, port, name } = newcomer.definition
  const one = { backend: newcomer.place, server: name, address, port, isMaint: false, operational: 0, ...live }
  const asked = { count: 0 }
  const serversState = async () => {
    asked.count++
    return [one as LiveServer]
  }
  return { commands, asked, serversState, command: async (text: string) => void commands.push(text) }
}

test('one that begins to listen is up at once', async () => {
  const port = await findFreePort()
  const newcomer = toNewcomer(port)
  const socket = fake(newcomer, {})
  new Arrivals(socket).follow([newcomer])
  await listen(port)
  await waitFor(() => socket.commands.length > 0, { timeoutMs: 60_000, what: 'the command' })
  expect(socket.commands).toEqual([`set server be_web.main/127.0.0.1:${port} health up`])
})

test.each([
  ['in maintenance', { isMaint: true }],
  ['up already', { operational: 2 }],
  ['at another address', { address: '127.0.0.9' }],
])('one that is %s by then is left alone', async (_, live) => {
  const port = await findFreePort()
  const newcomer = toNewcomer(port)
  const socket = fake(newcomer, live)
  new Arrivals(socket).follow([newcomer])
  await listen(port)
  await waitFor(() => socket.asked.count > 0, { timeoutMs: 60_000, what: 'the question' })
  expect(socket.commands).toEqual([])
})
