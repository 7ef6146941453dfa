// What watching costs: throughput with nobody looking, with top each second, with the access log followed, and with both.
//
//   node_modules/.bin/node bench/seeing.ts [--rounds 5] [--seconds 4] [--connections 64]
//
// The four run in turn within each round, and ratios are taken inside a round, for the machine is never as fast in one
// minute as in another. Load generator, proxy, origins, daemon and watchers share the processors.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { createClient } from '../src/api/client.ts'
import { Daemons, findHaproxies } from '../test/live/kit/daemon.ts'
import { findFreePort } from '../test/live/kit/free-port.ts'
import { readCpu, startOrigins } from './throughput-contenders.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '4' },
    connections: { type: 'string', default: '64' },
  },
})

/** Requests a second, and microseconds of processor time for one: HAProxy's, and the whole machine's. */
type Run = { readonly rate: number; readonly cpu: number; readonly machine: number }

const WAYS = [
  { name: 'nobody looks', top: false, logs: false },
  { name: 'top', top: true, logs: false },
  { name: 'logs --follow', top: false, logs: true },
  { name: 'both', top: true, logs: true },
] as const

const middle = (numbers: readonly number[]) => [...numbers].sort((a, b) => a - b)[numbers.length >> 1] ?? 0

const folder = await mkdtemp(join(tmpdir(), 'fairlead-bench-'))
const children: ChildProcess[] = []
const daemons = new Daemons()

async function measure(port: number, stateDir: string): Promise<Run> {
  const pids = await findHaproxies(stateDir)
  const before = await readCpu(pids)
  const machineBefore = await readMachineCpu()
  const args = ['-t1', `-c${values.connections}`, `-d${values.seconds}s`, `http://127.0.0.1:${port}/index.html`]
  const wrk = spawn('wrk', args, {
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: (Number(values.seconds) + 20) * 1000,
  })
  const output = await text(wrk.stdout)
  const count = Number(/(\d+) requests in/.exec(output)?.[1])
  const rate = Number(/Requests\/sec:\s+([\d.]+)/.exec(output)?.[1])
  if (!count || !rate) throw new Error(`wrk did not report: ${output}`)
  const machine = ((await readMachineCpu()) - machineBefore) / count
  return { rate, cpu: ((await readCpu(pids)) - before) / count, machine }
}

/** Microseconds that all processors were busy for processes, interrupts included (proc(5); a tick is 10 ms). */
async function readMachineCpu(): Promise<number> {
  const [, user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = (await readFile('/proc/stat', 'utf8'))
    .split('\n', 1)
    .join()
    .split(/\s+/)
    .map(Number)
  return (user + nice + system + irq + softirq) * 10_000
}

/** Asks for top each second, in this process, until the signal aborts. */
async function watchTop(stateDir: string, signal: AbortSignal): Promise<void> {
  const client = createClient({ stateDir, env: {}, fetchTimeoutMs: 10_000 })
  while (!signal.aborted) {
    await client.top('web')
    await sleep(1000, undefined, { signal }).catch(() => undefined)
  }
}

/** Follows the log as a person does, with the command line, and counts its lines. */
function followLogs(stateDir: string): { readonly child: ChildProcess; lines: number } {
  const program = fileURLToPath(new URL('../bin/fairlead', import.meta.url))
  const child = spawn(program, ['logs', 'web', '--follow', '-n', '0', '--state-dir', stateDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const following = { child, lines: 0 }
  child.stdout.on('data', (piece: Buffer) => (following.lines += piece.toString('latin1').split('\n').length - 1))
  return following
}

async function runWay(way: (typeof WAYS)[number], port: number, stateDir: string): Promise<Run & { lines: number }> {
  const end = new AbortController()
  const topping = way.top ? watchTop(stateDir, end.signal) : Promise.resolve()
  const following = way.logs ? followLogs(stateDir) : null
  // The command line has started, and what was left open by the one before has been closed (it lingers for 5 s).
  await sleep(way.top || way.logs ? 1500 : 6500)
  const run = await measure(port, stateDir)
  end.abort()
  await topping
  if (following) {
    following.child.kill('SIGINT')
    await once(following.child, 'exit')
  }
  return { ...run, lines: following?.lines ?? 0 }
}

try {
  const targets = await startOrigins({ folder, children })
  const daemon = await daemons.start()
  const port = await findFreePort()
  const at = ['--bind', '127.0.0.1', '--port', String(port)]
  await daemon.must('lb', 'create', '--name', 'web', ...at, ...targets.flatMap((target) => ['--target', target]))
  await measure(port, daemon.stateDir)
  const runs = new Map(WAYS.map(({ name }) => [name, [] as (Run & { lines: number })[]]))
  for (let round = 0; round < Number(values.rounds); round++) {
    for (let index = 0; index < WAYS.length; index++) {
      const way = WAYS[(index + round) % WAYS.length]
      if (way) runs.get(way.name)?.push(await runWay(way, port, daemon.stateDir))
    }
  }
  const alone = runs.get('nobody looks') ?? []
  console.log(
    '                  req/s   of nobody looking (worst..best round)   HAProxy µs/request      of   machine µs/request      of   lines shown',
  )
  for (const [name, all] of runs) {
    const ratios = all.map(({ rate }, round) => rate / (alone[round]?.rate ?? 1))
    const ratioOf = (cost: 'cpu' | 'machine') =>
      middle(all.map((run, round) => run[cost] / (alone[round]?.[cost] ?? 1))).toFixed(3)
    const costOf = (cost: 'cpu' | 'machine') => middle(all.map((run) => run[cost])).toFixed(1)
    const range = `${middle(ratios).toFixed(3)}  (${Math.min(...ratios).toFixed(3)}..${Math.max(...ratios).toFixed(3)})`
    console.log(
      [
        name.padEnd(14),
        middle(all.map(({ rate }) => rate))
          .toFixed(0)
          .padStart(8),
        range.padStart(38),
        costOf('cpu').padStart(20),
        ratioOf('cpu').padStart(7),
        costOf('machine').padStart(20),
        ratioOf('machine').padStart(7),
        String(middle(all.map(({ lines }) => lines))).padStart(12),
      ].join(' '),
    )
  }
  console.log(
    `\n${cpus().length} processors for client, proxy, origins, daemon and watchers; ${values.connections} kept connections.`,
  )
  console.log(
    'Processor time for a request is less shaken by what else the machine does than requests a second; that of the',
  )
  console.log(
    'machine is of everybody: client, proxy, origins, daemon and watchers. What it grows by is what watching costs.',
  )
} finally {
  for (const child of children) child.kill('SIGTERM')
  await daemons.close()
  await rm(folder, { recursive: true, force: true })
}
