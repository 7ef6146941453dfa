// What is known of every container: put together from lists, inspections and events, none of which is the newest for sure.
import type { Container } from './container.ts'
import type { DockerEvent } from './docker-event.ts'
import { type ListedReading, parseHealth, type Reading } from './reading.ts'
import { DEFAULT_STOP_SIGNAL, KILL_SIGNAL, parseSignal } from './stop-signal.ts'

/** A program that still runs this long after its stop timeout took the signal for something else. */
const STOP_GRACE_MS = 5000

type Kill = { readonly signal: number; readonly engineAt: number; readonly ourAt: number }

type Entry = {
  reading: Reading
  /** An entry that only a list has told of is shown once somebody has looked at it, or nobody can. */
  isShown: boolean
  shown: Container | null
}

/** Knows the containers. Every `take` may be followed by another look at those it answers. */
export class ContainerBook {
  readonly #entries = new Map<string, Entry>()
  /** The last signal of each container since it was started; also of those nobody has looked at yet. */
  readonly #kills = new Map<string, Kill>()
  #list: readonly Container[] = []

  /** Everything known, oldest first; the same object as long as nothing of it changes. */
  containers(now: number): readonly Container[] {
    const shown = [...this.#entries].flatMap(([id, entry]) => (entry.isShown ? [this.#show(id, entry, now)] : []))
    shown.sort((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1))
    const isSame = shown.length === this.#list.length && shown.every((each, index) => each === this.#list[index])
    if (!isSame) this.#list = shown
    return this.#list
  }

  /** When the next container counts as running on although it was told to stop; null: none will. */
  nextExpiry(now: number): number | null {
    const ends = [...this.#entries].flatMap(([id, { reading }]) =>
      this.#isStopping(id, reading, now) ? [this.#endOfStop(id, reading)] : [],
    )
    const next = Math.min(...ends)
    return Number.isFinite(next) ? next : null
  }

  /**
   * A complete list. It may be older than an event that came meanwhile, so it only says whom to look at: new ones, gone
   * ones, and those it tells something else of.
   */
  takeList(list: readonly ListedReading[]): string[] {
    const ids = new Set(list.map(({ id }) => id))
    const gone = [...this.#entries.keys()].filter((id) => !ids.has(id))
    const changed = list.filter((item) => {
      const entry = this.#entries.get(item.id)
      if (entry === undefined) this.#entries.set(item.id, { reading: item, isShown: false, shown: null })
      return entry === undefined || !entry.isShown || describe(entry.reading, item) !== describe(item, item)
    })
    return [...gone, ...changed.map(({ id }) => id)]
  }

  /** A complete list where nobody may look at single containers: it is taken as it is. */
  takeListAlone(list: readonly ListedReading[]): void {
    const ids = new Set(list.map(({ id }) => id))
    for (const id of this.#entries.keys()) if (!ids.has(id)) this.remove(id)
    for (const item of list) this.takeReading(item)
  }

  takeReading(reading: Reading): void {
    const entry = this.#entries.get(reading.id)
    const isSame = entry !== undefined && JSON.stringify(entry.reading) === JSON.stringify(reading)
    const shown = isSame ? entry.shown : null
    this.#entries.set(reading.id, { reading, isShown: true, shown })
  }

  /** What an event tells at once; what else it means, a look finds out. */
  takeEvent({ action, containerId, attributes, at }: DockerEvent, ourAt: number): void {
    if (containerId === null) return
    if (action === 'destroy') this.remove(containerId)
    if (action === 'kill') {
      const signal = parseSignal(attributes['signal'] ?? '') ?? DEFAULT_STOP_SIGNAL
      const isStop = this.#isStopSignal(signal, this.#entries.get(containerId)?.reading)
      // Any other signal leaves a stop that is under way as it is.
      if (isStop || !this.#kills.has(containerId)) this.#kills.set(containerId, { signal, engineAt: at, ourAt })
    }
    if (action === 'start' || action === 'die') this.#kills.delete(containerId)
    const change = findChange(action)
    const entry = this.#entries.get(containerId)
    if (entry !== undefined && change !== null)
      this.#entries.set(containerId, { ...entry, reading: { ...entry.reading, ...change }, shown: null })
  }

  /** Nobody can look at it: what the list says of it must do. */
  show(id: string): void {
    const entry = this.#entries.get(id)
    if (entry !== undefined) entry.isShown = true
  }

  remove(id: string): void {
    this.#entries.delete(id)
    this.#kills.delete(id)
  }

  nameOf(id: string): string {
    return this.#entries.get(id)?.reading.name ?? id.slice(0, 12)
  }

  #show(id: string, entry: Entry, now: number): Container {
    const stopping = this.#isStopping(id, entry.reading, now)
    if (entry.shown === null || entry.shown.stopping !== stopping) entry.shown = toContainer(entry.reading, stopping)
    return entry.shown
  }

  #isStopping(id: string, reading: Reading, now: number): boolean {
    const kill = this.#kills.get(id)
    if (kill === undefined || !['running', 'paused'].includes(reading.state)) return false
    const isOfThisRun = reading.startedAt === null || reading.startedAt <= kill.engineAt
    return isOfThisRun && this.#isStopSignal(kill.signal, reading) && now < this.#endOfStop(id, reading)
  }

  #isStopSignal(signal: number, reading: Reading | undefined): boolean {
    return signal === KILL_SIGNAL || signal === (reading?.stopSignal ?? DEFAULT_STOP_SIGNAL)
  }

  #endOfStop(id: string, { stopTimeoutMs }: Reading): number {
    return (this.#kills.get(id)?.ourAt ?? 0) + stopTimeoutMs + STOP_GRACE_MS
  }
}

function findChange(action: string): Partial<Reading> | null {
  if (action === 'die') return { state: 'exited' }
  if (action === 'pause') return { state: 'paused' }
  if (action === 'unpause') return { state: 'running' }
  const [, health] = /^health_status: (\w+)$/.exec(action) ?? []
  return health === undefined ? null : { health: parseHealth(health) }
}

/** What can change of a container, as far as a list tells of it. */
function describe({ name, state, health, networks, publishedPorts }: Reading, list: ListedReading): string {
  // Published ports of a container that does not run stand in inspections only.
  const isRunning = list.state === 'running'
  return JSON.stringify([name, state, list.isHealthKnown ? health : null, networks, isRunning ? publishedPorts : null])
}

function toContainer(reading: Reading, stopping: boolean): Container {
  const { id, name, image, createdAt, labels, environment, state, health } = reading
  const { networkMode, networks, exposedPorts, publishedPorts } = reading
  return {
    ...{ id, name, image, createdAt, labels, environment, state, health, stopping },
    ...{ networkMode, networks, exposedPorts, publishedPorts },
  }
}
