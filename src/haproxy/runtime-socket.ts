// Talking to the running HAProxy: the worker's socket and the master's.
import { Failure } from '../io/failure.ts'
import { request } from '../io/line-socket.ts'
import type { Layout } from './layout.ts'
import { type LiveServer, parseServersState } from './servers-state.ts'
import { type Processes, parseShowProc } from './show-proc.ts'
import { parseStatTable, type StatRow } from './stat-table.ts'

const TIMEOUT_MS = 5000

/** What HAProxy says although all went well. */
const HARMLESS = /^(no need to change|\w.* changed from |New server registered\.|Server deleted\.)/

/** The runtime commands Fairlead uses. Each opens a connection of its own, so an answer belongs to the worker of this moment. */
export class RuntimeSocket {
  readonly #layout: Layout

  constructor(layout: Layout) {
    this.#layout = layout
  }

  /** Carries out a command that answers nothing when it went well. Failure `runtime-refused` with HAProxy's words otherwise. */
  async command(text: string): Promise<void> {
    const answer = (await request(this.#layout.workerSocket, text, { timeoutMs: TIMEOUT_MS })).trim()
    if (answer !== '' && !HARMLESS.test(answer))
      throw new Failure('runtime-refused', `HAProxy refused "${text}": ${answer}`)
  }

  async serversState(): Promise<LiveServer[]> {
    return parseServersState(await request(this.#layout.workerSocket, 'show servers state', { timeoutMs: TIMEOUT_MS }))
  }

  async stat(): Promise<StatRow[]> {
    return parseStatTable(await request(this.#layout.workerSocket, 'show stat -1 4 -1', { timeoutMs: TIMEOUT_MS }))
  }

  /** `show info` by name: Pid, description, Uptime_sec, … */
  async info(): Promise<ReadonlyMap<string, string>> {
    const answer = await request(this.#layout.workerSocket, 'show info', { timeoutMs: TIMEOUT_MS })
    return new Map(
      answer
        .split('\n')
        .flatMap((line) =>
          line.includes(': ') ? [[line.slice(0, line.indexOf(': ')), line.slice(line.indexOf(': ') + 2)] as const] : [],
        ),
    )
  }

  /** The master's processes. Failure `master-silent` when its answer is none. */
  async processes(): Promise<Processes> {
    // The master keeps its side open: it is told to close.
    const answer = await request(this.#layout.masterSocket, 'show proc;quit', { timeoutMs: TIMEOUT_MS })
    const processes = parseShowProc(answer)
    if (!processes)
      throw new Failure('master-silent', `the HAProxy master did not answer as expected: ${answer.slice(0, 200)}`)
    return processes
  }

  /** Asks the master for a reload; from 2.7 on the answer tells how it went, before that it is empty. */
  async reload(): Promise<string> {
    return request(this.#layout.masterSocket, 'reload;quit', { timeoutMs: 30_000 })
  }
}
