// Throughput through Fairlead with 10,000 routes, beside HAProxy written by hand, nginx and Caddy in front of the same servers.
//
//   node_modules/.bin/node bench/throughput.ts [--rounds 5] [--seconds 4] [--connections 64] [--bytes 21] [--hosts 10000]
//
// Each round runs every contender once, in turn, for the machine is never as fast in one minute as in another: ratios
// are taken inside a round. Load generator, proxy and origins share the processors, as loads of all contenders do.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { parseArgs } from 'node:util'
import { Daemons } from '../test/live/kit/daemon.ts'
import {
  type Contender,
  hostOf,
  ROUTES,
  readCpu,
  startCaddy,
  startFairlead,
  startLean,
  startLeast,
  startNginx,
  startOrigins,
  startRich,
} from './throughput-contenders.ts'

/** What one run told: requests a second, their 99th percentile in ms, processor time of the proxy for one in µs. */
type Run = { readonly rate: number; readonly p99: number; readonly cpu: number; readonly bad: number }

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '4' },
    connections: { type: 'string', default: '64' },
    bytes: { type: 'string', default: '21' },
    hosts: { type: 'string', default: String(ROUTES) },
  },
})

function isInstalled(program: string): boolean {
  try {
    execFileSync('sh', ['-c', `command -v ${program}`], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** Asks for the hosts in an order that visits all of them and is far from sorted; the last line is for `readReport`. */
const SCRIPT = `local requests = {}
function init(args)
  for n = 1, ${values.hosts} do requests[n] = "GET /index.html HTTP/1.1\\r\\nHost: ${hostOf('" .. (n - 1) .. "')}\\r\\n\\r\\n" end
end
local at = 1
function request() at = at % ${values.hosts} + 1; return requests[at * 7919 % ${values.hosts} + 1] end
function done(summary, latency)
  local e = summary.errors
  print(string.format("REPORT %d %d %f %d", summary.requests, summary.duration, latency:percentile(99), e.connect + e.read + e.write + e.status + e.timeout))
end
`

async function run({ port, pids }: Contender, script: string, seconds: number): Promise<Run> {
  const args = ['-t1', `-c${values.connections}`, `-d${seconds}s`, '-s', script, `http://127.0.0.1:${port}`]
  const before = await readCpu(await pids())
  const wrk = spawn('wrk', args, { stdio: ['ignore', 'pipe', 'inherit'], timeout: (seconds + 20) * 1000 })
  const output = await text(wrk.stdout)
  const after = await readCpu(await pids())
  const [count, micros, p99, bad] = (/^REPORT (.*)$/m.exec(output)?.[1] ?? '').split(' ').map(Number)
  if (!count || !micros) throw new Error(`wrk did not report: ${output}`)
  return { rate: (count * 1e6) / micros, p99: (p99 ?? 0) / 1000, cpu: (after - before) / count, bad: bad ?? 0 }
}

const middle = (numbers: readonly number[]) => [...numbers].sort((a, b) => a - b)[numbers.length >> 1] ?? 0

function printTable(runs: ReadonlyMap<string, readonly Run[]>): void {
  const lean = [...runs.values()][0] ?? []
  console.log('contender        req/s   of lean (worst..best round)   p99 ms   CPU µs/request   of lean   not 2xx')
  for (const [name, all] of runs) {
    const ratios = all.map(({ rate }, round) => rate / (lean[round]?.rate ?? 1))
    const cpu = all.map((of, round) => of.cpu / (lean[round]?.cpu ?? 1))
    const range = `${middle(ratios).toFixed(2)}  (${Math.min(...ratios).toFixed(2)}..${Math.max(...ratios).toFixed(2)})`
    console.log(
      [
        name.padEnd(13),
        middle(all.map(({ rate }) => rate))
          .toFixed(0)
          .padStart(8),
        range.padStart(29),
        middle(all.map(({ p99 }) => p99))
          .toFixed(2)
          .padStart(8),
        middle(all.map((of) => of.cpu))
          .toFixed(1)
          .padStart(16),
        middle(cpu).toFixed(2).padStart(9),
        String(all.reduce((sum, { bad }) => sum + bad, 0)).padStart(9),
      ].join(' '),
    )
  }
}

/** What the measured configuration really has on, read from its files. */
async function describeRendered(stateDir: string): Promise<string> {
  const folder = join(stateDir, 'haproxy/current/config')
  const names = await readdir(folder)
  const files = (await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')))).join('\n')
  const on = (what: string, line: RegExp) => `${what} ${line.test(files) ? 'on' : 'OFF'}`
  return [
    on('access log', /^\s+log /m),
    on('checks', /\scheck\s/),
    on('rate limit', /track-sc0/),
    on('retry of empty answers', /retry-on.*empty-response/),
  ].join(', ')
}

if (!isInstalled('wrk') || !isInstalled('haproxy')) {
  console.error('This benchmark needs its load generator and its rivals: apt-get install haproxy wrk nginx-light caddy')
  process.exit(1)
}
const folder = await mkdtemp(join(tmpdir(), 'fairlead-bench-'))
const children: ChildProcess[] = []
const daemons = new Daemons()
try {
  const stage = { folder, children, targets: await startOrigins({ folder, children }, Number(values.bytes)) }
  const fairlead = await startFairlead(stage, daemons)
  const contenders: Contender[] = [await startLean(stage), fairlead, await startLeast(stage), await startRich(stage)]
  for (const [program, start] of [
    ['nginx', startNginx],
    ['caddy', startCaddy],
  ] as const) {
    if (isInstalled(program)) contenders.push(await start(stage))
    else console.log(`without ${program}, which is not installed: apt-get install nginx-light caddy`)
  }
  const script = join(folder, 'hosts.lua')
  await writeFile(script, SCRIPT)
  for (const contender of contenders) await run(contender, script, 1)
  const runs = new Map(contenders.map(({ name }) => [name, [] as Run[]]))
  for (let round = 0; round < Number(values.rounds); round++) {
    for (let index = 0; index < contenders.length; index++) {
      const contender = contenders[(index + round) % contenders.length]
      if (contender) runs.get(contender.name)?.push(await run(contender, script, Number(values.seconds)))
    }
  }
  printTable(runs)
  console.log(
    `\nFairlead: ${ROUTES} routes, ${values.hosts} of them asked for in turn, answers of ${values.bytes} bytes; ${await describeRendered(fairlead.daemon.stateDir)}.`,
  )
  console.log(
    'HAProxy least: routes, log, checks and limit as cheap as they get. Rich: as they are usually written. The others: no routes, no log, no checks, no limits.',
  )
  console.log('CPU is that of the proxy alone; it is less shaken by what else the machine does than requests a second.')
  console.log(
    `${cpus().length} processors for client, proxy and origins together; ${values.connections} kept connections.`,
  )
} finally {
  for (const child of children) child.kill('SIGTERM')
  await daemons.close()
  await rm(folder, { recursive: true, force: true })
}
