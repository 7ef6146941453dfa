// Talking to the running HAProxy: the worker's socket and the master's.
import { Failure } from '../io/failure.ts'
import { request } from '../io/line-socket.ts'
import type { Layout } from './layout.ts'
import { type LiveServer, parseServerSigns, parseServersState } from './servers-state.ts'
import { type Processes, parseShowProc } from './show-proc.ts'
import { parseLimits, parseStatTable, SERVER_COLUMNS, type StatRow } from './stat-table.ts'

const TIMEOUT_MS = 5000

/** An old worker only tells how it is: whoever asks does not wait long for one that hangs. */
const OLD_WORKER_TIMEOUT_MS = 2000

/** What HAProxy says although all went well. */
const HARMLESS =
  /^(no need to change|nothing changed|\w.* changed from |New (?:server|backend) registered\.|Backend (?:un)?published\.|Backend deleted\.|Server \S+ is (?:going )?(?:UP|DOWN)|backend '\S+' has no server|Server deleted\.|Key not found\.)/

/** A line of commands must fit HAProxy's buffer (16 KB by default), with some room. */
const LONGEST_LINE = 12_000

/** Of a frontend, as `show stat` names it. */
const CLOSED = ['PAUSED', 'STOP']

/** A semicolon ends a command, and a path may have one. */
export function escapeKey(key: string): string {
  return key.replaceAll(';', '\\;')
}

/** Commands as lines of several. */
function packLines(commands: readonly string[]): string[] {
  const lines: string[] = []
  for (const command of commands) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + command.length < LONGEST_LINE)
      lines[lines.length - 1] = `${last};${command}`
    else lines.push(command)
  }
  return lines
}

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

  /** Carries out commands in order, many to a connection; what one of them refuses does not stop the rest. Failure `runtime-refused` with all refusals. */
  async commands(all: readonly string[], harmless: RegExp = HARMLESS): Promise<void> {
    const refusals: string[] = []
    for (const line of packLines(all)) {
      const answer = await request(this.#layout.workerSocket, line, { timeoutMs: TIMEOUT_MS })
      refusals.push(...answer.split('\n').filter((text) => text.trim() !== '' && !harmless.test(text)))
    }
    if (refusals.length > 0)
      throw new Failure('runtime-refused', `HAProxy refused a change: ${refusals.slice(0, 3).join('; ')}`)
  }

  /** One command, perhaps with a payload below it, and HAProxy's words. */
  ask(command: string): Promise<string> {
    return request(this.#layout.workerSocket, command, { timeoutMs: TIMEOUT_MS })
  }

  /** Every server, or those of some places; places HAProxy does not know are passed over. */
  async serversState(places?: readonly string[]): Promise<LiveServer[]> {
    const questions = places?.map((place) => `show servers state ${place}`) ?? ['show servers state']
    return (await this.askAll(questions)).flatMap(parseServersState)
  }

  /** What would be another if a server's health were, by `place/server`. */
  async serverSigns(): Promise<Map<string, string>> {
    return parseServerSigns(await request(this.#layout.workerSocket, 'show servers state', { timeoutMs: TIMEOUT_MS }))
  }

  /** Every row of a map by key. */
  async mapRows(map: string): Promise<Map<string, string>> {
    const answer = await request(this.#layout.workerSocket, `show map ${map}`, { timeoutMs: TIMEOUT_MS })
    return new Map(
      answer.split('\n').flatMap((line) => {
        const [, key, value] = /^0x[0-9a-f]+ (\S+) (.*)$/.exec(line) ?? []
        return key === undefined || value === undefined ? [] : [[key, value] as const]
      }),
    )
  }

  /** The value of single rows, in the order asked; null where there is none. */
  async rows(asked: readonly { readonly map: string; readonly key: string }[]): Promise<(string | null)[]> {
    const answers = await this.askAll(asked.map(({ map, key }) => `get map ${map} ${escapeKey(key)}`))
    // A paragraph a question; in it a line for each way in which rules look the map up.
    const found = answers
      .join('\n')
      .split(/\n\s*\n/)
      .map((paragraph) => paragraph.split('\n').filter((line) => line.startsWith('type=')))
      .filter((lines) => lines.length > 0)
    if (found.length !== asked.length)
      throw new Failure('row-unread', `HAProxy told ${found.length} of ${asked.length} rows`)
    return found.map((lines, index) => {
      const rows = lines.map((line) => /, key="(.*)", value="(.*)", type=/.exec(line) ?? [])
      // A prefix answers where the row itself is missing.
      return rows.find(([, key]) => key === asked[index]?.key)?.[2] ?? null
    })
  }

  /** Asks several things; many to an answer. */
  async askAll(questions: readonly string[]): Promise<string[]> {
    const answers: string[] = []
    for (const line of packLines(questions))
      answers.push(await request(this.#layout.workerSocket, line, { timeoutMs: TIMEOUT_MS }))
    return answers
  }

  /** Rows of every server, or of the servers of some places. */
  async stat(places?: readonly string[]): Promise<StatRow[]> {
    const questions = places?.map((place) => `show stat ${place} 4 -1`) ?? ['show stat -1 4 -1']
    return (await this.askAll(questions)).flatMap((answer) => parseStatTable(answer, SERVER_COLUMNS))
  }

  /** How many connections each server of some places may have, by `place/server`; null for any number. */
  async limits(places: readonly string[]): Promise<Map<string, number | null>> {
    const answers = await this.askAll(places.map((place) => `show stat ${place} 4 -1`))
    return parseLimits(answers.join('\n'))
  }

  /** Names of frontends that take no connection, since somebody disabled them or shut them down. */
  async closedFrontends(): Promise<Set<string>> {
    const rows = parseStatTable(await this.ask('show stat -1 1 -1'), ['pxname', 'status'])
    const closed = rows.filter(({ status = '' }) => CLOSED.includes(status))
    return new Set(closed.map(({ pxname = '' }) => pxname))
  }

  /** `show info` by name: Pid, description, Uptime_sec, … */
  async info(): Promise<ReadonlyMap<string, string>> {
    return parseInfo(await request(this.#layout.workerSocket, 'show info', { timeoutMs: TIMEOUT_MS }))
  }

  /**
   * Asks one worker of the master's, an old one too; of a long answer the first `enough` characters. Where it has
   * ended, the answer is the master's sentence about that.
   */
  askWorker(pid: number, command: string, enough = Infinity): Promise<string> {
    return request(this.#layout.masterSocket, `@!${pid} ${command};quit`, { timeoutMs: OLD_WORKER_TIMEOUT_MS, enough })
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

/** `show info`: a name and a value a line. */
export function parseInfo(answer: string): ReadonlyMap<string, string> {
  return new Map(
    answer
      .split('\n')
      .flatMap((line) =>
        line.includes(': ') ? [[line.slice(0, line.indexOf(': ')), line.slice(line.indexOf(': ') + 2)] as const] : [],
      ),
  )
}
