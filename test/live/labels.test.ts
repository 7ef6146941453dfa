// What labels make of containers, in a real HAProxy: from start to stop no request is lost.
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { waitFor } from '../../src/io/deadline.ts'
import type { Fragment, Word } from '../../src/model/fragment.ts'
import type { Container } from '../../src/sources/docker/container.ts'
import { toWord } from '../../src/sources/docker/to-word.ts'
import { container, findAddress, type Given } from '../sources/docker/containers.ts'
import { askTls, makeCertificate } from './kit/certificates.ts'
import { type Daemon, Daemons } from './kit/daemon.ts'
import { findFreePort } from './kit/free-port.ts'
import { startOrigins } from './kit/origin.ts'
import { ask } from './kit/prober.ts'

const daemons = new Daemons()
const [a, b] = await startOrigins('a', 'b')
/** Answers when it is let go, so that a request is under way for as long as a test needs. */
const held: (() => void)[] = []
const slow = createServer((_, response) => held.push(() => response.setHeader('x-origin', 'slow').end())).listen(
  0,
  '127.0.0.1',
)
let daemon: Daemon
let file: string
let port: number
let word: Word = []

beforeAll(async () => {
  const folder = await daemons.folder()
  file = join(folder, 'lb.yml')
  port = await findFreePort()
  await writeFile(file, '[]\n')
  daemon = await daemons.start({ flags: ['--source', `file=${file}`] })
})
afterAll(async () => {
  await daemons.close()
  for (const origin of [a, b]) origin?.close()
  slow.closeAllConnections()
  slow.close()
})

/** A container on the port of one of the servers. */
function on(name: string, target: number, labels: Record<string, string> = {}, given: Given = {}): Container {
  return container(
    name,
    { 'lb.publish': `${port}`, 'lb.target': `${target}`, ...labels },
    { ip: '127.0.0.1', ...given },
  )
}

/** Tells the daemon what these containers say. */
async function tell(...containers: Container[]): Promise<void> {
  word = toWord(containers, findAddress, word).word
  await writeFile(file, JSON.stringify(word.map((one) => (one as Fragment).resource)))
}

const reloads = async () => (await daemon.ask('GET', '/v1/nodes')).body.items[0].haproxy.reloads
const originOf = async () => (await ask(port)).headers['x-origin']
const until = (what: string, isSo: () => Promise<boolean>) => waitFor(isSo, { timeoutMs: 60_000, intervalMs: 50, what })

test('a container that is told to stop ends its requests, and gets no new ones', async () => {
  const [first, second] = [on('first', (slow.address() as AddressInfo).port), on('second', a!.port, {}, { at: 2 })]
  await tell(first)
  await until('the first container', async () => daemon.messages.some((message) => message.includes('live in')))
  const before = await reloads()
  const underWay = ask(port)
  await until('a request under way', async () => held.length > 0)
  await tell({ ...first, stopping: true }, second)
  // The client sticks to the first by its address; in maintenance that does not count.
  await until('the second container', async () => {
    const answer = ask(port)
    const isElsewhere = await Promise.race([
      answer.then(() => true),
      until('a held one', async () => held.length > 1).then(() => false),
    ])
    for (const letGo of held.splice(1)) letGo()
    await answer
    return isElsewhere
  })
  expect(await originOf()).toBe('a')
  for (const letGo of held.splice(0)) letGo()
  expect(await underWay).toMatchObject({ status: 200, headers: { 'x-origin': 'slow' } })
  await tell(second)
  expect(await originOf()).toBe('a')
  expect(await reloads()).toBe(before)
})

test('a service whose only container restarts answers 503, and is there again without a reload', async () => {
  const before = await reloads()
  await tell(on('second', a!.port, {}, { at: 2, state: 'restarting', ip: null }))
  await until('503', async () => (await ask(port)).status === 503)
  expect((await ask(port)).headers['retry-after']).toBe('10')
  await tell(on('second', a!.port, {}, { at: 2, health: 'starting' }))
  expect((await ask(port)).status).toBe(503)
  await tell(on('second', a!.port, {}, { at: 2, health: 'healthy' }))
  await until('the container', async () => (await ask(port)).status === 200)
  expect(await reloads()).toBe(before)
})

test('a version gets its share', async () => {
  const versions = (share: string) => [
    on('old', a!.port, { 'lb.version': 'v1', 'lb.sticky': 'none' }),
    on('new', b!.port, { 'lb.version': 'v2', 'lb.version-weight': share, 'lb.sticky': 'none' }, { at: 2 }),
  ]
  await tell(...versions('30'))
  await until('the new version', async () => (await originOf()) === 'b')
  const names = await Promise.all(Array.from({ length: 200 }, originOf))
  const count = names.filter((name) => name === 'b').length
  expect(count).toBeGreaterThan(20)
  expect(count).toBeLessThan(110)
  const [old, fresh] = versions('30') as [Container, Container]
  await tell({ ...old, health: 'unhealthy' }, fresh)
  await until(
    'all for the new one',
    async () => new Set(await Promise.all(Array.from({ length: 30 }, originOf))).size === 1,
  )
  expect(await originOf()).toBe('b')
})

test('lb.ssl is https alone on the published port', async () => {
  const path = join(await daemons.folder(), 'web.pem')
  await writeFile(path, (await makeCertificate(['web.test'])).pem)
  const tlsPort = await findFreePort()
  await tell(on('web', a!.port), on('secure', b!.port, { 'lb.publish': `${tlsPort}`, 'lb.ssl': path }))
  const answers = async () => (await askTls(tlsPort, 'web.test').catch(() => null))?.status === 200
  await until('https', answers)
  expect(JSON.parse((await askTls(tlsPort, 'web.test')).body)).toMatchObject({
    name: 'b',
    headers: { 'x-forwarded-proto': 'https' },
  })
  expect((await ask(tlsPort)).status).not.toBe(200)
  // Whatever name a client asks for, or none.
  const host = { headers: { host: 'web.test' } }
  expect([(await askTls(tlsPort, '', host)).status, (await askTls(tlsPort, 'other.test', host)).status]).toEqual([
    200, 200,
  ])
})
