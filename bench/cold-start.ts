// How long a daemon takes from its start until everything stored serves and has been read back, and what memory it needs.
//
//   node_modules/.bin/node bench/cold-start.ts [--sizes 100,1000,10000] [--servers 4]
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { LoadBalancerInput } from '../src/spec/schema.ts'
import { openSqliteStore } from '../src/store/sqlite-store.ts'
import { findFreePort } from '../test/live/kit/free-port.ts'
import { setup } from '../test/live/kit/shipped.ts'

const { values } = parseArgs({
  options: { sizes: { type: 'string', default: '100,1000,10000' }, servers: { type: 'string', default: '4' } },
})
const SERVERS = Number(values.servers)
// The program as it is shipped: from the sources it needs more memory.
const remove = await setup()
const { Daemons } = await import('../test/live/kit/daemon.ts')
const daemons = new Daemons()

/** One service: a host of its own on the port that all share. Nothing listens at the servers: they are only told. */
function toResource(n: number, port: number): LoadBalancerInput {
  const backends = Array.from({ length: SERVERS }, (_, index) => {
    return { target: `127.1.${n % 250}.${1 + index}:${2000 + (n >> 3)}` }
  })
  const route = { match: { host: `host-${n}.example.com` }, backends, healthCheck: { type: 'none' as const } }
  return { name: `service-${n}`, spec: { port, routes: [route] } }
}

async function fillStore(stateDir: string, size: number): Promise<void> {
  await mkdir(stateDir, { recursive: true })
  const store = openSqliteStore<LoadBalancerInput>(join(stateDir, 'fairlead.db'), 'LoadBalancer')
  const port = await findFreePort()
  for (let n = 0; n < size; n++)
    store.put(`service-${n}`, toResource(n, port), { expect: { absent: true }, author: 'bench' })
  store.close()
}

/** Memory of a process in MB (proc(5)): resident now, and the most it ever was. */
async function memoryOf(pid: number): Promise<{ now: number; most: number }> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  const read = (key: string) => Number(new RegExp(`${key}:\\s+(\\d+)`).exec(status)?.[1] ?? 0) / 1024
  return { now: read('VmRSS'), most: read('VmHWM') }
}

console.log('services  servers  cold start s  again, adopting s  daemon MB (most)  HAProxy MB')
for (const size of values.sizes.split(',').map(Number)) {
  const stateDir = join(await daemons.folder(), 'state')
  await fillStore(stateDir, size)
  const startedAt = performance.now()
  const daemon = await daemons.start({ stateDir, readyMs: 300_000 })
  const cold = (performance.now() - startedAt) / 1000
  const own = await memoryOf(daemon.process.pid ?? 0)
  await daemon.kill()
  const againAt = performance.now()
  const again = await daemons.start({ stateDir, readyMs: 300_000 })
  const adopted = (performance.now() - againAt) / 1000
  const { body } = await again.ask('GET', '/v1/haproxy')
  const haproxy = await memoryOf(body.workerPid)
  const columns = [
    size,
    size * SERVERS,
    cold.toFixed(2),
    adopted.toFixed(2),
    `${own.now.toFixed(0)} (${own.most.toFixed(0)})`,
    haproxy.now.toFixed(0),
  ]
  const widths = [8, 9, 14, 19, 18, 12]
  console.log(columns.map((column, index) => String(column).padStart(widths[index] ?? 0)).join(''))
  await again.stop()
}
await daemons.close()
await remove?.()
