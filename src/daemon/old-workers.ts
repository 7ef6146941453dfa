// Keeps an eye on workers of earlier configurations: since when they are old, and that there are never too many.
//
// HAProxy's own mworker-max-reloads counts the reloads a worker has outlived, so it would end a single WebSocket after
// so many reloads although no other worker is left; this counts workers.
import { setTimeout as sleep } from 'node:timers/promises'
import { askOldWorker } from '../haproxy/old-worker.ts'
import type { RuntimeSocket } from '../haproxy/runtime-socket.ts'
import type { Processes, WorkerProcess } from '../haproxy/show-proc.ts'
import { outcomeOf } from '../io/outcome.ts'
import { formatConnections } from './old-worker-words.ts'
import type { Reporter } from './reporter.ts'
import type { Settings } from './settings.ts'

/** Between two looks. */
const LOOK_MS = 500

type Limits = Pick<Settings, 'oldWorkers' | 'oldWorkerDeadlineMs' | 'drainTimeoutMs'>

/** What is known of one worker that no HAProxy tells. Times are of `Date.now()`. */
type Known = {
  /** How long it may live on, as its own configuration says. */
  readonly deadlineMs: number
  /** null while it is in force. */
  readonly retiredAtMs: number | null
  /** Since when it is one too many; null while it is not. */
  readonly overdueAtMs: number | null
}

/** Since when a worker is old and when it ends at the latest, as times of `Date.now()`. */
export type Retirement = { readonly retiredAtMs: number; readonly endsAtMs: number }

/** The old workers of one HAProxy. */
export class OldWorkers {
  readonly #socket: RuntimeSocket
  readonly #ground: { readonly settings: Limits }
  readonly #reporter: Pick<Reporter, 'haproxy'>
  #known = new Map<number, Known>()
  #ended = new Set<number>()

  /** `ground` has the settings of the moment: they may change while it runs. */
  constructor(socket: RuntimeSocket, ground: { readonly settings: Limits }, reporter: Pick<Reporter, 'haproxy'>) {
    this.#socket = socket
    this.#ground = ground
    this.#reporter = reporter
  }

  /** How many may live. */
  get limit(): number {
    return this.#ground.settings.oldWorkers
  }

  /** Looks again and again until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const processes = await outcomeOf(this.#socket.processes())
      if (processes.ok && !signal.aborted) await this.#look(processes.value)
      await outcomeOf(sleep(LOOK_MS, undefined, { signal }))
    }
  }

  /** When an old worker of these processes became old, and when it ends at the latest. */
  retirement(worker: WorkerProcess, processes: Processes): Retirement {
    this.#remember(processes, Date.now())
    const known = this.#known.get(worker.pid)
    const retiredAtMs = known?.retiredAtMs ?? Date.now()
    return { retiredAtMs, endsAtMs: retiredAtMs + (known?.deadlineMs ?? this.#ground.settings.oldWorkerDeadlineMs) }
  }

  async #look(processes: Processes): Promise<void> {
    this.#remember(processes, Date.now())
    const { oldWorkers: limit } = this.#ground.settings
    const living = processes.oldWorkers.filter(({ pid }) => !this.#ended.has(pid))
    const excess = living.toSorted((a, b) => b.reloads - a.reloads).slice(0, Math.max(0, living.length - limit))
    for (const [rank, { pid }] of excess.entries()) await this.#endInTime(pid, excess.length - rank > limit)
  }

  #remember({ workers, oldWorkers }: Processes, nowMs: number): void {
    const deadlineMs = this.#ground.settings.oldWorkerDeadlineMs
    const fresh = { deadlineMs, retiredAtMs: null, overdueAtMs: null }
    const inForce = workers.map(({ pid }) => [pid, this.#known.get(pid) ?? fresh] as const)
    const old = oldWorkers.map((worker) => {
      const known = this.#known.get(worker.pid)
      const since = known ? nowMs : nowMs - findSuccessorUptimeMs(worker, [...workers, ...oldWorkers])
      return [worker.pid, { ...(known ?? fresh), retiredAtMs: known?.retiredAtMs ?? since }] as const
    })
    this.#known = new Map([...inForce, ...old])
    this.#ended = new Set([...this.#ended].filter((pid) => this.#known.has(pid)))
  }

  /** Ends a worker too many. Requests under way are answered first, as long as a stop would wait, unless there is no time. */
  async #endInTime(pid: number, isHurried: boolean): Promise<void> {
    const known = this.#known.get(pid)
    if (!known) return
    const overdueAtMs = known.overdueAtMs ?? Date.now()
    this.#known.set(pid, { ...known, overdueAtMs })
    const answer = await askOldWorker(this.#socket, pid)
    if (answer === 'gone') return
    const { oldWorkers, drainTimeoutMs } = this.#ground.settings
    const isLate = isHurried || Date.now() - overdueAtMs >= drainTimeoutMs
    const { requests, isPartial } = answer?.connections ?? { requests: 0, isPartial: false }
    if ((requests > 0 || isPartial) && !isLate) return
    this.#ended.add(pid)
    const ended = await outcomeOf(Promise.try(() => process.kill(pid, 'SIGTERM')))
    const who = answer === null ? 'it did not answer' : formatConnections(answer.connections)
    const how = ended.ok ? 'ended' : `could not be ended (${ended.error.message})`
    this.#reporter.haproxy(`old HAProxy worker ${pid} ${how}, as more than ${oldWorkers} lived; it had: ${who}`)
  }
}

/** The uptime of the next younger worker that lives: when that one started, this one was old already. */
function findSuccessorUptimeMs(worker: WorkerProcess, all: readonly WorkerProcess[]): number {
  const younger = all.filter(({ reloads }) => reloads < worker.reloads)
  return Math.max(0, ...younger.map(({ uptimeSeconds }) => uptimeSeconds * 1000))
}
