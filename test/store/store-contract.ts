// What every store must hold, as one set of tests over a factory: the SQLite store now, any other later.
import fc from 'fast-check'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { Revision, Store, Stored, Written } from '../../src/store/store.ts'

export type Thing = { readonly text: string }

/** A place for one store of `Thing`s; every call of `open` gives another handle on the same one. */
export type Place = { open(): Store<Thing> }

const AS_ANN = { author: 'ann' } as const
const ABSENT = { expect: { absent: true }, author: 'ann' } as const
const ANY = { expect: { present: true }, author: 'bob' } as const

/** What a write answered, where it must have been done. */
export function done<T>(written: Written<T>): Stored<T> {
  if (!written.ok) throw new Error(`refused: ${written.refusal.message}`)
  return written.stored
}

/** Runs the contract's tests against stores in places of their own. */
export function describeStoreContract(name: string, makePlace: () => Place): void {
  describe(`${name} keeps the contract of a store`, () => {
    describeObjects(makePlace)
    describeRevisions(makePlace)
    describeWatch(makePlace)
  })
}

function openIn(place: Place): Store<Thing> {
  const store = place.open()
  onTestFinished(() => store.close())
  return store
}

function describeObjects(makePlace: () => Place): void {
  test('an empty store has nothing and is at revision 0', () => {
    const store = openIn(makePlace())
    expect(store.list()).toEqual([])
    expect(store.get('web')).toBeUndefined()
    expect(store.history('web')).toEqual([])
    expect(store.revision()).toBe(0)
  })

  test('what was put is there, also in another handle and after closing', () => {
    const place = makePlace()
    const first = place.open()
    const stored = done(first.put('web', { text: 'a' }, ABSENT))
    expect(stored).toMatchObject({ name: 'web', value: { text: 'a' }, version: 1 })
    expect(stored.id).toMatch(/^lb-[a-z0-9]{10}$/)
    expect(openIn(place).get('web')).toEqual(stored)
    first.close()
    expect(openIn(place).get('web')).toEqual(stored)
  })

  test('a list is complete and sorted by name', () => {
    const store = openIn(makePlace())
    for (const name of ['web', 'api', 'db']) done(store.put(name, { text: name }, ABSENT))
    expect(store.list().map((stored) => stored.name)).toEqual(['api', 'db', 'web'])
    expect(store.list()[0]).toEqual(store.get('api'))
  })

  test('a change counts the version up and keeps id and time of creation', () => {
    const store = openIn(makePlace())
    const created = done(store.put('web', { text: 'a' }, ABSENT))
    const changed = done(store.put('web', { text: 'b' }, { expect: { present: true, version: 1 }, author: 'bob' }))
    expect(changed).toMatchObject({ id: created.id, version: 2, value: { text: 'b' }, createdAt: created.createdAt })
    expect(store.get('web')).toEqual(changed)
  })

  test.each([
    ['a creation of what exists', { absent: true } as const, 'web', 'exists', 'web exists already, at version 1'],
    ['a change of what is not there', { present: true } as const, 'api', 'not_found', 'there is no api'],
    [
      'a stale version',
      { present: true, version: 7 } as const,
      'web',
      'version_conflict',
      'web is at version 1, not 7',
    ],
  ])('%s is refused and changes nothing', (_, expectation, name, code, message) => {
    const store = openIn(makePlace())
    const stored = done(store.put('web', { text: 'a' }, ABSENT))
    const written = store.put(name, { text: 'b' }, { expect: expectation, author: 'bob' })
    expect(written).toEqual({ ok: false, refusal: { code, message } })
    expect(store.list()).toEqual([stored])
    expect(store.revision()).toBe(1)
  })

  test('a deletion wants the stated version, and takes the object away', () => {
    const store = openIn(makePlace())
    done(store.put('web', { text: 'a' }, ABSENT))
    expect(store.delete('web', { version: 2, ...AS_ANN })).toMatchObject({ refusal: { code: 'version_conflict' } })
    expect(store.delete('api', AS_ANN)).toMatchObject({ refusal: { code: 'not_found' } })
    expect(done(store.delete('web', { version: 1, ...AS_ANN }))).toMatchObject({ version: 2, value: { text: 'a' } })
    expect(store.get('web')).toBeUndefined()
    expect(store.list()).toEqual([])
  })

  test('after a deletion the name is free, with a new id, and versions go on', () => {
    const store = openIn(makePlace())
    const first = done(store.put('web', { text: 'a' }, ABSENT))
    done(store.delete('web', AS_ANN))
    const second = done(store.put('web', { text: 'b' }, ABSENT))
    expect(second.version).toBe(3)
    expect(second.id).not.toBe(first.id)
  })

  test('of writers with the same expected version exactly one wins', () => {
    const place = makePlace()
    const handles = Array.from({ length: 5 }, () => openIn(place))
    done(handles[0]!.put('web', { text: 'start' }, ABSENT))
    for (let version = 1; version <= 10; version++) {
      const written = handles.map((store, index) =>
        store.put('web', { text: `${index}` }, { expect: { present: true, version }, author: 'ann' }),
      )
      expect(written.filter((each) => each.ok)).toHaveLength(1)
    }
    expect(handles[0]!.get('web')?.version).toBe(11)
  })
}

function describeRevisions(makePlace: () => Place): void {
  test('history tells every change, newest first, with author, time, action and value', () => {
    const store = openIn(makePlace())
    done(store.put('web', { text: 'a' }, ABSENT))
    done(store.put('other', { text: 'x' }, ABSENT))
    done(store.put('web', { text: 'b' }, ANY))
    done(store.put('web', { text: 'a' }, { ...ANY, action: 'rollback' }))
    done(store.delete('web', AS_ANN))
    const history = store.history('web')
    expect(history.map(({ version, action, author, value }) => [version, action, author, value?.text])).toEqual([
      [4, 'delete', 'ann', undefined],
      [3, 'rollback', 'bob', 'a'],
      [2, 'update', 'bob', 'b'],
      [1, 'create', 'ann', 'a'],
    ])
    expect(history.map((each) => each.revision)).toEqual([5, 4, 3, 1])
    expect(history.every((each) => new Date(each.time).toISOString() === each.time)).toBe(true)
    expect(store.revision()).toBe(5)
  })

  test('the revisions above one are all of them, in order, those of another handle too', () => {
    const place = makePlace()
    const [here, there] = [openIn(place), openIn(place)]
    expect(here.revisionsAbove(0)).toEqual([])
    done(here.put('web', { text: 'a' }, ABSENT))
    done(there.put('api', { text: 'x' }, ABSENT))
    done(here.delete('web', AS_ANN))
    const tell = (after: number) =>
      here.revisionsAbove(after).map(({ revision, name, action }) => [revision, name, action])
    expect(tell(0)).toEqual([
      [1, 'web', 'create'],
      [2, 'api', 'create'],
      [3, 'web', 'delete'],
    ])
    expect(tell(2)).toEqual([[3, 'web', 'delete']])
    expect(tell(3)).toEqual([])
  })

  test('any sequence of changes leaves a history without gaps that ends in what stands', () => {
    const step = fc.record({ name: fc.constantFrom('a', 'b'), kind: fc.constantFrom('put', 'put', 'delete') })
    const property = fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const store = makePlace().open()
      for (const { name, kind } of steps) {
        if (kind === 'delete') store.delete(name, AS_ANN)
        else done(store.put(name, { text: 'x' }, store.get(name) ? ANY : ABSENT))
      }
      for (const name of ['a', 'b']) expectConsistent(store, name)
      store.close()
    })
    fc.assert(property, { numRuns: 15 })
  })
}

/** Versions count from 1 without a gap, and what stands is what the newest revision says. */
export function expectConsistent(store: Store<Thing>, name: string): void {
  const history = store.history(name)
  expect(history.map((each) => each.version)).toEqual(history.map((_, index) => history.length - index))
  const newest = history[0]
  const stored = store.get(name)
  expect(stored?.value ?? null).toEqual(newest?.value ?? null)
  if (stored) expect(stored).toMatchObject({ version: newest?.version, id: newest?.id, updatedAt: newest?.time })
}

function describeWatch(makePlace: () => Place): void {
  test('a watch tells what was already there above its start, then what comes', async () => {
    const store = openIn(makePlace())
    for (const name of ['a', 'b', 'c']) done(store.put(name, { text: name }, ABSENT))
    const watch = collect(store, 1)
    await watch.until(2)
    done(store.delete('a', AS_ANN))
    expect((await watch.until(3)).map(({ revision, name, action }) => [revision, name, action])).toEqual([
      [2, 'b', 'create'],
      [3, 'c', 'create'],
      [4, 'a', 'delete'],
    ])
    await watch.end()
  })

  test('a watch sees what another handle writes', async () => {
    const place = makePlace()
    const watch = collect(openIn(place), 0)
    await new Promise((resolve) => setImmediate(resolve))
    const other = openIn(place)
    done(other.put('web', { text: 'a' }, ABSENT))
    done(other.put('web', { text: 'b' }, ANY))
    expect((await watch.until(2)).map((each) => each.value?.text)).toEqual(['a', 'b'])
    await watch.end()
  })

  test('an aborted watch ends without an error, whether it waits or not, and so does that of a closed store', async () => {
    const store = makePlace().open()
    const aborted = new AbortController()
    aborted.abort()
    for await (const revision of store.watch(0, aborted.signal)) throw new Error(`told ${revision.name}`)
    const waiting = collect(store, 0)
    await waiting.end()
    const iterator = store.watch(0, new AbortController().signal)[Symbol.asyncIterator]()
    const next = iterator.next()
    store.close()
    expect(await next).toEqual({ done: true, value: undefined })
  })

  test('however writers and watchers interleave, each watcher sees all without gap or repetition', async () => {
    const step = fc.constantFrom('write here', 'write there', 'delete', 'watch', 'pause')
    const property = fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
      const place = makePlace()
      const [here, there] = [place.open(), place.open()]
      const watches = [{ after: 0, watch: collect(here, 0) }]
      for (const each of steps) {
        const after = here.revision()
        if (each === 'watch') watches.push({ after, watch: collect(here, after) })
        else if (each === 'pause') await new Promise((resolve) => setImmediate(resolve))
        else if (each === 'delete') here.delete('web', AS_ANN)
        else writeAnyway(each === 'write here' ? here : there)
      }
      const newest = here.revision()
      for (const { after, watch } of watches) {
        const expected = Array.from({ length: newest - after }, (_, index) => after + index + 1)
        expect((await watch.until(expected.length)).map((each) => each.revision)).toEqual(expected)
        await watch.end()
        expect(watch.seen).toHaveLength(expected.length)
      }
      for (const store of [here, there]) store.close()
    })
    await fc.assert(property, { numRuns: 25 })
  })
}

function writeAnyway(store: Store<Thing>): void {
  done(store.put('web', { text: 'x' }, store.get('web') ? ANY : ABSENT))
}

/** Reads a watch in the background; `until` resolves once it has told so many. */
function collect(store: Store<Thing>, after: number) {
  const abort = new AbortController()
  const seen: Revision<Thing>[] = []
  const heard = new EventTarget()
  const reading = (async () => {
    for await (const revision of store.watch(after, abort.signal)) {
      seen.push(revision)
      heard.dispatchEvent(new Event('revision'))
    }
  })()
  const until = async (count: number) => {
    while (seen.length < count)
      await new Promise((resolve) => heard.addEventListener('revision', resolve, { once: true }))
    return seen
  }
  const end = async () => {
    abort.abort()
    await reading
  }
  return { seen, until, end }
}
