// How long a change takes from the API call to its being live and read back, with few and with many load balancers.
//
//   node_modules/.bin/node bench/change-latency.ts [--sizes 10,100,1000] [--servers 10] [--changes 200] [--broken]
//
// With --broken one of the load balancers carries a line HAProxy refuses: the others should not notice.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Daemons } from '../test/live/kit/daemon.ts'
import { findFreePort } from '../test/live/kit/free-port.ts'
import { startOrigins } from '../test/live/kit/origin.ts'

const { values } = parseArgs({
  options: {
    sizes: { type: 'string', default: '10,100,1000' },
    servers: { type: 'string', default: '10' },
    changes: { type: 'string', default: '200' },
    broken: { type: 'boolean', default: false },
  },
})
const daemons = new Daemons()
const [origin] = await startOrigins('a')
const target = origin?.target ?? ''
const SERVERS = Number(values.servers)

type Call = readonly [method: string, path: string, body?: unknown]

/** What is measured: each makes its nth change, at the port all load balancers share. */
const CHANGES: Readonly<Record<string, (n: number, port: number) => Call>> = {
  weight: (n) => ['PATCH', `/v1/load-balancers/own/backends/${target}`, { weight: 1 + (n % 100) }],
  'server in, out': (n) => {
    const other = `127.0.1.${1 + ((n >> 1) % 250)}:${origin?.port}`
    return n % 2 === 0
      ? ['POST', '/v1/load-balancers/own/backends', { target: other }]
      : ['DELETE', `/v1/load-balancers/own/backends/${other}`]
  },
  'new service': (n, port) => ['POST', '/v1/load-balancers', toResource(`new-${n}`, port, 1)],
  'delete service': (n) => ['DELETE', `/v1/load-balancers/new-${n}`],
}

function toResource(name: string, port: number, servers: number) {
  const backends = Array.from({ length: servers }, (_, n) => ({
    target: n === 0 ? target : `127.0.2.${n}:${origin?.port}`,
  }))
  return {
    name,
    spec: { port, routes: [{ match: { host: `${name}.example.com` }, backends, healthCheck: { type: 'none' } }] },
  }
}

/** Waits for each answer; the times are the caller's, with HTTP and the store's write to disk in them. */
async function measure(size: number, count: number): Promise<Map<string, { caller: number[]; node: number[] }>> {
  const port = await findFreePort()
  const file = join(await daemons.folder(), 'many.yml')
  const many = Array.from({ length: size }, (_, index) => toResource(`lb-${index}`, port, SERVERS))
  const broken = {
    name: 'broken',
    spec: {
      port,
      routes: [{ match: { host: 'broken.example.com' }, customSettings: ['no such line'], backends: [{ target }] }],
    },
  }
  const all = values.broken ? [broken, ...many] : many
  await writeFile(file, all.map((resource) => JSON.stringify(resource)).join('\n---\n'))
  const daemon = await daemons.start({ flags: ['--source', `file=${file}`] })
  const own = { name: 'own', spec: { port, backends: [{ target }], healthCheck: { type: 'none' } } }
  await expectOk(daemon.ask('POST', '/v1/load-balancers', own))
  const times = new Map<string, { caller: number[]; node: number[] }>()
  for (const [name, change] of Object.entries(CHANGES)) {
    const of = { caller: [] as number[], node: [] as number[] }
    for (let n = 0; n < count; n++) {
      const [method, path, body] = change(n, port)
      const start = performance.now()
      const answer = await expectOk(daemon.ask(method, path, body))
      of.caller.push(performance.now() - start)
      const apply = answer.lastApply ?? answer.status?.lastApply
      of.node.push(apply?.ms ?? 0)
      if (apply?.reload) console.log(`a reload: ${name} ${apply.because.join('; ')}`)
    }
    times.set(name, { caller: of.caller.sort((a, b) => a - b), node: of.node.sort((a, b) => a - b) })
  }
  await daemon.stop()
  return times
}

async function expectOk(
  asked: Promise<{ status: number; body: { lastApply?: Apply; status?: { lastApply: Apply } } }>,
) {
  const answer = await asked
  if (answer.status >= 300) throw new Error(JSON.stringify(answer.body))
  return answer.body
}

type Apply = { ms: number; reload: boolean; because: string[] } | null

const at = (sorted: readonly number[], share: number) =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
let smallest: Map<string, { caller: number[]; node: number[] }> | undefined
console.log(
  'load balancers  servers  change           p50 ms   p99 ms   in the node: p50  p99   p50 against the smallest',
)
for (const size of values.sizes.split(',').map(Number)) {
  const times = await measure(size, Number(values.changes))
  smallest ??= times
  for (const [name, { caller, node }] of times) {
    const ratio = at(caller, 0.5) / at(smallest.get(name)?.caller ?? caller, 0.5)
    const own = `${String(at(node, 0.5)).padStart(16)} ${String(at(node, 0.99)).padStart(4)}`
    const all = `${at(caller, 0.5).toFixed(1).padStart(8)} ${at(caller, 0.99).toFixed(1).padStart(8)}`
    const head = `${String(size).padStart(14)} ${String(size * SERVERS).padStart(8)}  ${name.padEnd(15)}`
    console.log(`${head} ${all} ${own}   ${ratio.toFixed(2)}x`)
  }
}
await daemons.close()
origin?.close()
