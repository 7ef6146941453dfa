// What a worker has been told: a file made when its generation was written, and a journal of the changes since.
import { createHash } from 'node:crypto'
import { type Config, type Listener, listenersOf, type Share, sharesOf, toConfig } from '../model/config.ts'
import type { Fragment } from '../model/fragment.ts'
import { Table } from '../model/table.ts'
import type { Action } from '../plan/action.ts'
import { follow } from '../plan/ledger.ts'
import type { Ledger } from '../plan/running.ts'
import type { FileLayout } from '../render/files.ts'

/** The model of a running worker. */
export type Told = {
  readonly config: Config
  readonly processDigest: string
  /** How the files of this generation are laid out. */
  readonly layout: FileLayout
  /** Who serves, by name; stand-ins for load balancers that break later. */
  readonly fragments: Table<string, Fragment>
  readonly ledger: Ledger
}

/** One change made in the running process; what it did to the ledger is worked out again from its plan. */
export type Entry = {
  readonly atMs: number
  readonly plan: readonly Action[]
  /** Load balancers that changed: name, who serves (null: nobody), and its share. */
  readonly changed: readonly (readonly [string, Fragment | null, Share | null])[]
}

/** A digest that differs when the process-wide settings do; secrets cannot be read out of it. */
export function digestOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 16)
}

/** What is told after an entry. */
export function tell(told: Told, { atMs, plan, changed }: Entry): Told {
  let { fragments } = told
  let { shares } = told.config
  for (const [name, fragment, share] of changed) {
    fragments = fragment ? fragments.set(name, fragment) : fragments.delete(name)
    shares = share ? shares.set(name, share) : shares.delete(name)
  }
  const config = { shares, listeners: withDefaults(told.config.listeners, plan) }
  return { ...told, fragments, config, ledger: follow(told.ledger, plan, config, atMs) }
}

/** With the certificates a plan gave listeners by default. */
function withDefaults(listeners: Config['listeners'], plan: readonly Action[]): typeof listeners {
  let changed = listeners
  for (const action of plan) {
    const listener = action.kind === 'set-default-certificate' ? listeners.get(action.listener) : undefined
    if (action.kind === 'set-default-certificate' && listener?.tls)
      changed = changed.set(listener.id, { ...listener, tls: { ...listener.tls, default: action.chosen } })
  }
  return changed
}

/** An entry as a line of the journal. */
export function formatEntry(entry: Entry): string {
  const changed = entry.changed.map(([name, fragment, share]) => [
    name,
    fragment,
    isOwnShare(fragment, share) ? 'own' : share,
  ])
  return withDigest(JSON.stringify({ ...entry, plan: entry.plan.filter(isBooked), changed }))
}

/** Only these change the ledger, or a listener. */
const BOOKED: readonly Action['kind'][] = [
  ...(['claim-place', 'leave-place', 'free-place', 'retire-server', 'delete-server'] as const),
  'set-default-certificate',
]

function isBooked({ kind }: Action): boolean {
  return BOOKED.includes(kind)
}

/** All of it as a file. */
export function formatTold({ config, processDigest, layout, fragments, ledger }: Told): string {
  const shares = sharesOf(config).filter((share) => !isOwnShare(fragments.get(share.owner) ?? null, share))
  const { places, profiles, left, leavers, spares } = ledger
  const books = {
    places: [...places],
    profiles: [...profiles],
    left: [...left],
    leavers: [...leavers],
    spares: [...spares],
  }
  const kept: Kept = {
    processDigest,
    layout,
    books,
    listeners: listenersOf(config),
    fragments: [...fragments.values()],
    shares,
  }
  return `${FORMAT} ${withDigest(JSON.stringify(kept))}`
}

/** Reads both; null where the file has another format or is damaged, which only costs a reload. A torn line of the journal is passed over. */
export function parseTold(text: string | undefined, journal: string | undefined): Told | null {
  const json = text?.startsWith(`${FORMAT} `) ? readDigested(text.slice(FORMAT.length + 1)) : null
  if (json === null) return null
  const entries = readJournal(journal ?? '')
  return entries.reduce(tell, toTold(JSON.parse(json)))
}

type Kept = {
  readonly processDigest: string
  readonly layout: FileLayout
  readonly books: {
    readonly [K in keyof Ledger]: readonly (Ledger[K] extends Table<string, infer V> ? [string, V] : never)[]
  }
  readonly listeners: readonly Listener[]
  readonly fragments: readonly Fragment[]
  readonly shares: readonly Share[]
}

function toTold({ processDigest, layout, books, listeners, fragments, shares }: Kept): Told {
  const config = toConfig(listeners, [...fragments.map(toOwnShare), ...shares])
  const byName = Table(fragments.map((fragment) => [fragment.name, fragment]))
  const { places, profiles, left, leavers, spares } = books
  const ledger = {
    places: Table(places),
    profiles: Table(profiles),
    left: Table(left),
    leavers: Table(leavers),
    spares: Table(spares),
  }
  return { config, processDigest, layout, fragments: byName, ledger }
}

function readJournal(journal: string): Entry[] {
  const entries: Entry[] = []
  for (const line of journal.split('\n')) {
    const json = readDigested(line)
    // What was told by a line that a crash tore is found and undone by the audit of the next start.
    if (json === null) continue
    const entry = JSON.parse(json) as Omit<Entry, 'changed'> & {
      changed: [string, Fragment | null, Share | 'own' | null][]
    }
    const changed = entry.changed.map(([name, fragment, share]) => {
      return [name, fragment, share === 'own' && fragment ? toOwnShare(fragment) : (share as Share | null)] as const
    })
    entries.push({ ...entry, changed })
  }
  return entries
}

/** Without names to resolve, a share holds just what its fragment does: that is written once. */
function isOwnShare(fragment: Fragment | null, share: Share | null): boolean {
  if (!fragment || !share || share.routes !== fragment.routes || share.certificates || share.domains) return false
  return share.pools.every((pool, index) => pool === fragment.pools[index])
}

function toOwnShare({ name, routes, pools }: Fragment): Share {
  return { owner: name, routes, pools }
}

function withDigest(json: string): string {
  return `${digestOf(json)} ${json}\n`
}

function readDigested(line: string): string | null {
  const json = line.slice(17).trimEnd()
  return line.length > 17 && line.startsWith(`${digestOf(json)} `) ? json : null
}

/** Changes when the model's form does, so that an older daemon's file is not misread. */
const FORMAT = 'fairlead-model-3'
