// A daemon of the run's own: a child process with a state directory that goes with it.
import { type ChildProcess, spawn } from 'node:child_process'
import { rmSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { type Client, createClient } from '../api/client.ts'
import { waitFor } from '../io/deadline.ts'
import { Failure } from '../io/failure.ts'
import { outcomeOf } from '../io/outcome.ts'
import { findFreePorts } from './free-port.ts'
import { LOOPBACK } from './world.ts'

const PROGRAM = fileURLToPath(new URL('../../bin/fairlead', import.meta.url))

const LONGEST_START_MS = 30_000
const LONGEST_STOP_MS = 30_000

/** A change may wait for a slow machine, but not for ever. */
const ANSWER_TIMEOUT_MS = 60_000

/** WebSockets outlive any run, so one that is closed was lost. */
const OLD_WORKER_DEADLINE = '24h'

/** So many lines of a daemon in trouble are kept. */
const MOST_WARNINGS = 20

/** One daemon. `stop` ends it and its HAProxy and removes what they wrote. */
export type ThrowawayDaemon = {
  readonly client: Client
  /** The first warnings and errors it has logged. */
  readonly warnings: readonly string[]
  readonly stop: () => Promise<void>
}

/** Starts a daemon and waits until it answers. Failure `no-daemon` where it does not come up. */
export async function startThrowawayDaemon(
  env: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
): Promise<ThrowawayDaemon> {
  const stateDir = await mkdtemp(join(tmpdir(), 'fairlead-prove-'))
  const api = `${LOOPBACK}:${(await findFreePorts(1))[0]}`
  const warnings: string[] = []
  const child = spawnDaemon(stateDir, api, onlyMachine(env), warnings)
  // Whatever ends this process ends the daemon too; it stops its HAProxy itself.
  const onExit = () => {
    child.kill('SIGTERM')
    rmSync(stateDir, { recursive: true, force: true })
  }
  process.once('exit', onExit)
  const stop = async () => {
    await endChild(child)
    process.off('exit', onExit)
    await rm(stateDir, { recursive: true, force: true })
  }
  const connect = () => createClient({ stateDir, api, env: {}, fetchTimeoutMs: ANSWER_TIMEOUT_MS })
  const isUp = async () => hasEnded(child) || (await outcomeOf(connect().nodes())).ok
  const up = await outcomeOf(waitFor(isUp, { timeoutMs: LONGEST_START_MS, what: 'the daemon to answer', signal }))
  if (up.ok && !hasEnded(child)) return { client: connect(), warnings, stop }
  await stop()
  signal.throwIfAborted()
  throw new Failure('no-daemon', `the daemon of this run did not start: ${warnings.join('; ') || 'it said nothing'}`)
}

function spawnDaemon(stateDir: string, api: string, env: NodeJS.ProcessEnv, warnings: string[]): ChildProcess {
  const limits = [
    '--old-worker-deadline',
    OLD_WORKER_DEADLINE,
    '--drain-timeout',
    '1s',
    '--log-format',
    'json',
    '--log-level',
    'warn',
  ]
  const child = spawn(PROGRAM, ['up', '--state-dir', stateDir, '--api', api, ...limits], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    // Ctrl-C is ours: the daemon is stopped once the clients are done.
    detached: true,
  })
  const keep = (text: string) => warnings.length < MOST_WARNINGS && warnings.push(text)
  for (const stream of [child.stdout, child.stderr]) {
    if (stream) createInterface(stream).on('line', (line) => keep(readMessage(line)))
  }
  child.on('error', (error) => keep(error.message))
  return child
}

/** The environment without the user's own daemon settings; which HAProxy there is is a fact about the machine. */
function onlyMachine(env: Readonly<Record<string, string | undefined>>): NodeJS.ProcessEnv {
  const isKept = (name: string) => !name.startsWith('FAIRLEAD_') || name === 'FAIRLEAD_HAPROXY'
  return Object.fromEntries(Object.entries(env).filter(([name]) => isKept(name)))
}

function hasEnded(child: ChildProcess): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null
}

/** Asks it to stop, and makes it where it does not. */
async function endChild(child: ChildProcess): Promise<void> {
  child.kill('SIGTERM')
  const isEnded = () => hasEnded(child)
  const ended = await outcomeOf(waitFor(isEnded, { timeoutMs: LONGEST_STOP_MS, what: 'the daemon to stop' }))
  if (!ended.ok) child.kill('SIGKILL')
}

/** What a line of the log says: the message of a record, or the line where it is none. */
function readMessage(line: string): string {
  const [, text] = /"msg":("(?:[^"\\\p{Cc}]|\\(?:["\\/bfnrt]|u[0-9a-f]{4}))*")/u.exec(line) ?? []
  return text === undefined ? line : JSON.parse(text)
}
