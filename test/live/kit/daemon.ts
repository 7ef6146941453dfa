// A real daemon under a state dir of its own, and the real CLI against it.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { waitFor } from '../../../src/io/deadline.ts'
import { findFreePort } from './free-port.ts'
import { unixFetch } from './unix-fetch.ts'

/** The program as it is shipped; where nobody made that, as it stands here. */
const ROOT = process.env['FAIRLEAD_SHIPPED'] ?? fileURLToPath(new URL('../../..', import.meta.url))

/** How a command ended. */
export type Ran = { readonly code: number | null; readonly out: string; readonly err: string }

export type DaemonOptions = {
  readonly flags?: readonly string[]
  readonly stateDir?: string
  readonly env?: Readonly<Record<string, string>>
  readonly api?: string
  /** How long the daemon may take until it is ready, in milliseconds; 60 s unless told: a busy machine takes its time. */
  readonly readyMs?: number
  /** Words before its command, as of `TestDocker.onHost`; it is asked by its unix socket then. */
  readonly within?: readonly string[]
}

/** One daemon process. Everything it writes, it writes under `stateDir`. */
export class Daemon {
  readonly stateDir: string
  readonly api: string
  readonly process: ChildProcess
  readonly #env: NodeJS.ProcessEnv
  readonly #fetch: (url: string, init?: Parameters<typeof unixFetch>[2]) => Promise<Response>
  #output = ''
  ended = false

  constructor(
    stateDir: string,
    api: string,
    flags: readonly string[],
    env: NodeJS.ProcessEnv,
    within: readonly string[] = [],
  ) {
    this.stateDir = stateDir
    this.api = api
    this.#env = env
    this.#fetch = within.length === 0 ? fetch : (url, init) => unixFetch(join(stateDir, 'api.sock'), url, init)
    const args = ['up', '--state-dir', stateDir, '--api', api, '--drain-timeout', '1s', ...flags]
    const command = [
      '-c',
      `ulimit -n ${env['TEST_FILE_LIMIT'] ?? '$(ulimit -n)'}; exec "$@"`,
      'sh',
      join(ROOT, 'bin/fairlead'),
    ]
    const [program = '', ...words] = [...within, 'sh', ...command, ...args]
    this.process = spawn(program, words, { env, stdio: ['ignore', 'pipe', 'pipe'] })
    for (const stream of [this.process.stdout, this.process.stderr])
      stream?.on('data', (piece: Buffer) => (this.#output += piece.toString()))
    this.process.once('exit', () => (this.ended = true))
  }

  /** Everything it has printed so far. */
  get output(): string {
    return this.#output
  }

  /** Its log as records. */
  get log(): { level: string; msg: string }[] {
    return this.#output
      .split('\n')
      .flatMap((line) => (line.startsWith('{') && line.endsWith('}') ? [JSON.parse(line)] : []))
  }

  get messages(): string[] {
    return this.log.map((record) => record.msg)
  }

  /** Waits until it says it is ready. */
  async ready(timeoutMs = 60_000): Promise<this> {
    await waitFor(
      async () =>
        this.ended ||
        (await this.#fetch(`http://${this.api}/readyz`).then(
          (answer) => answer.ok,
          () => false,
        )),
      { timeoutMs, what: 'the daemon to be ready' },
    )
    if (this.ended) throw new Error(`the daemon ended: ${this.#output}`)
    return this
  }

  /** Runs the CLI against it, under either name. */
  run(
    args: readonly string[],
    options: { program?: 'fairlead' | 'agentmetal'; input?: string; env?: Record<string, string> } = {},
  ): Promise<Ran> {
    return runCli(args, { ...options, env: { ...this.#env, FAIRLEAD_STATE_DIR: this.stateDir, ...options.env } })
  }

  /** Runs the CLI and expects it to succeed. */
  async must(...args: string[]): Promise<string> {
    const ran = await this.run(args)
    if (ran.code !== 0) throw new Error(`${args.join(' ')} ended with ${ran.code}: ${ran.err}${ran.out}`)
    return ran.out
  }

  /** Asks the API over TCP with the daemon's own key. */
  async ask(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
    // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  ): Promise<{ status: number; body: any; headers: Headers }> {
    const key = (await readFile(join(this.stateDir, 'api-key'), 'utf8')).trim()
    const isText = typeof body === 'string'
    const answer = await this.#fetch(`http://${this.api}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: isText ? body : JSON.stringify(body) }),
    })
    const text = await answer.text()
    return {
      status: answer.status,
      headers: answer.headers,
      body: text === '' ? null : (answer.headers.get('content-type') ?? '').includes('json') ? JSON.parse(text) : text,
    }
  }

  /** Serves a load balancer on a free port, and answers the port. */
  async serve(name: string, spec: object): Promise<number> {
    const port = await findFreePort()
    const { status, body } = await this.ask('POST', '/v1/load-balancers', { name, spec: { port, ...spec } })
    if (status !== 201) throw new Error(`${name} is not served: ${JSON.stringify(body)}`)
    return port
  }

  /** The PID of its HAProxy master; null when none runs. */
  async haproxyPid(): Promise<number | null> {
    const { body } = await this.ask('GET', '/v1/nodes')
    return body.items[0].haproxy.pid
  }

  kill(): Promise<void> {
    return this.#end('SIGKILL')
  }

  stop(): Promise<void> {
    return this.#end('SIGTERM')
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    if (!this.ended) this.process.kill(signal)
    await waitFor(() => this.ended, { timeoutMs: 60_000, what: `the daemon to end after ${signal}` })
  }
}

/** Runs the CLI as a user's shell would. */
export function runCli(
  args: readonly string[],
  { program = 'fairlead', input, env }: { program?: string; input?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<Ran> {
  return new Promise((resolve) => {
    const child = spawn(join(ROOT, 'bin', program), args, { env: env ?? process.env, stdio: ['pipe', 'pipe', 'pipe'] })
    let [out, err] = ['', '']
    child.stdout.on('data', (piece: Buffer) => (out += piece.toString()))
    child.stderr.on('data', (piece: Buffer) => (err += piece.toString()))
    child.on('close', (code) => resolve({ code, out, err }))
    child.stdin.end(input ?? '')
  })
}

/** The daemons of one test file; `close` ends them and their HAProxy, and removes what they wrote. */
export class Daemons {
  #all: Daemon[] = []
  #folders: string[] = []

  async folder(): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'fairlead-live-'))
    this.#folders.push(folder)
    return folder
  }

  async start(options: DaemonOptions = {}): Promise<Daemon> {
    return (await this.begin(options)).ready(options.readyMs)
  }

  /** Starts one that need not be ready soon. */
  async begin({ flags = [], stateDir, env = {}, api, within }: DaemonOptions): Promise<Daemon> {
    const folder = stateDir ?? (await this.folder())
    const address = api ?? `127.0.0.1:${await findFreePort()}`
    const daemon = new Daemon(folder, address, flags, { ...process.env, ...env }, within)
    this.#all.push(daemon)
    return daemon
  }

  /** Starts one that is expected not to come up. */
  async startBroken(options: DaemonOptions): Promise<Daemon> {
    const daemon = await this.begin(options)
    await waitFor(() => daemon.ended, { timeoutMs: 60_000, what: 'the daemon to give up' })
    return daemon
  }

  async close(): Promise<void> {
    for (const daemon of this.#all) if (!daemon.ended) await daemon.stop()
    // A daemon that was killed has left its HAProxy.
    for (const { stateDir } of this.#all) {
      for (const pid of await findHaproxies(stateDir)) process.kill(pid, 'SIGTERM')
      await waitFor(async () => (await findHaproxies(stateDir)).length === 0, {
        timeoutMs: 60_000,
        what: 'HAProxy to end',
      })
    }
    for (const folder of this.#folders) await rm(folder, { recursive: true, force: true })
  }
}

/** PIDs of the HAProxy processes, master and workers, that were started under a state dir. */
export async function findHaproxies(stateDir: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)
  const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')))
  return pids.filter((_, index) => lines[index]?.includes(`\0-C\0${stateDir}/`))
}
