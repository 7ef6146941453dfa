// Keeps the process that serves files running, from the first load balancer that needs it on.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from '../io/log.ts'
import { outcomeOf } from '../io/outcome.ts'
import type { Config } from '../model/config.ts'
import { poolsOf } from '../model/config.ts'
import type { Word } from '../model/fragment.ts'
import type { StaticProcess } from '../static-files/static-process.ts'

/** Between two looks; a dead process must serve again within a second. */
const LOOK_MS = 150

/** After a start that failed. */
const PATIENCE_MS = 2000

/** So long a change waits for the first start. */
const FIRST_START_MS = 5000

/** So often in a row it may take a connection and not answer. */
const MOST_SILENT = 5

/** The supervision of one process. */
export class StaticFiles {
  readonly #process: Pick<StaticProcess, 'ask' | 'start' | 'end'>
  readonly #version: string
  readonly #log: Logger
  #isWanted = false
  #pid: number | null = null
  #silent = 0
  #trouble = ''
  #looking: Promise<void> | null = null

  constructor(process: Pick<StaticProcess, 'ask' | 'start' | 'end'>, version: string, log: Logger) {
    this.#process = process
    this.#version = version
    this.#log = log
  }

  /** From now on there shall be one; waits a moment until it answers. */
  async want(): Promise<void> {
    if (this.#isWanted) return
    this.#isWanted = true
    await Promise.race([this.#look(), outcomeOf(sleep(FIRST_START_MS, undefined, { ref: false }))])
  }

  /** Looks again and again until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await outcomeOf(sleep(LOOK_MS, undefined, { signal }))
      if (this.#isWanted && !signal.aborted) await this.#look()
    }
  }

  /** Ends it, whoever has started it. */
  async stop(): Promise<void> {
    this.#isWanted = false
    await this.#looking
    await this.#process.end()
  }

  #look(): Promise<void> {
    this.#looking ??= this.#bringUp().finally(() => (this.#looking = null))
    return this.#looking
  }

  /** A process of another version gives way to one of ours; one that is only slow is left in peace for some time. */
  async #bringUp(): Promise<void> {
    const answer = await this.#process.ask()
    this.#silent = answer === 'busy' ? this.#silent + 1 : 0
    if (answer === 'busy' && this.#silent < MOST_SILENT) return
    if (typeof answer === 'object' && answer.version === this.#version) return this.#note(answer.pid, 'adopted')
    if (this.#pid !== null) this.#log.warn(`the process that serves files (${this.#pid}) has ended; starting another`)
    const started = await outcomeOf(this.#process.start(this.#version))
    this.#silent = 0
    if (started.ok) return this.#note(started.value.pid, 'started')
    // Told once, tried again and again.
    if (started.error.message !== this.#trouble) this.#log.error(started.error.message)
    this.#trouble = started.error.message
    this.#pid = null
    await outcomeOf(sleep(PATIENCE_MS, undefined, { ref: false }))
  }

  #note(pid: number, how: string): void {
    if (pid !== this.#pid) this.#log.info(`files are served by process ${pid}: ${how}`)
    this.#pid = pid
    this.#trouble = ''
  }
}

/** Whether anything of a word serves files. */
export function wantsFiles(fragment: Word[number]): [string, true][] {
  const isAny = !('broken' in fragment) && fragment.pools.some(({ features }) => features?.static)
  return isAny ? [['files', true]] : []
}

/** Whether anything of a configuration does. */
export function servesFiles(config: Config): boolean {
  return poolsOf(config).some(({ features }) => features?.static)
}
