// One `named` (BIND) of a test's own: its folder, its process, its log.
import { type ChildProcess, spawn } from 'node:child_process'
import { access, copyFile, mkdir, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { waitFor } from '../../../src/io/deadline.ts'
import { outcomeOf } from '../../../src/io/outcome.ts'

const COMMON =
  'pid-file none; session-keyfile none; recursion no; dnssec-validation no; listen-on-v6 { none; }; allow-transfer { 127.0.0.0/8; };'

export type NamedOptions = {
  /** Its own; made, and not removed. */
  readonly folder: string
  readonly port: number
  /** What stands in its `options` beside what every test wants. */
  readonly options: string
  /** Whole statements. */
  readonly statements: readonly string[]
}

/** Listens on 127.0.0.1. Its zone files lie in its folder, where it lies itself. */
export class Named {
  readonly #folder: string
  #child: ChildProcess | null = null

  private constructor(folder: string) {
    this.#folder = folder
  }

  static async make({ folder, port, options, statements }: NamedOptions): Promise<Named> {
    await mkdir(folder, { recursive: true })
    // A copy: Debian's AppArmor profile lets /usr/sbin/named read the system's folders only.
    await copyFile(await findNamed(), join(folder, 'named'))
    const own = `directory "${folder}"; listen-on port ${port} { 127.0.0.1; };`
    const lines = ['controls { };', `options { ${own} ${COMMON} ${options} };`, ...statements, '']
    await writeFile(join(folder, 'named.conf'), lines.join('\n'))
    return new Named(folder)
  }

  /** Starts it, again where it was, and waits until it has its zones. */
  async start(): Promise<void> {
    const at = (name: string) => join(this.#folder, name)
    const child = spawn(at('named'), ['-g', '-4', '-n', '1', '-c', at('named.conf')], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    this.#child = child
    let log = ''
    child.on('error', (error) => (log += error.message))
    child.stderr.on('data', (piece: Buffer) => (log += piece.toString()))
    const isUp = () => {
      if (child.exitCode !== null) throw new Error(`named ended: ${log}`)
      return / running$/m.test(log)
    }
    await waitFor(isUp, { timeoutMs: 60_000, what: 'named' })
  }

  async kill(): Promise<void> {
    const own = this.#child
    this.#child = null
    if (own === null || own.exitCode !== null) return
    const ended = new Promise((resolve) => own.once('exit', resolve))
    own.kill('SIGKILL')
    await ended
  }
}

/** The sbin folders are not on the PATH of people who are not root. */
async function findNamed(): Promise<string> {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin']
  for (const path of folders.map((folder) => join(folder, 'named'))) if ((await outcomeOf(access(path))).ok) return path
  throw new Error('there is no named; install the package bind9')
}
