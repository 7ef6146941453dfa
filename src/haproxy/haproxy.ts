// The running HAProxy as the loop sees it: read what is, try what might be, apply what shall be.
import { mkdir } from 'node:fs/promises'
import { Failure } from '../io/failure.ts'
import { outcomeOf } from '../io/outcome.ts'
import { ownPlaceOf } from '../model/place.ts'
import type { Action } from '../plan/action.ts'
import { type Ledger, NEW_LEDGER, placeOf, type Running, UNKNOWN } from '../plan/running.ts'
import type { RenderedFile } from '../render/files.ts'
import { OWN_MAP } from '../render/haproxy/hand-over.ts'
import { admit } from './admission.ts'
import { type Alert, parseAlerts } from './alerts.ts'
import { Arrivals } from './arrivals.ts'
import { changeCertificates, isCertificateAction, isComing } from './certificate-commands.ts'
import type { HaproxyBinary } from './find-haproxy.ts'
import { Generations } from './generations.ts'
import type { Layout } from './layout.ts'
import { asTold, readAll, readLeavers, readTouched } from './live-reader.ts'
import { Master } from './master.ts'
import { PemFiles } from './pem-files.ts'
import { runProgram } from './run-program.ts'
import { formatCommands } from './runtime-commands.ts'
import { RuntimeSocket } from './runtime-socket.ts'
import { renderStateFile } from './servers-state.ts'
import { findSuccessors } from './successors.ts'
import { type Entry, formatEntry, formatTold, parseTold, type Told, tell } from './told.ts'

/** A configuration written and checked, not yet in force. */
export type Candidate = { readonly generation: string; readonly alerts: readonly Alert[]; readonly isValid: boolean }

/** How closely to look: take what was told and read back for granted, look at what is on its way out, or at everything. */
export type Look = 'told' | 'leavers' | 'all'

/** A change to be made without a reload. */
export type RuntimeChange = {
  readonly plan: readonly Action[]
  readonly files: readonly RenderedFile[]
  /** Paths of files that are no more. */
  readonly gone: readonly string[]
  readonly changed: Entry['changed']
  readonly cookieKey: string
}

const CHECK_TIMEOUT_MS = 60_000

/** A journal above this is folded into the model, when there is time. */
const LONGEST_JOURNAL_BYTES = 16_000_000

/**
 * One HAProxy under one state dir.
 *
 * - `read` tells what runs. What was told to this worker and read back is taken for granted until the next look at
 *   everything, which is due after a start, a reload, a failure, and whenever it is asked for.
 * - `prepare` writes and checks a candidate; nothing in force changes.
 * - `reload` and `change` alter the running process. After a Failure of `reload` the former configuration serves on and
 *   is in force again on disk; after one of `change` some of its actions may have been carried out: read, and plan anew.
 */
export class Haproxy {
  readonly binary: HaproxyBinary
  readonly layout: Layout
  readonly socket: RuntimeSocket
  readonly pems: PemFiles
  readonly #generations: Generations
  readonly #master: Master
  readonly #arrivals: Arrivals
  readonly #now: () => number
  /** What the worker in force was told, and whether that has been read back. */
  #mirror: { readonly worker: string; readonly generation: string; readonly told: Told } | null = null
  #isProven = false
  #journalBytes = 0

  constructor(binary: HaproxyBinary, layout: Layout, now: () => number = Date.now) {
    this.binary = binary
    this.layout = layout
    this.socket = new RuntimeSocket(layout)
    this.pems = new PemFiles(layout.certificates, binary.path)
    this.#generations = new Generations(layout)
    this.#master = new Master(binary.path, layout, this.socket)
    this.#arrivals = new Arrivals(this.socket)
    this.#now = now
  }

  /** Makes the folders. The sockets' folder may be entered by HAProxy's own user; nothing in it can be listed. */
  async open(): Promise<void> {
    await mkdir(this.layout.generations, { recursive: true, mode: 0o700 })
  }

  isAlive(): Promise<boolean> {
    return this.#master.isAlive()
  }

  /** What runs now: null when HAProxy does not. */
  async read(look: Look): Promise<Running | null> {
    const worker = await this.#master.worker()
    if (worker === null) return (await this.#master.isAlive()) ? UNKNOWN : null
    if (this.#mirror?.worker !== worker.id) {
      const told = await this.#readTold(worker.generation)
      if (told === null) return UNKNOWN
      this.#mirror = { worker: worker.id, generation: worker.generation, told }
      this.#isProven = false
    }
    const { told } = this.#mirror
    if (look === 'all' || !this.#isProven) return readAll(told, this.socket, this.#now())
    return look === 'leavers' ? readLeavers(told, this.socket, this.#now()) : asTold(told)
  }

  /** What was told and proven, for trying out a change; looks where that is not known. */
  async peek(): Promise<Running | null> {
    return this.#mirror && this.#isProven ? asTold(this.#mirror.told) : this.read('told')
  }

  /** What a plan was about, read back. */
  async readBack(plan: readonly Action[]): Promise<Running | null> {
    if (!this.#mirror) return this.read('all')
    return readTouched(this.#mirror.told, plan, this.socket)
  }

  /** What was read is what was wanted: from now on that is what runs, in these very objects. */
  prove({ config, fragments }: Pick<Told, 'config' | 'fragments'>): void {
    if (!this.#mirror) return
    const { told } = this.#mirror
    // Its listeners are those it was started with, whatever has become of who asks for them.
    const shares = { ...told.config, shares: config.shares }
    this.#mirror = { ...this.#mirror, told: { ...told, config: shares, fragments } }
    this.#isProven = true
  }

  /** Whether something is on its way out that has to be looked after. */
  get isLeaving(): boolean {
    const ledger = this.#mirror?.told.ledger
    return ledger !== undefined && ledger.leavers.size + ledger.left.size > 0
  }

  /** Which pool stands where, and what is in reserve. */
  get ledger(): Ledger {
    return this.#mirror?.told.ledger ?? NEW_LEDGER
  }

  /** Where a pool stands. */
  placeOf(poolId: string): string {
    return this.#mirror ? placeOf(this.#mirror.told.ledger, poolId) : ownPlaceOf(poolId)
  }

  /** The next read looks at everything. */
  doubt(): void {
    this.#isProven = false
  }

  /** What HAProxy was told last, running or not; null before the first time. */
  async lastTold(): Promise<Told | null> {
    if (this.#mirror) return this.#mirror.told
    const generation = await this.#generations.current()
    return generation === null ? null : this.#readTold(generation)
  }

  async #readTold(generation: string): Promise<Told | null> {
    const { model, journal } = await this.#generations.readModel(generation)
    this.#journalBytes = journal?.length ?? 0
    return parseTold(model, journal)
  }

  /** The folder of the configuration in force; null before the first. */
  async currentFolder(): Promise<string | null> {
    const generation = await this.#generations.current()
    return generation === null ? null : this.#generations.folder(generation)
  }

  /** Writes a candidate and has HAProxy check it. */
  async prepare(files: readonly RenderedFile[], told: Told): Promise<Candidate> {
    const generation = await this.#generations.write(files, formatTold(told))
    const ended = await this.#check(this.#generations.folder(generation))
    const isValid = ended.code === 0
    if (!isValid && ended.code !== 1) {
      await this.discard(generation)
      throw new Failure(
        'check-broken',
        `haproxy -c ended ${ended.signal ? `by ${ended.signal}` : `with ${ended.code}`}; nothing was changed: ${ended.output.slice(-300)}`,
      )
    }
    return { generation, isValid, alerts: isValid ? [] : parseAlerts(ended.output, files) }
  }

  /** Has HAProxy check the files in force; its own words. */
  async checkCurrent(): Promise<{ readonly valid: boolean; readonly output: string }> {
    const ended = await this.#check(this.layout.current)
    return { valid: ended.code === 0, output: ended.output.trim() }
  }

  #check(folder: string) {
    return runProgram(this.binary.path, ['-c', '-C', folder, '-f', 'config'], CHECK_TIMEOUT_MS)
  }

  /** Removes a candidate that is not wanted. */
  discard(generation: string): Promise<void> {
    return this.#generations.remove(generation)
  }

  /** Starts HAProxy on the configuration that was in force last; answers whether there was one. */
  async revive(maxConnections: number): Promise<boolean> {
    const generation = await this.#generations.current()
    if (generation !== null) await this.#master.start(generation, maxConnections)
    return generation !== null
  }

  /** Brings a checked candidate into force: starts HAProxy on it, or reloads into it. */
  async reload(generation: string, told: Told, maxConnections: number): Promise<void> {
    const former = await this.#generations.current()
    const live = await outcomeOf(this.socket.serversState())
    const isRunning = live.ok && (await this.#master.isAlive())
    if (isRunning) {
      const successorOf = findSuccessors(this.ledger.places, told.config)
      await this.#generations.writeState(generation, renderStateFile(live.value, successorOf))
    }
    await this.#generations.promote(generation)
    this.#isProven = false
    const changed = await outcomeOf(
      isRunning ? this.#master.reload(generation) : this.#master.start(generation, maxConnections),
    )
    if (!changed.ok) {
      if (former !== null) await this.#generations.promote(former)
      await this.discard(generation)
      throw changed.error
    }
    const worker = await this.#master.worker()
    this.#mirror = worker && { worker: worker.id, generation, told }
    // A later start must not believe this health.
    await this.#generations.writeState(generation, '1\n')
    return this.#generations.prune([generation])
  }

  /** Carries out a plan without a reload: first the files, so that a restart knows it too, then the running process. */
  async change(running: Running, { plan, files, gone, changed, cookieKey }: RuntimeChange): Promise<void> {
    const mirror = this.#mirror
    if (!mirror) throw new Failure('haproxy-gone', 'HAProxy ended while a change was about to be made')
    const { generation } = mirror
    this.#isProven = false
    const admitting = admit(plan, changed, this.socket, this.#arrivals)
    await this.#generations.update(generation, files, gone)
    const { admitted, late } = await admitting
    const context = { cookieKey, passes: (name: string) => admitted.has(name) }
    const certificates = plan.filter(isCertificateAction)
    const change = (some: typeof certificates) =>
      changeCertificates(
        some,
        (command) => this.socket.ask(command),
        (digest) => this.pems.read(digest),
      )
    // What comes is there before anybody is sent to it, and what goes stays until nobody is.
    const coming = certificates.findLastIndex(isComing) + 1
    await change(certificates.slice(0, coming))
    await this.socket.commands(
      plan.filter(({ kind }) => kind !== 'delete-server').flatMap((action) => formatCommands(action, context)),
    )
    this.#arrivals.follow(late)
    await change(certificates.slice(coming))
    const left = await this.#forget(plan)
    // Last: what is read from it must not be believed before the process has it.
    const entry: Entry = { atMs: this.#now(), plan: plan.filter((action) => !left.has(action)), changed }
    this.#journalBytes = await this.#generations.note(generation, formatEntry(entry))
    const told = tell({ ...mirror.told, ledger: running.ledger }, entry)
    this.#mirror = { ...mirror, told }
    if (this.#journalBytes > LONGEST_JOURNAL_BYTES) await this.#generations.rewriteModel(generation, formatTold(told))
  }

  /** Deletes servers; answers the actions that must wait: a server that still has a session is forgotten another time. */
  async #forget(plan: readonly Action[]): Promise<ReadonlySet<Action>> {
    const deletions = plan.flatMap((action) => (action.kind === 'delete-server' ? [action] : []))
    if (deletions.length === 0) return new Set()
    await outcomeOf(this.socket.commands(deletions.map(({ place, server }) => `del server ${place}/${server}`)))
    const live = await this.socket.serversState([...new Set(deletions.map(({ place }) => place))])
    const there = new Set(live.map(({ backend, server }) => `${backend}/${server}`))
    return new Set(deletions.filter(({ place, server }) => there.has(`${place}/${server}`)))
  }

  /** Lets requests finish for at most `drainMs`, or until `hurry` aborts, then ends HAProxy. */
  async stop(drainMs: number, hurry: AbortSignal): Promise<void> {
    // No worker comes after this one: what still comes in is its own to answer.
    await outcomeOf(this.socket.command(`del map ${OWN_MAP.path} ${OWN_MAP.row}`))
    return this.#master.stop(drainMs, hurry)
  }
}
