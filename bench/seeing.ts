// What watching costs: throughput with nobody looking, with top each second, with the access log followed, and with both.
//
//   node_modules/.bin/node bench/seeing.ts [--rounds 5] [--seconds 4] [--connections 64]
//
// The four run in turn within each round, and ratios are taken inside a round, for the machine is never as fast in one
// minute as in another. Load generator, proxy, origins, daemon and watchers share the processors.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
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

/** Requests a second, HAProxy's microseconds of processor time for one, and the share of all processors that daemon and watchers take. */
type Run = { readonly rate: number; readonly cpu: number; readonly share: number }

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
  // A listener logs every request until it has been busy for a second.
  await load(port, '2')
  const pids = await findHaproxies(stateDir)
  const before = await readCpu(pids)
  const watchers = await findWatchers(stateDir)
  const watchersBefore = await readCpu(watchers)
  const output = await load(port, values.seconds)
  const count = Number(/(\d+) requests in/.exec(output)?.[1])
  const rate = Number(/Requests\/sec:\s+([\d.]+)/.exec(output)?.[1])
  if (!count || !rate) throw new Error(`wrk did not report: ${output}`)
  const watched = (await readCpu(watchers)) - watchersBefore
  const share = watched / (Number(values.seconds) * 1_000_000 * cpus().length)
  return { rate, cpu: ((await readCpu(pids)) - before) / count, share }
}

/** The daemon, and the command line that follows its log. */
async function findWatchers(stateDir: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)
  const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')))
  return pids.filter(
    (_, index) =>
      lines[index]?.includes(`\0--state-dir\0${stateDir}\0`) || lines[index]?.endsWith(`\0--state-dir\0${stateDir}\0`),
  )
}

/** What wrk says after so many seconds of load. */
async function load(port: number, seconds: string): Promise<string> {
  const args = ['-t1', `-c${values.connections}`, `-d${seconds}s`, `http://127.0.0.1:${port}/index.html`]
  const wrk = spawn('wrk', args, { stdio: ['ignore', 'pipe', 'inherit'], timeout: (Number(seconds) + 20) * 1000 })
  return text(wrk.stdout)
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
    '                  req/s   of nobody looking (worst..best round)   HAProxy µs/request      of   daemon + watchers   more   lines shown',
  )
  for (const [name, all] of runs) {
    const ratios = all.map(({ rate }, round) => rate / (alone[round]?.rate ?? 1))
    const cpuRatio = middle(all.map((run, round) => run.cpu / (alone[round]?.cpu ?? 1))).toFixed(3)
    const percent = (part: number) => `${(part * 100).toFixed(1)} %`
    const more = middle(all.map((run, round) => run.share - (alone[round]?.share ?? 0)))
    const range = `${middle(ratios).toFixed(3)}  (${Math.min(...ratios).toFixed(3)}..${Math.max(...ratios).toFixed(3)})`
    console.log(
      [
        name.padEnd(14),
        middle(all.map(({ rate }) => rate))
          .toFixed(0)
          .padStart(8),
        range.padStart(38),
        middle(all.map(({ cpu }) => cpu))
          .toFixed(1)
          .padStart(20),
        cpuRatio.padStart(7),
        percent(middle(all.map(({ share }) => share))).padStart(19),
        percent(more).padStart(7),
        String(middle(all.map(({ lines }) => lines))).padStart(12),
      ].join(' '),
    )
  }
  console.log(
    `\n${cpus().length} processors for client, proxy, origins, daemon and watchers; ${values.connections} kept connections.`,
  )
  console.log(
    'The daemon and the command line take that share of all processors; what it is more than with nobody looking is',
  )
  console.log(
    'what watching costs where they are all busy. Requests a second are shaken by what else the machine does.',
  )
} finally {
  for (const child of children) child.kill('SIGTERM')
  await daemons.close()
  await rm(folder, { recursive: true, force: true })
}
