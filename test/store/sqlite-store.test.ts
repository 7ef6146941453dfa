// The SQLite store: the shared contract, its files, what it says when they are damaged, and kill -9.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, onTestFinished, test } from 'vitest'
import { Failure } from '../../src/io/failure.ts'
import { openSqliteStore } from '../../src/store/sqlite-store.ts'
import { temporaryFolder } from '../io/temporary-folder.ts'
import { describeStoreContract, done, expectConsistent, type Thing } from './store-contract.ts'

const CREATE = { expect: { absent: true }, author: 'ann' } as const

describeStoreContract('SQLite', () => {
  const path = join(temporaryFolder(), 'store.db')
  return { open: () => openSqliteStore<Thing>(path, 'thing') }
})

function open(path: string, kind = 'thing') {
  const store = openSqliteStore<Thing>(path, kind)
  onTestFinished(() => store.close())
  return store
}

/** The Failure that opening or using a store ends with. */
function failureOf(work: () => unknown): Failure {
  try {
    work()
  } catch (thrown) {
    if (thrown instanceof Failure) return thrown
    throw thrown
  }
  throw new Error('nothing was thrown')
}

describe('its files', () => {
  test('are readable by this user alone, whatever the umask and whatever they were', () => {
    const path = join(temporaryFolder(), 'state', 'store.db')
    const umask = process.umask(0)
    onTestFinished(() => void process.umask(umask))
    done(open(path).put('web', { text: 'a' }, CREATE))
    const files = [path, `${path}-wal`, `${path}-shm`]
    expect(files.map((file) => (statSync(file).mode & 0o777).toString(8))).toEqual(['600', '600', '600'])
    for (const file of files) chmodSync(file, 0o644)
    open(path)
    expect(files.map((file) => (statSync(file).mode & 0o777).toString(8))).toEqual(['600', '600', '600'])
  })

  test('hold several kinds that do not see each other, with revisions in one row', async () => {
    const path = join(temporaryFolder(), 'store.db')
    const [things, others] = [open(path), open(path, 'other')]
    done(things.put('web', { text: 'a' }, CREATE))
    const other = others.put('web', { text: 'b' }, CREATE)
    expect(other).toMatchObject({ ok: true, revision: 2, stored: { version: 1 } })
    expect(things.list().map((each) => each.value.text)).toEqual(['a'])
    expect([things.revision(), others.revision()]).toEqual([1, 2])
    for await (const revision of others.watch(0, new AbortController().signal)) {
      expect(revision).toMatchObject({ revision: 2, value: { text: 'b' } })
      break
    }
  })

  test('carry the time they are told', () => {
    const path = join(temporaryFolder(), 'store.db')
    const store = openSqliteStore<Thing>(path, 'thing', { now: () => Date.UTC(2026, 0, 2, 3, 4, 5) })
    expect(done(store.put('web', { text: 'a' }, CREATE)).updatedAt).toBe('2026-01-02T03:04:05.000Z')
    store.close()
  })
})

describe('one clear sentence', () => {
  test('for a file that is no database, and one whose middle is destroyed', () => {
    const folder = temporaryFolder()
    const noDatabase = join(folder, 'text.db')
    writeFileSync(noDatabase, 'hello '.repeat(2000))
    const failure = failureOf(() => open(noDatabase))
    expect(failure.code).toBe('store-damaged')
    expect(failure.message).toBe(
      `the database ${noDatabase} is damaged (file is not a database); move it away together with its -wal and -shm files and put a backup in its place, or start empty`,
    )
    const destroyed = join(folder, 'destroyed.db')
    const store = openSqliteStore<Thing>(destroyed, 'thing')
    for (let index = 0; index < 50; index++) done(store.put(`n${index}`, { text: 'x'.repeat(500) }, CREATE))
    store.close()
    const bytes = readFileSync(destroyed)
    bytes.fill(0x41, 4096)
    writeFileSync(destroyed, bytes)
    expect(failureOf(() => open(destroyed).list()).code).toBe('store-damaged')
  })

  test('for a newer format, which stays untouched', () => {
    const path = join(temporaryFolder(), 'store.db')
    openSqliteStore<Thing>(path, 'thing').close()
    const database = new DatabaseSync(path)
    database.exec('PRAGMA user_version = 9')
    database.close()
    const failure = failureOf(() => open(path))
    expect(failure.code).toBe('store-newer')
    expect(failure.message).toContain(`${path} was written by a newer version (its format is 9, this program knows 1)`)
  })

  test('for a path that is a folder, and for a folder that cannot be made', () => {
    const folder = temporaryFolder()
    mkdirSync(join(folder, 'store.db'))
    expect(failureOf(() => open(join(folder, 'store.db'))).code).toBe('store-unusable')
    writeFileSync(join(folder, 'file'), '')
    const failure = failureOf(() => open(join(folder, 'file', 'store.db')))
    expect([failure.code, failure.message]).toEqual(['store-unusable', expect.stringContaining('cannot be used: E')])
  })
})

/** Starts a writer and collects what it says was acknowledged. */
function startWriter(path: string, names: string): { child: ChildProcess; acknowledged: () => string[] } {
  const script = new URL('endless-writer.ts', import.meta.url).pathname
  const child = spawn(process.execPath, [script, path, names], { stdio: ['ignore', 'pipe', 'pipe'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  let output = ''
  child.stdout?.on('data', (data: Buffer) => {
    output += data.toString()
  })
  child.stderr?.on('data', (data: Buffer) => process.stderr.write(data))
  return {
    child,
    acknowledged: () =>
      output
        .slice(0, output.lastIndexOf('\n') + 1)
        .split('\n')
        .filter(Boolean),
  }
}

describe('kill -9', () => {
  test('at any moment loses no acknowledged change, with two writers at once', { timeout: 90_000 }, async () => {
    const path = join(temporaryFolder(), 'store.db')
    const told = new Map<string, string>()
    for (let round = 0; round < 5; round++) {
      const writers = [startWriter(path, 'a,b'), startWriter(path, 'b,c')]
      await Promise.all(writers.map(({ child }) => once(child.stdout!, 'data')))
      await sleep(Math.random() * 150)
      for (const { child } of writers) child.kill('SIGKILL')
      await Promise.all(writers.map(({ child }) => once(child, 'close')))
      const store = openSqliteStore<Thing>(path, 'thing')
      const lines = writers.flatMap(({ acknowledged }) => acknowledged())
      expect(lines.length).toBeGreaterThan(0)
      for (const line of lines) {
        const [name, version, text = ''] = line.split(' ')
        // Two writers were never both told that the same version is theirs.
        expect(told.get(`${name} ${version}`)).toBeUndefined()
        told.set(`${name} ${version}`, text)
      }
      const kept = new Map(
        ['a', 'b', 'c'].flatMap((name) => store.history(name)).map((each) => [`${each.name} ${each.version}`, each]),
      )
      for (const [key, text] of told) {
        const revision = kept.get(key)
        expect(revision).toBeDefined()
        if (revision?.value) expect(revision.value.text).toBe(text)
      }
      // At most the one write each process had in hand was done without being told.
      expect(kept.size - told.size).toBeLessThanOrEqual(2 * (round + 1))
      for (const name of ['a', 'b', 'c']) expectConsistent(store, name)
      store.close()
    }
  })
})
