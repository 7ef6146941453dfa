// The embedded store: one SQLite file that keeps every object and every revision of it.
import { randomInt } from 'node:crypto'
import { EventEmitter } from 'node:events'
import type { DatabaseSync } from 'node:sqlite'
import { explainRefusals, inTransaction, openDatabase } from './database.ts'
import { prepareStatements, readRevision, readStored, type Statements } from './statements.ts'
import type { Expectation, Refusal, Revision, Store, Stored, Written } from './store.ts'
import { watchRevisions } from './watch-revisions.ts'

/** Opens the store of one kind of object; several kinds, and several processes, may share a file. Failures: see database. */
export function openSqliteStore<T>(
  path: string,
  kind: string,
  { now = Date.now }: { now?: () => number } = {},
): Store<T> {
  return new SqliteStore<T>(openDatabase(path), { path, kind, now })
}

type Place = { readonly path: string; readonly kind: string; readonly now: () => number }
type Change<T> = { readonly action: Revision<T>['action']; readonly value: T | null; readonly author: string }

class SqliteStore<T> implements Store<T> {
  readonly #database: DatabaseSync
  readonly #statements: Statements
  readonly #place: Place
  readonly #writes = new EventEmitter().setMaxListeners(0)
  readonly #closing = new AbortController()

  constructor(database: DatabaseSync, place: Place) {
    this.#database = database
    this.#statements = prepareStatements(database)
    this.#place = place
  }

  list(): readonly Stored<T>[] {
    return this.#explained(() => this.#statements.list.all(this.#place.kind).map((row) => readStored<T>(row)))
  }

  get(name: string): Stored<T> | undefined {
    return this.#explained(() => this.#find(name))
  }

  put(
    name: string,
    value: T,
    { expect, author, action }: { expect: Expectation; author: string; action?: 'rollback' },
  ): Written<T> {
    return this.#write(name, (current) => {
      const refusal = holdAgainst(name, current, expect)
      if (refusal) return { ok: false, refusal }
      return this.#record(name, current, { action: action ?? (current ? 'update' : 'create'), value, author })
    })
  }

  delete(name: string, { version, author }: { version?: number; author: string }): Written<T> {
    return this.#write(name, (current) => {
      const refusal = holdAgainst(name, current, { present: true, ...(version === undefined ? {} : { version }) })
      if (refusal || !current) return { ok: false, refusal: refusal ?? missing(name) }
      return this.#record(name, current, { action: 'delete', value: null, author })
    })
  }

  history(name: string): readonly Revision<T>[] {
    return this.#explained(() =>
      this.#statements.history.all(this.#place.kind, name).map((row) => readRevision<T>(row)),
    )
  }

  revisionsAbove(after: number): readonly Revision<T>[] {
    const { revisionsAbove } = this.#statements
    // A limit below zero is none (SQLite, "LIMIT clause").
    return this.#explained(() => revisionsAbove.all(this.#place.kind, after, -1).map((row) => readRevision<T>(row)))
  }

  revision(): number {
    return this.#explained(() => Number(this.#statements.newest.get(this.#place.kind)?.['revision']))
  }

  watch(after: number, signal: AbortSignal): AsyncIterable<Revision<T>> {
    const { revisionsAbove, foreignCommits } = this.#statements
    const log = {
      read: (above: number, limit: number) =>
        this.#explained(() => revisionsAbove.all(this.#place.kind, above, limit).map((row) => readRevision<T>(row))),
      foreignCommits: () => this.#explained(() => Number(foreignCommits.get()?.['data_version'])),
      writes: this.#writes,
    }
    return watchRevisions(log, after, AbortSignal.any([signal, this.#closing.signal]))
  }

  close(): void {
    if (this.#closing.signal.aborted) return
    this.#closing.abort()
    this.#database.close()
  }

  #find(name: string): Stored<T> | undefined {
    const row = this.#statements.get.get(this.#place.kind, name)
    return row === undefined ? undefined : readStored<T>(row)
  }

  #write(name: string, decide: (current: Stored<T> | undefined) => Written<T>): Written<T> {
    const written = this.#explained(() => inTransaction(this.#database, () => decide(this.#find(name))))
    if (written.ok) this.#writes.emit('written')
    return written
  }

  #record(name: string, current: Stored<T> | undefined, { action, value, author }: Change<T>): Written<T> {
    const { kind, now } = this.#place
    const time = new Date(now()).toISOString()
    const id = current?.id ?? makeId()
    const createdAt = current?.createdAt ?? time
    const version = Number(this.#statements.nextVersion.get(kind, name)?.['version'])
    const json = value === null ? null : JSON.stringify(value)
    const added = this.#statements.addRevision.run(kind, name, id, version, action, json, author, time)
    if (json === null) this.#statements.remove.run(kind, name)
    else this.#statements.put.run(kind, name, id, json, version, createdAt, time)
    const kept = value ?? current?.value
    const stored = { name, id, value: kept as T, version, createdAt, updatedAt: time }
    return { ok: true, stored, revision: Number(added.lastInsertRowid) }
  }

  #explained<R>(work: () => R): R {
    return explainRefusals(this.#place.path, work)
  }
}

function holdAgainst<T>(name: string, current: Stored<T> | undefined, expect: Expectation): Refusal | undefined {
  if ('absent' in expect) {
    return current && { code: 'exists', message: `${name} exists already, at version ${current.version}` }
  }
  if (!current) return missing(name)
  if (expect.version === undefined || expect.version === current.version) return undefined
  return { code: 'version_conflict', message: `${name} is at version ${current.version}, not ${expect.version}` }
}

function missing(name: string): Refusal {
  return { code: 'not_found', message: `there is no ${name}` }
}

const ID_LETTERS = 'abcdefghijklmnopqrstuvwxyz0123456789'

function makeId(): string {
  return `lb-${Array.from({ length: 10 }, () => ID_LETTERS[randomInt(ID_LETTERS.length)]).join('')}`
}
