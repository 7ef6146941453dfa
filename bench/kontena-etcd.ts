// How long a key that Kontena's agents write needs into traffic, beside how long etcd needs to tell a bare watcher of it.
//
//   node_modules/.bin/node bench/kontena-etcd.ts [--rounds 30]
//
// Needs Debian's etcd-server: it starts one of its own, with the v2 API.
import { parseArgs } from 'node:util'
import { waitFor } from '../src/io/deadline.ts'
import { Daemons } from '../test/live/kit/daemon.ts'
import { TestEtcd } from '../test/live/kit/etcd.ts'
import { findFreePort } from '../test/live/kit/free-port.ts'
import { startOrigins } from '../test/live/kit/origin.ts'
import { ask } from '../test/live/kit/prober.ts'

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '30' } } })
const PREFIX = '/kontena/haproxy/lb'

const etcd = await TestEtcd.start()
const daemons = new Daemons()
const origins = await startOrigins('a', 'b')
const [a = '', b = ''] = origins.map(({ target }) => target)
try {
  const port = await findFreePort()
  await daemons.start({
    flags: ['--source', `kontena=etcd://127.0.0.1:${etcd.port}?lb=lb&http=${port}`, '--reserve', '100'],
  })
  const set = (path: string, value: string) => etcd.v2('PUT', `${PREFIX}/services/${path}`, value)
  const answers = async (host: string, name: string) =>
    (await ask(port, { headers: { host } })).headers['x-origin'] === name
  await set('web/virtual_hosts', 'web.example')
  await set('web/upstreams/web-1', a)
  await until(() => answers('web.example', 'a'))
  const moved: Times = { told: [], live: [] }
  const born: Times = { told: [], live: [] }
  for (let round = 0; round < Number(values.rounds); round++) {
    const [target, name] = round % 2 === 0 ? [b, 'b'] : [a, 'a']
    await measure(
      moved,
      `${PREFIX}/services/web/upstreams`,
      () => set('web/upstreams/web-1', target),
      'web.example',
      name,
    )
    await set(`new-${round}/virtual_hosts`, `new-${round}.example`)
    const path = `new-${round}/upstreams/new-${round}-1`
    await measure(born, `${PREFIX}/services/new-${round}`, () => set(path, a), `new-${round}.example`, 'a')
    await etcd.v2('DELETE', `${PREFIX}/services/new-${round}?recursive=true`)
    await until(async () => (await ask(port, { headers: { host: `new-${round}.example` } })).status === 503)
  }
  console.log('milliseconds after the key was written      p50     p99')
  print('an instance moves, etcd tells', moved.told)
  print('an instance moves, in traffic', moved.live)
  print('a new service, etcd tells', born.told)
  print('a new service, in traffic', born.live)
  console.log(`
In traffic : told, p50: ${ratio(moved)} for an instance. A new service waits for 250 ms of quiet: its password`)
  console.log('may still be on its way.')

  /** Writes, and notes when a bare watcher is told and when traffic is there. */
  async function measure(times: Times, watched: string, write: () => Promise<unknown>, host: string, name: string) {
    const told = etcd.v2('GET', `${watched}?wait=true&recursive=true`)
    // The watch is asked for before the key is written.
    await ask(port, { headers: { host: 'web.example' } })
    const written = write().then(() => performance.now())
    const [at, heard, live] = await Promise.all([
      written,
      told.then(() => performance.now()),
      until(() => answers(host, name)).then(() => performance.now()),
    ])
    times.told.push(Math.max(0, heard - at))
    times.live.push(Math.max(0, live - at))
  }
} finally {
  await daemons.close()
  await etcd.close()
  for (const origin of origins) origin.close()
}

type Times = { readonly told: number[]; readonly live: number[] }

function until(condition: () => Promise<boolean>): Promise<unknown> {
  return waitFor(condition, { timeoutMs: 20_000, intervalMs: 2, what: 'the load balancer to follow' })
}

function at(share: number, times: readonly number[]): number {
  const sorted = [...times].sort((x, y) => x - y)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
}

function print(what: string, times: readonly number[]): void {
  console.log(`${what.padEnd(38)} ${at(0.5, times).toFixed(1).padStart(8)} ${at(0.99, times).toFixed(1).padStart(7)}`)
}

function ratio({ told, live }: Times): string {
  return (at(0.5, live) / Math.max(0.1, at(0.5, told))).toFixed(1)
}
