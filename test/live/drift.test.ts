// What somebody types into HAProxy's socket, beyond servers and rows: found, told, and put right.
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { waitFor } from '../../src/io/deadline.ts'
import { request } from '../../src/io/line-socket.ts'
import { Daemons } from './kit/daemon.ts'
import { startOrigins } from './kit/origin.ts'
import { ask } from './kit/prober.ts'

const daemons = new Daemons()
const [a, b] = await startOrigins('a', 'b')
const daemon = await daemons.start({ flags: ['--reserve', '40'] })
afterAll(async () => {
  await daemons.close()
  for (const origin of [a, b]) origin?.close()
})

const type = (command: string) => request(join(daemon.stateDir, 'run/worker.sock'), command, { timeoutMs: 5000 })

/** A load balancer, its port, frontend and pool. */
async function create(name: string, spec: object) {
  const port = await daemon.serve(name, spec)
  const place = (await type('show stat -1 4 -1')).split('\n').find((line) => line.includes(`_${name}.`))
  return { port, frontend: `fe_0.0.0.0:${port}`, pool: place?.split(',')[0] ?? '' }
}

const until = (what: string, is: () => Promise<boolean>) => waitFor(is, { timeoutMs: 60_000, intervalMs: 200, what })

test('a listener, the checks and the limit of a server that somebody switched off or changed', async () => {
  const { port, frontend, pool } = await create('web', {
    backends: [{ target: a!.target, maxConnections: 50 }, { target: b!.target }],
    healthCheck: { path: '/health', interval: '300ms', rise: 1, fall: 1 },
  })
  const { port: other } = await create('db', { type: 'tcp', backends: [{ target: a!.target }] })
  const limitOf = async (server: string) =>
    (await type(`show stat ${pool} 4 -1`))
      .split('\n')
      .find((line) => line.startsWith(`${pool},${server},`))
      ?.split(',')[6]
  const healthOf = async (target: string) => {
    const { backends } = (await daemon.ask('GET', '/v1/load-balancers/web')).body.status
    return backends.find((one: { target: string }) => one.target === target).health
  }
  await type(`disable health ${pool}/${a!.target}`)
  await type(`set server ${pool}/${a!.target} health down`)
  await type(`set maxconn server ${pool}/${a!.target} 3`)
  await type(`set maxconn server ${pool}/${b!.target} 4`)
  await type(`disable frontend ${frontend}`)
  expect((await ask(port)).error).toBe('ECONNREFUSED')
  expect((await ask(other)).status).toBe(200)
  await until('the listener to be open again', async () => (await ask(port)).status === 200)
  await until('the server to be checked again', async () => (await healthOf(a!.target)) === 'up')
  expect([await limitOf(a!.target), await limitOf(b!.target)]).toEqual(['50', ''])
  expect(daemon.messages).toEqual(
    expect.arrayContaining([
      'HAProxy differs from what was applied to it; putting it right',
      `listener 0.0.0.0:${port} switched off -> on`,
      `web: server ${a!.target} in web.main checks off -> on`,
      `web: server ${a!.target} in web.main maxConnections 3 -> 50`,
      `web: server ${b!.target} in web.main maxConnections 4 -> no limit`,
    ]),
  )
})

test('a listener that was shut down for good comes back by a reload, which says why', async () => {
  const { port, frontend } = await create('shut', { backends: [{ target: a!.target }] })
  await type(`shutdown frontend ${frontend}`)
  await until('the listener to be there again', async () => (await ask(port)).status === 200)
  expect(daemon.messages.filter((line) => /reload because .*previously shut down/.test(line))).toHaveLength(1)
})
