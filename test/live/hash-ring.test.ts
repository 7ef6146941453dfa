// Algorithms that put servers on a ring: each server has its own points on it, also those that came while HAProxy ran.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Daemon, Daemons } from './kit/daemon.ts'
import { type Origin, startOrigins } from './kit/origin.ts'
import { ask } from './kit/prober.ts'

const REQUESTS = 300
const daemons = new Daemons()
let daemon: Daemon
let origins: Origin[]

beforeAll(async () => {
  daemon = await daemons.start()
  origins = await startOrigins('a', 'b', 'c')
})
afterAll(async () => {
  await daemons.close()
  for (const origin of origins ?? []) origin.close()
})

/** Servers with these weights, added one after the other to a load balancer that is there. */
async function serve(name: string, spec: object, weights: readonly number[]): Promise<number> {
  const port = await daemon.serve(name, { ...spec, backends: [] })
  for (const [index, weight] of weights.entries()) {
    const body = { target: origins[index]?.target, weight }
    const { status } = await daemon.ask('POST', `/v1/load-balancers/${name}/backends`, body)
    expect(status).toBeLessThan(300)
  }
  return port
}

/** How many of the requests each server answered. */
async function count(askOne: (index: number) => ReturnType<typeof ask>): Promise<Record<string, number>> {
  const seen: Record<string, number> = {}
  for (let index = 0; index < REQUESTS; index++) {
    const name = String((await askOne(index)).headers['x-origin'])
    seen[name] = (seen[name] ?? 0) + 1
  }
  return seen
}

test.each([
  ['random', { algorithm: 'random' }, (port: number) => () => ask(port)],
  [
    'source',
    { algorithm: 'source' },
    (port: number) => (index: number) => ask(port, { from: `127.0.${1 + (index >> 7)}.${1 + (index & 127)}` }),
  ],
  [
    'hash',
    { algorithm: 'hash', hashKey: 'path' },
    (port: number) => (index: number) => ask(port, { path: `/${index}` }),
  ],
] as const)('%s: each of three servers that came at run time gets its share, by weight', async (name, spec, asker) => {
  const port = await serve(`ring-${name}`, spec, [20, 9, 11])
  const { a = 0, b = 0, c = 0 } = await count(asker(port))
  expect(a + b + c).toBe(REQUESTS)
  // 150, 68 and 82 of them; a ring is uneven.
  expect(Math.min(b, c)).toBeGreaterThan(30)
  expect(a).toBeGreaterThan(Math.max(b, c))
})
