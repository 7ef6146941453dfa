// The store's SQL, each statement once, and its rows as values.
import type { DatabaseSync, SQLOutputValue, StatementSync } from 'node:sqlite'
import type { Revision, Stored } from './store.ts'

type Row = Readonly<Record<string, SQLOutputValue>>

const SQL = {
  list: 'SELECT * FROM objects WHERE kind = ? ORDER BY name',
  get: 'SELECT * FROM objects WHERE kind = ? AND name = ?',
  put: `INSERT INTO objects (kind, name, id, value, version, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET value = excluded.value, version = excluded.version, updated_at = excluded.updated_at`,
  remove: 'DELETE FROM objects WHERE kind = ? AND name = ?',
  nextVersion: 'SELECT coalesce(max(version), 0) + 1 AS version FROM revisions WHERE kind = ? AND name = ?',
  addRevision: `INSERT INTO revisions (kind, name, id, version, action, value, author, time)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
  history: 'SELECT * FROM revisions WHERE kind = ? AND name = ? ORDER BY version DESC',
  newest: 'SELECT coalesce(max(revision), 0) AS revision FROM revisions WHERE kind = ?',
  revisionsAbove: 'SELECT * FROM revisions WHERE kind = ? AND revision > ? ORDER BY revision LIMIT ?',
  foreignCommits: 'PRAGMA data_version',
} as const

/** Every statement of the store, prepared. */
export type Statements = Readonly<Record<keyof typeof SQL, StatementSync>>

/** Prepares every statement on a database whose tables are there. */
export function prepareStatements(database: DatabaseSync): Statements {
  const prepared = Object.entries(SQL).map(([name, sql]) => [name, database.prepare(sql)])
  return Object.fromEntries(prepared) as Statements
}

/** One row of `objects`. SyntaxError where its value is not JSON any more. */
export function readStored<T>(row: Row): Stored<T> {
  return {
    name: String(row['name']),
    id: String(row['id']),
    value: JSON.parse(String(row['value'])) as T,
    version: Number(row['version']),
    createdAt: String(row['created_at']),
    updatedAt: String(row['updated_at']),
  }
}

/** One row of `revisions`. SyntaxError where its value is not JSON any more. */
export function readRevision<T>(row: Row): Revision<T> {
  return {
    revision: Number(row['revision']),
    name: String(row['name']),
    id: String(row['id']),
    version: Number(row['version']),
    action: String(row['action']) as Revision<T>['action'],
    value: row['value'] === null ? null : (JSON.parse(String(row['value'])) as T),
    author: String(row['author']),
    time: String(row['time']),
  }
}
