// The process that serves files, as a daemon sees it: asked, started, ended. It outlives the daemon, as HAProxy does.
import { spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { readTextFile } from '../io/atomic-file.ts'
import { waitFor } from '../io/deadline.ts'
import { Failure } from '../io/failure.ts'
import { request } from '../io/line-socket.ts'
import { outcomeOf } from '../io/outcome.ts'
import type { Greeting } from './server.ts'

const PROGRAM = fileURLToPath(new URL('../../bin/fairlead', import.meta.url))

/** How long it may take to answer, to start, and to end. */
const ANSWER_MS = 2000
const START_MS = 20_000
const END_MS = 3000

/** The command it is started by, which nobody types. */
const SERVE_STATIC = 'serve-static'

/** Where the process listens, as whom it reads files, and where it writes its last words. */
export type Site = { readonly socket: string; readonly user: string | null; readonly log: string }

/** What asking came to: its greeting, `busy` where it takes connections and does not answer, or nobody there. */
export type Answer = Greeting | 'busy' | 'gone'

/** One such process, whoever has started it. */
export class StaticProcess {
  readonly #site: Site

  constructor(site: Site) {
    this.#site = site
  }

  /** Asks it who it is; never fails. */
  async ask(): Promise<Answer> {
    const { socket } = this.#site
    const answer = await outcomeOf(request(socket, 'GET / HTTP/1.0\r\n\r', { timeoutMs: ANSWER_MS }))
    if (!answer.ok) return answer.error.code === 'socket-unreachable' ? 'gone' : 'busy'
    const [, version, pid] = /\r\n\r\n\{"version":"([^"]+)","pid":(\d+)\}$/.exec(answer.value) ?? []
    return version === undefined ? 'busy' : { version, pid: Number(pid) }
  }

  /** Starts one in the place of whatever is there, and waits until it answers. Failure `static-not-started`. */
  async start(version: string): Promise<Greeting> {
    const { socket, user, log } = this.#site
    const output = openSync(log, 'a', 0o600)
    const child = spawn(PROGRAM, [SERVE_STATIC, version, socket, ...(user === null ? [] : [user])], {
      detached: true,
      cwd: '/',
      env: { PATH: process.env['PATH'] ?? '' },
      stdio: ['ignore', output, output],
    })
    closeSync(output)
    let ended = false
    child.once('exit', () => (ended = true))
    child.once('error', () => (ended = true))
    child.unref()
    const isUp = async () => {
      const answer = await this.ask()
      if (typeof answer === 'object' && answer.pid === child.pid) return answer
      return ended ? ('ended' as const) : null
    }
    const up = await waitFor(isUp, { timeoutMs: START_MS, what: 'the process that serves files' })
    if (up === 'ended')
      throw new Failure('static-not-started', `the process that serves files did not start; its words are in ${log}`)
    return up
  }

  /** Ends it, its answers too; quiet where there is none. */
  async end(): Promise<void> {
    const { socket } = this.#site
    const answer = await this.ask()
    // Without its socket it ends by itself, also one that does not answer now.
    await rm(socket, { force: true })
    if (typeof answer !== 'object') return
    const { pid } = answer
    const isGone = async () => !(await this.#isOurs(pid))
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      if (await isGone()) return
      await outcomeOf(Promise.try(() => process.kill(pid, signal)))
      await outcomeOf(waitFor(isGone, { timeoutMs: END_MS, what: 'the process that serves files to end' }))
    }
  }

  /** A number it told us is believed only where such a process runs under it. */
  async #isOurs(pid: number): Promise<boolean> {
    const words = (await readTextFile(`/proc/${pid}/cmdline`))?.split('\0') ?? []
    return words.includes(SERVE_STATIC) && words.includes(this.#site.socket)
  }
}
