// The database file: private, durable, its tables made, and what SQLite refuses told in one sentence.
import { chmodSync, closeSync, existsSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Failure } from '../io/failure.ts'

/** What PRAGMA user_version says of a file this code understands. */
const SCHEMA_VERSION = 1

/** How long a write waits for another process's write; one takes some milliseconds. */
const BUSY_TIMEOUT_MS = 5000

/** Objects hold what stands, revisions everything that ever happened; a kind keeps several stores apart in one file. */
const SCHEMA = `
  CREATE TABLE objects (
    kind TEXT NOT NULL, name TEXT NOT NULL, id TEXT NOT NULL, value TEXT NOT NULL, version INTEGER NOT NULL,
    created_at TEXT NOT NULL, updated_at TEXT NOT NULL,
    PRIMARY KEY (kind, name)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE revisions (
    revision INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL, name TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL,
    action TEXT NOT NULL, value TEXT, author TEXT NOT NULL, time TEXT NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX revisions_of_object ON revisions (kind, name, version);
  CREATE INDEX revisions_in_order ON revisions (kind, revision);
  PRAGMA user_version = ${SCHEMA_VERSION};
`

/**
 * Opens the database, or makes it with its folder, readable by this user alone (0600). A commit is on disk when it
 * returns (WAL, synchronous=FULL). Failures: `store-damaged`, `store-newer`, `store-unusable`.
 */
export function openDatabase(path: string): DatabaseSync {
  return explainRefusals(path, () => {
    makePrivate(path)
    const database = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS })
    let ready = false
    try {
      database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;')
      inTransaction(database, () => makeTables(database, path))
      makePrivate(path)
      ready = true
      return database
    } finally {
      if (!ready) database.close()
    }
  })
}

/** Does the work in one transaction that excludes every other writer from its start: all of it happens or nothing. */
export function inTransaction<T>(database: DatabaseSync, work: () => T): T {
  database.exec('BEGIN IMMEDIATE')
  try {
    const result = work()
    database.exec('COMMIT')
    return result
  } finally {
    // SQLite ends the transaction itself on some failures, a full disk among them.
    if (database.isTransaction) database.exec('ROLLBACK')
  }
}

/** Does the work; what SQLite or the file system refuses is thrown as a Failure that names the file and the way out. */
export function explainRefusals<T>(path: string, work: () => T): T {
  try {
    return work()
  } catch (thrown) {
    throw explain(path, thrown)
  }
}

function makeTables(database: DatabaseSync, path: string): void {
  const found = Number(database.prepare('PRAGMA user_version').get()?.['user_version'])
  if (found === 0) database.exec(SCHEMA)
  if (found <= SCHEMA_VERSION) return
  const versions = `its format is ${found}, this program knows ${SCHEMA_VERSION}`
  const advice = 'start the newer version again, or choose another state directory'
  throw new Failure('store-newer', `${path} was written by a newer version (${versions}); ${advice}`)
}

/**
 * SQLite gives the files beside the database the permissions of the database itself, but keeps those it finds. An
 * existing database is never opened here: closing it would drop the locks this process holds on it (POSIX fcntl).
 */
function makePrivate(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  if (!existsSync(path)) closeSync(openSync(path, 'a', 0o600))
  for (const file of [path, `${path}-wal`, `${path}-shm`]) if (existsSync(file)) chmodSync(file, 0o600)
}

/** SQLite's result codes (sqlite.org/rescode.html); the low byte tells the kind. */
const BUSY = 5
const FULL = 13
const DAMAGED = [11, 26]

function explain(path: string, thrown: unknown): unknown {
  if (!(thrown instanceof Error) || thrown instanceof Failure) return thrown
  const { code = '', errcode = 0 } = thrown as NodeJS.ErrnoException & { errcode?: number }
  if (thrown instanceof SyntaxError || DAMAGED.includes(errcode & 0xff)) {
    const advice = 'move it away together with its -wal and -shm files and put a backup in its place, or start empty'
    return new Failure('store-damaged', `the database ${path} is damaged (${thrown.message}); ${advice}`, thrown)
  }
  if (code !== 'ERR_SQLITE_ERROR' && !/^E[A-Z]+$/.test(code)) return thrown
  const reasons: Readonly<Record<number, string>> = {
    [BUSY]: `another process has been writing it for ${BUSY_TIMEOUT_MS / 1000} s; stop that process or try again`,
    [FULL]: 'the disk is full; free some space and try again',
  }
  const reason = reasons[errcode & 0xff] ?? `${thrown.message}; check the path, its permissions and the disk`
  return new Failure('store-unusable', `the database ${path} cannot be used: ${reason}`, thrown)
}
