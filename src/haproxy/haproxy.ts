// The running HAProxy as the loop sees it: read what is, try what might be, apply what shall be.
import { mkdir } from 'node:fs/promises'
import { Failure } from '../io/failure.ts'
import { outcomeOf } from '../io/outcome.ts'
import type { Config } from '../model/config.ts'
import { EMPTY_CONFIG, type Server } from '../model/config.ts'
import { toEffective } from '../model/effective.ts'
import type { Action } from '../plan/action.ts'
import type { Running } from '../plan/running.ts'
import type { RenderedFile } from '../render/files.ts'
import { OWN_MAP } from '../render/haproxy/hand-over.ts'
import { formatBackendName } from '../render/haproxy/names.ts'
import { type Alert, parseAlerts } from './alerts.ts'
import type { HaproxyBinary } from './find-haproxy.ts'
import { passesFirstProbe } from './first-probe.ts'
import { Generations, MODEL } from './generations.ts'
import type { Layout } from './layout.ts'
import { Master } from './master.ts'
import { overlayLive } from './overlay.ts'
import { runProgram } from './run-program.ts'
import { formatCommands } from './runtime-commands.ts'
import { RuntimeSocket } from './runtime-socket.ts'
import { type LiveServer, renderStateFile } from './servers-state.ts'
import { formatSnapshot, parseSnapshot, type Snapshot } from './snapshot.ts'

/** A configuration written and checked, not yet in force. */
export type Candidate = { readonly generation: string; readonly alerts: readonly Alert[]; readonly isValid: boolean }

const CHECK_TIMEOUT_MS = 60_000

/**
 * One HAProxy under one state dir.
 *
 * - `read` tells what really runs; it asks HAProxy each time and remembers nothing.
 * - `prepare` writes and checks a candidate; nothing in force changes.
 * - `reload` and `change` alter the running process. After a Failure of `reload` the former configuration serves on and
 *   is in force again on disk; after one of `change` some of its actions may have been carried out: read, and plan anew.
 */
export class Haproxy {
  readonly binary: HaproxyBinary
  readonly layout: Layout
  readonly socket: RuntimeSocket
  readonly #generations: Generations
  readonly #master: Master
  #parsed: { text: string | undefined; snapshot: Snapshot | null } = { text: undefined, snapshot: null }

  constructor(binary: HaproxyBinary, layout: Layout) {
    this.binary = binary
    this.layout = layout
    this.socket = new RuntimeSocket(layout)
    this.#generations = new Generations(layout)
    this.#master = new Master(binary.path, layout, this.socket)
  }

  /** Makes the folders. The sockets' folder may be entered by HAProxy's own user; nothing in it can be listed. */
  async open(): Promise<void> {
    await mkdir(this.layout.generations, { recursive: true, mode: 0o700 })
  }

  isAlive(): Promise<boolean> {
    return this.#master.isAlive()
  }

  /** What runs now: null when HAProxy does not. */
  async read(): Promise<Running | null> {
    const generation = await this.#master.runningGeneration()
    if (generation === null) return (await this.#master.isAlive()) ? UNKNOWN : null
    const snapshot = await this.#readSnapshot(generation)
    if (!snapshot) return UNKNOWN
    return overlayLive(snapshot, await this.socket.serversState())
  }

  /** The snapshot of the generation in force on disk, running or not; null before the first. */
  async lastSnapshot(): Promise<Snapshot | null> {
    const generation = await this.#generations.current()
    return generation === null ? null : this.#readSnapshot(generation)
  }

  /** The file is ours alone and can be large: it is parsed again only when its text is another. */
  async #readSnapshot(generation: string): Promise<Snapshot | null> {
    const text = await this.#generations.readModel(generation)
    if (text !== this.#parsed.text) this.#parsed = { text, snapshot: parseSnapshot(text) }
    return this.#parsed.snapshot
  }

  /** The folder of the configuration in force; null before the first. */
  async currentFolder(): Promise<string | null> {
    const generation = await this.#generations.current()
    return generation === null ? null : this.#generations.folder(generation)
  }

  /** Writes a candidate and has HAProxy check it. */
  async prepare(files: readonly RenderedFile[], snapshot: Snapshot): Promise<Candidate> {
    const generation = await this.#generations.write(files, formatSnapshot(snapshot))
    const ended = await runProgram(
      this.binary.path,
      ['-c', '-C', this.#generations.folder(generation), '-f', 'config'],
      CHECK_TIMEOUT_MS,
    )
    const isValid = ended.code === 0
    if (!isValid && ended.code !== 1) {
      await this.discard(generation)
      throw new Failure(
        'check-broken',
        `haproxy -c ended ${ended.signal ? `by ${ended.signal}` : `with ${ended.code}`}; nothing was changed: ${ended.output.slice(-300)}`,
      )
    }
    return { generation, isValid, alerts: isValid ? [] : parseAlerts(ended.output) }
  }

  /** Has HAProxy check the files in force; its own words. */
  async checkCurrent(): Promise<{ readonly valid: boolean; readonly output: string }> {
    const ended = await runProgram(
      this.binary.path,
      ['-c', '-C', this.layout.current, '-f', 'config'],
      CHECK_TIMEOUT_MS,
    )
    return { valid: ended.code === 0, output: ended.output.trim() }
  }

  /** Removes a candidate that is not wanted. */
  discard(generation: string): Promise<void> {
    return this.#generations.remove(generation)
  }

  /** Brings a checked candidate into force: starts HAProxy on it, or reloads into it. */
  async reload(generation: string, desired: Config, maxConnections: number): Promise<void> {
    const former = await this.#generations.current()
    const live = await outcomeOf(this.socket.serversState())
    const isRunning = live.ok && (await this.#master.isAlive())
    if (isRunning) await this.#generations.writeState(generation, renderStateFile(live.value, weightsIn(desired)))
    await this.#generations.promote(generation)
    const changed = await outcomeOf(
      isRunning ? this.#master.reload(generation) : this.#master.start(generation, maxConnections),
    )
    if (changed.ok) {
      // A later start must not believe this health.
      await this.#generations.writeState(generation, '1\n')
      return this.#generations.prune([generation])
    }
    if (former !== null) await this.#generations.promote(former)
    throw changed.error
  }

  /** Carries out a plan without a reload: first the files, so that a restart knows it too, then the running process. */
  async change(
    plan: readonly Action[],
    files: readonly RenderedFile[],
    snapshot: Snapshot,
    cookieKey: string,
  ): Promise<void> {
    const generation = await this.#master.runningGeneration()
    if (generation === null) throw new Failure('haproxy-gone', 'HAProxy ended while a change was about to be made')
    const passing = this.#probe(plan)
    await this.#generations.update(generation, files)
    const well = await passing
    const context = { cookieKey, passes: (server: Server) => well.has(server) }
    for (const action of plan) for (const command of formatCommands(action, context)) await this.#send(action, command)
    // Last: what is read from it (routes, connections) must not be believed before the process has it.
    await this.#generations.update(generation, [{ path: MODEL, content: formatSnapshot(snapshot), owner: null }])
  }

  /** A server that still has a session is forgotten another time. */
  async #send(action: Action, command: string): Promise<void> {
    if (action.kind !== 'delete-server') return this.socket.command(command)
    await outcomeOf(this.socket.command(command))
  }

  /** The servers to be added that pass their first check. */
  async #probe(plan: readonly Action[]): Promise<ReadonlySet<Server>> {
    const added = plan.flatMap((action) => (action.kind === 'add-server' ? [action] : []))
    const passes = await Promise.all(added.map((action) => passesFirstProbe(action.definition, action.in.healthCheck)))
    return new Set(added.filter((_, index) => passes[index]).map((action) => action.definition))
  }

  /** Lets requests finish for at most `drainMs`, or until `hurry` aborts, then ends HAProxy. */
  async stop(drainMs: number, hurry: AbortSignal): Promise<void> {
    // No worker comes after this one: what still comes in is its own to answer.
    await outcomeOf(this.socket.command(`del map ${OWN_MAP.path} ${OWN_MAP.row}`))
    return this.#master.stop(drainMs, hurry)
  }
}

/** Something runs of which we do not know what it was told. */
const UNKNOWN: Running = { config: EMPTY_CONFIG, processDigest: '', deletable: new Set() }

/** The new weights of servers whose address is the same before and after: only their health may be carried over. */
function weightsIn(desired: Config): (live: LiveServer) => number | null {
  const weights = new Map<string, number>()
  for (const pool of desired.pools) {
    for (const server of pool.servers.map((one) => ({ name: one.name, ...toEffective(one) }))) {
      if (server.state === 'ready')
        weights.set(`${formatBackendName(pool.id)}/${server.name} ${server.address}:${server.port}`, server.weight)
    }
  }
  return (live) =>
    live.isMaint ? null : (weights.get(`${live.backend}/${live.server} ${live.address}:${live.port}`) ?? null)
}
