// The HAProxy process itself: started, found again, reloaded, stopped. It outlives the daemon.
import { spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { readTextFile } from '../io/atomic-file.ts'
import { waitFor } from '../io/deadline.ts'
import { Failure } from '../io/failure.ts'
import { outcomeOf } from '../io/outcome.ts'
import { parseGeneration } from './generations.ts'
import type { Layout } from './layout.ts'
import { BARE_ENVIRONMENT } from './run-program.ts'
import type { RuntimeSocket } from './runtime-socket.ts'

/** How long a start or reload may take: 10,000 pools take 0.7 s on two cores, so this is generous. */
const CHANGE_TIMEOUT_MS = 60_000

/** A reload writes a line for each pool, some 80 KB with the usual reserve. */
const LONGEST_LOG_BYTES = 10 * 1024 * 1024

/** One HAProxy in master-worker mode. */
export class Master {
  readonly #binary: string
  readonly #layout: Layout
  readonly #socket: RuntimeSocket
  /** Of the master that answered last, or was started. */
  #pid: number | null = null

  constructor(binary: string, layout: Layout, socket: RuntimeSocket) {
    this.#binary = binary
    this.#layout = layout
    this.#socket = socket
  }

  /** Whether a master answers. */
  async isAlive(): Promise<boolean> {
    return (await this.#findPid()) !== null
  }

  /** Null when none answers. */
  async #findPid(): Promise<number | null> {
    const processes = await outcomeOf(this.#socket.processes())
    if (!processes.ok) return null
    this.#pid = processes.value.masterPid
    return this.#pid
  }

  /** Of a master that was there and does not answer now: it must not be left behind. */
  async #findSilentPid(): Promise<number | null> {
    if (this.#pid === null || !(await isRunning(this.#pid))) return null
    const words = (await readTextFile(`/proc/${this.#pid}/cmdline`)) ?? ''
    return words.split('\0').includes(this.#layout.current) ? this.#pid : null
  }

  /** The generation the worker in force was started with; null when none answers or it is not ours. */
  async runningGeneration(): Promise<string | null> {
    return (await this.worker())?.generation ?? null
  }

  /** The worker in force: its generation, and an id no other worker has. */
  async worker(): Promise<{ readonly generation: string; readonly id: string } | null> {
    const info = await outcomeOf(this.#socket.info())
    const generation = info.ok ? parseGeneration(info.value.get('description')) : null
    return info.ok && generation !== null ? { generation, id: `${generation} ${info.value.get('Pid')}` } : null
  }

  /** Starts HAProxy on the generation in force and waits until its worker answers. Failure `haproxy-not-started` with its own words. */
  async start(generation: string, maxConnections: number): Promise<void> {
    const log = openSync(this.#layout.log, 'a', 0o600)
    const before = await this.#logSize()
    const child = spawn(
      this.#binary,
      [
        '-W',
        '-C',
        this.#layout.current,
        '-f',
        'config',
        '-S',
        `${this.#layout.masterSocket},mode,600`,
        '-n',
        String(maxConnections),
      ],
      {
        detached: true,
        env: BARE_ENVIRONMENT,
        stdio: ['ignore', log, log],
      },
    )
    closeSync(log)
    let ended = false
    child.once('exit', () => (ended = true))
    child.once('error', () => (ended = true))
    child.unref()
    this.#pid = child.pid ?? null
    // Once its worker runs the master begins anew, and answers a little later.
    const isUp = async () => ended || ((await this.runningGeneration()) === generation && (await this.isAlive()))
    await waitFor(isUp, { timeoutMs: CHANGE_TIMEOUT_MS, what: 'HAProxy to start' })
    if (ended) throw new Failure('haproxy-not-started', `HAProxy did not start: ${await this.#logSince(before)}`)
  }

  /** Reloads into the generation in force and waits for its worker. Failure `reload-refused` with HAProxy's words: the old worker serves on. */
  async reload(generation: string): Promise<void> {
    const before = await this.#socket.processes()
    const logBefore = await this.#logSize()
    await outcomeOf(this.#socket.reload())
    const outcome = await waitFor(
      async () => {
        const now = await outcomeOf(this.#socket.processes())
        // The new worker answers a little before its master does: done is when both do.
        if (now.ok && (await this.runningGeneration()) === generation) return 'done'
        return now.ok && now.value.failed > 0 && now.value.reloads + now.value.failed > before.reloads + before.failed
          ? 'refused'
          : null
      },
      { timeoutMs: CHANGE_TIMEOUT_MS, intervalMs: 3, what: 'the new HAProxy worker' },
    )
    if (outcome === 'refused')
      throw new Failure(
        'reload-refused',
        `HAProxy refused the reload and serves on with what it had: ${await this.#logSince(logBefore)}`,
      )
  }

  /** Lets requests finish for at most `drainMs`, or until `hurry` aborts, then ends it. Quiet when it is not running. */
  async stop(drainMs: number, hurry: AbortSignal): Promise<void> {
    const masterPid = (await this.#findPid()) ?? (await this.#findSilentPid())
    if (masterPid === null) return
    const isGone = async () => !(await isRunning(masterPid))
    for (const [signal, timeoutMs] of [
      ['SIGUSR1', drainMs],
      ['SIGTERM', 3000],
      ['SIGKILL', 3000],
    ] as const) {
      if (await isGone()) return
      process.kill(masterPid, signal)
      const patience = signal === 'SIGUSR1' ? { signal: hurry } : {}
      await outcomeOf(waitFor(isGone, { timeoutMs: Math.max(1, timeoutMs), what: 'HAProxy to stop', ...patience }))
    }
  }

  /** Where the log ends. A long one begins anew: nobody rotates it, and HAProxy tells of each pool at each reload. */
  async #logSize(): Promise<number> {
    const file = await outcomeOf(open(this.#layout.log, 'r+'))
    if (!file.ok) return 0
    const { size } = await file.value.stat()
    const isLong = size > LONGEST_LOG_BYTES
    // HAProxy has it open for appending, so it goes on at the new end.
    if (isLong) await file.value.truncate()
    await file.value.close()
    return isLong ? 0 : size
  }

  /** The alerts HAProxy wrote since, as one sentence. */
  async #logSince(position: number): Promise<string> {
    const file = await open(this.#layout.log, 'r')
    const { buffer, bytesRead } = await file.read({ position, buffer: Buffer.alloc(65_536) })
    await file.close()
    const lines = buffer
      .subarray(0, bytesRead)
      .toString('utf8')
      .split('\n')
      .filter((line) => line.startsWith('[ALERT]'))
    const words = lines.map((line) => line.replace(/^\[ALERT\]\s+\(\d+\) : /, ''))
    return words.slice(0, 3).join('; ') || `see ${this.#layout.log}`
  }
}

/** Whether a process of this number runs; one that has ended and only waits for its parent to look does not. */
async function isRunning(pid: number): Promise<boolean> {
  const stat = await readTextFile(`/proc/${pid}/stat`)
  return stat !== undefined && !/\) [ZX] /.test(stat)
}
