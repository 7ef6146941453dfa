// How long a change takes from the API call to its being live and read back, with few and with many load balancers.
//
//   node_modules/.bin/node bench/change-latency.ts [--sizes 10,100,500] [--changes 100]
import { parseArgs } from 'node:util'
import { Daemons } from '../test/live/kit/daemon.ts'
import { findFreePort } from '../test/live/kit/free-port.ts'
import { startOrigins } from '../test/live/kit/origin.ts'

const { values } = parseArgs({
  options: { sizes: { type: 'string', default: '10,100,500' }, changes: { type: 'string', default: '100' } },
})
const daemons = new Daemons()
const [origin] = await startOrigins('a')

/** What is measured: each makes its nth change. */
const CHANGES: Record<string, (n: number) => [method: string, path: string, body?: unknown]> = {
  weight: (n) => ['PATCH', `/v1/load-balancers/lb-0/backends/${origin!.target}`, { weight: 1 + (n % 100) }],
  drain: (n) => [
    'PATCH',
    `/v1/load-balancers/lb-0/backends/${origin!.target}`,
    { state: n % 2 === 0 ? 'drain' : 'ready' },
  ],
  'add server': (n) => [
    'POST',
    '/v1/load-balancers/lb-0/backends',
    { target: `127.0.1.${1 + (n % 200)}:${origin!.port}` },
  ],
  'remove server': (n) => ['DELETE', `/v1/load-balancers/lb-0/backends/127.0.1.${1 + (n % 200)}:${origin!.port}`],
  'algorithm (reload)': (n) => [
    'PATCH',
    '/v1/load-balancers/lb-0',
    { spec: { algorithm: n % 2 === 0 ? 'leastconn' : 'roundrobin' } },
  ],
}

async function measure(size: number, count: number): Promise<Map<string, number[]>> {
  const daemon = await daemons.start()
  const port = await findFreePort()
  for (let index = 0; index < size; index++) {
    const spec = {
      port,
      routes: [
        {
          match: { host: `host-${index}.example.com` },
          backends: [{ target: origin!.target }],
          healthCheck: { type: 'none' },
        },
      ],
    }
    const body =
      index === 0
        ? {
            name: 'lb-0',
            spec: { port: await findFreePort(), backends: [{ target: origin!.target }], healthCheck: { type: 'none' } },
          }
        : { name: `lb-${index}`, spec }
    const answer = await daemon.ask('POST', '/v1/load-balancers?wait=false', body)
    if (answer.status !== 201) throw new Error(JSON.stringify(answer.body))
  }
  await daemon.ask('PATCH', '/v1/load-balancers/lb-0', { spec: { targetPort: 1 } })
  const times = new Map<string, number[]>()
  for (const [name, change] of Object.entries(CHANGES)) {
    const of: number[] = []
    for (let n = 0; n < (name.includes('reload') ? Math.min(count, 20) : count); n++) {
      const [method, path, body] = change(n)
      const start = performance.now()
      const answer = await daemon.ask(method, path, body)
      of.push(performance.now() - start)
      if (answer.status >= 300) throw new Error(`${name}: ${JSON.stringify(answer.body)}`)
    }
    times.set(
      name,
      of.sort((a, b) => a - b),
    )
  }
  await daemon.stop()
  return times
}

const at = (sorted: readonly number[], share: number) =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
const sizes = values.sizes.split(',').map(Number)
let smallest: Map<string, number[]> | undefined
console.log('load balancers  change               p50 ms   p99 ms   p50 against the smallest')
for (const size of sizes) {
  const times = await measure(size, Number(values.changes))
  smallest ??= times
  for (const [name, of] of times) {
    const ratio = at(of, 0.5) / at(smallest.get(name) ?? of, 0.5)
    console.log(
      `${String(size).padStart(14)}  ${name.padEnd(19)} ${at(of, 0.5).toFixed(1).padStart(7)} ${at(of, 0.99).toFixed(1).padStart(8)}   ${ratio.toFixed(2)}x`,
    )
  }
}
await daemons.close()
origin?.close()
