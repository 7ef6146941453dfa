// A process that writes to a store for ever and prints each change once the store has acknowledged it.
import { writeSync } from 'node:fs'
import { openSqliteStore } from '../../src/store/sqlite-store.ts'
import type { Thing } from './store-contract.ts'

const [, , path = '', names = ''] = process.argv
const store = openSqliteStore<Thing>(path, 'thing')

const breath = new Int32Array(new SharedArrayBuffer(4))

for (let count = 0; ; count++) {
  for (const name of names.split(',')) {
    const current = store.get(name)
    const text = `${process.pid}-${count}`
    const expect = current ? ({ present: true, version: current.version } as const) : ({ absent: true } as const)
    const written =
      current && count % 7 === 6
        ? store.delete(name, { version: current.version, author: 'writer' })
        : store.put(name, { text }, { expect, author: 'writer' })
    // Whoever writes without a breath starves the other: SQLite's waiting is no queue.
    Atomics.wait(breath, 0, 0, Math.random() * 4)
    if (written.ok) writeSync(1, `${name} ${written.stored.version} ${written.stored.value.text}\n`)
  }
}
