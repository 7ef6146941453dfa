// Who may have traffic at once: a server that is new proves itself, one that comes back is believed unless it says no.
import { createServer, type Server as NetServer } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { findWell, type Newcomer, nameOf } from '../../src/haproxy/newcomers.ts'
import { merge } from '../../src/merge/merge.ts'
import { poolsOf } from '../../src/model/config.ts'
import { convert } from '../arbitrary/resources.ts'
import { findFreePort } from '../live/kit/free-port.ts'

const servers: NetServer[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

/** A server that says this to whoever connects; null: nothing, ever. */
async function listen(answer: string | null): Promise<number> {
  const port = await findFreePort()
  const server = createServer((socket) => {
    socket.on('error', () => {})
    if (answer !== null) socket.end(answer)
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return port
}

function toNewcomer(port: number, returns: boolean): Newcomer {
  const spec = { port: 80, backends: [{ target: `127.0.0.1:${port}` }], healthCheck: { path: '/' } }
  const fragment = convert({ name: 'web', spec })
  const ground = { vpcs: [], addresses: new Map(), kept: new Map(), setAside: new Map() }
  const [pool] = poolsOf(merge([fragment!], ground).value)
  const [definition] = pool?.servers ?? []
  if (!pool || !definition) throw new Error('no pool')
  return { definition, in: pool, place: 'be_web.main', returns }
}

test.each([
  ['answers well', 'HTTP/1.1 200 OK\r\n\r\n', { new: true, back: true }],
  ['answers that it is unwell', 'HTTP/1.1 503 No\r\n\r\n', { new: false, back: false }],
  ['is too busy to answer', null, { new: false, back: true }],
])('a server that %s', async (_, answer, expected) => {
  const port = await listen(answer)
  const isWell = async (newcomer: Newcomer) => (await findWell([newcomer], [], async () => [])).has(nameOf(newcomer))
  expect(await isWell(toNewcomer(port, false))).toBe(expected.new)
  expect(await isWell(toNewcomer(port, true))).toBe(expected.back)
})

test('a server that does not listen is not well, new or back', async () => {
  const port = await findFreePort()
  for (const returns of [false, true])
    expect(await findWell([toNewcomer(port, returns)], [], async () => [])).toEqual(new Set())
})
