// The model beside a generation's files and its journal: read back as it was written, or not at all.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { digestOf, type Entry, formatEntry, formatTold, parseTold, type Told, tell } from '../../src/haproxy/told.ts'
import { type Merged, merge } from '../../src/merge/merge.ts'
import { type Listener, listenersOf, sharesOf, toConfig } from '../../src/model/config.ts'
import type { Fragment } from '../../src/model/fragment.ts'
import { Table } from '../../src/model/table.ts'
import { findReload, makePlan } from '../../src/plan/plan.ts'
import { NEW_LEDGER } from '../../src/plan/running.ts'
import { neighbourhoods } from '../arbitrary/resources.ts'
import { SAME, toNewLedger, toRunning } from '../plan/to-running.ts'

const CONTEXT = { vpcs: [], kept: new Map(), setAside: new Map() }

/** Names are looked up again and again, and not always the same comes of it. */
const lookups = fc.array(fc.constantFrom('10.0.0.11', '10.0.0.12', null), { minLength: 9, maxLength: 9 })

/** What a worker was told first, and every change that was made to it without a reload. */
const stories = fc
  .tuple(neighbourhoods, lookups, fc.array(fc.boolean(), { minLength: 9, maxLength: 9 }))
  .map(([words, addresses, tidies]) => {
    const all = words.map((word, index) => {
      const address = addresses[index]
      return merge(word, { ...CONTEXT, addresses: new Map(address ? [['web-1', address]] : []) })
    })
    return toStory(all, tidies)
  })

function toStory([first, ...rest]: readonly Merged[], tidies: readonly boolean[]) {
  const { value } = first!
  const ledger = toNewLedger(value, 1000)
  const begin: Told = { config: value, processDigest: SAME, fragments: servingOf(first!), layout: 'each', ledger }
  const entries: Entry[] = []
  let told = begin
  for (const [index, merged] of rest.entries()) {
    // Everything that was left is ripe at times, and everything that was retired is quiet.
    const running = { ...toRunning(told.config, 0), config: told.config, ledger: told.ledger }
    const ripe = tidies[index] ? new Set(told.ledger.left.keys()) : new Set<string>()
    const quiet = new Set(
      [...told.ledger.leavers].flatMap(([place, { servers }]) => servers.map(({ name }) => `${place} ${name}`)),
    )
    const plan = makePlan(
      { ...running, ripe, quiet: tidies[index] ? quiet : new Set() },
      { config: merged.value, processDigest: SAME },
    )
    if (findReload(plan).length > 0) continue
    const fragments = servingOf(merged)
    const names = new Set([...told.config.shares.keys(), ...merged.value.shares.keys()])
    const changed = [...names].map(
      (name) => [name, fragments.get(name) ?? null, merged.value.shares.get(name) ?? null] as const,
    )
    const entry: Entry = { atMs: index * 1000, plan, changed }
    entries.push(entry)
    told = tell(told, entry)
  }
  return { begin, entries, told }
}

function servingOf({ placements }: Merged): Table<string, Fragment> {
  return Table([...placements].flatMap(([name, { serving }]) => (serving ? [[name, serving] as const] : [])))
}

/** Apart from the order of tables, which means nothing. */
function plain(told: Told | null): unknown {
  if (told === null) return null
  const { config, processDigest, fragments, layout, ledger } = told
  const sorted = (table: Table<string, unknown>) => [...table].sort(([a], [b]) => (a < b ? -1 : 1))
  return {
    listeners: listenersOf(config),
    shares: sharesOf(config),
    processDigest,
    layout,
    fragments: sorted(fragments),
    ledger: Object.entries(ledger).map(([name, table]) => [name, sorted(table as Table<string, unknown>)]),
  }
}

test('any model is read back as it was written', () => {
  fc.assert(
    fc.property(stories, ({ told }) => {
      expect(plain(parseTold(formatTold(told), undefined))).toEqual(plain(told))
    }),
    { numRuns: 60 },
  )
}, 60_000)

test('a journal brings the model to just where telling brought it', () => {
  fc.assert(
    fc.property(stories, ({ begin, entries, told }) => {
      expect(plain(parseTold(formatTold(begin), entries.map(formatEntry).join('')))).toEqual(plain(told))
    }),
    { numRuns: 60 },
  )
}, 60_000)

test('wherever a crash tears the journal, what was whole before counts, and what is written after it too', () => {
  fc.assert(
    fc.property(stories, fc.nat(), ({ begin, entries }, chance) => {
      const last = entries.at(-1)
      if (!last) return
      const whole = entries.slice(0, -1)
      const line = formatEntry(last)
      const torn = line.slice(0, chance % (line.length - 1))
      const before = whole.map(formatEntry).join('')
      expect(plain(parseTold(formatTold(begin), before + torn))).toEqual(plain(whole.reduce(tell, begin)))
      // After a crash the next line begins anew.
      expect(plain(parseTold(formatTold(begin), `${before}${torn}\n${line}`))).toEqual(
        plain(entries.reduce(tell, begin)),
      )
    }),
    { numRuns: 60 },
  )
}, 60_000)

const SAMPLE = fc.sample(stories, 1)[0]!.begin
const TEXT = formatTold(SAMPLE)

test.each([
  ['is not there', undefined],
  ['is empty', ''],
  ['is cut short', TEXT.slice(0, -3)],
  ['is only its head', TEXT.split(' ')[0]],
  ['has another letter', TEXT.replace('db.main', 'db.mine')],
  ['has another format', TEXT.replace(/model-\d/, 'model-0')],
  ['is something else', '{"config":{}}\n{}'],
])('a model that %s is not believed', (_what, text) => {
  expect(text).not.toBe(TEXT)
  expect(parseTold(text, undefined)).toBeNull()
})

test('a line of the journal that is damaged in its middle is passed over', () => {
  const entry: Entry = { atMs: 0, plan: [], changed: [['db', null, null]] }
  const damaged = formatEntry(entry).replace('"db"', '"bd"')
  expect(plain(parseTold(TEXT, damaged))).toEqual(plain(SAMPLE))
  expect(parseTold(TEXT, formatEntry(entry))?.config.shares.has('db')).toBe(false)
})

test('a digest tells values apart and is short', () => {
  expect(digestOf({ a: 1 })).toMatch(/^[0-9a-f]{16}$/)
  expect(digestOf({ a: 1 })).toBe(digestOf({ a: 1 }))
  expect(digestOf({ a: 1 })).not.toBe(digestOf({ a: 2 }))
})

test('another default certificate of a listener is known from the journal', () => {
  const chosen = (digest: string) => ({ owner: 'web', digest, fingerprint: '', names: ['a.test'], notAfter: '' })
  const listener: Listener = {
    id: '0.0.0.0:443',
    address: '0.0.0.0',
    port: 443,
    mode: 'http',
    owner: 'web',
    timeouts: { clientMs: 1, httpRequestMs: 1, keepAliveMs: 1 },
    wildcardLabels: 4,
    tls: { minVersion: '1.2', default: chosen('d1') },
  }
  const config = toConfig([listener], [])
  const told: Told = { config, processDigest: SAME, fragments: Table(), layout: 'each', ledger: NEW_LEDGER }
  const plan = [{ kind: 'set-default-certificate', owner: 'web', listener: listener.id, chosen: chosen('d2') }] as const
  const read = parseTold(formatTold(told), formatEntry({ atMs: 1, plan, changed: [] }))
  expect(read?.config.listeners.get(listener.id)?.tls?.default).toEqual(chosen('d2'))
})
