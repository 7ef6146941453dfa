// The store as a source: every word is the whole truth, and only what has changed is made anew.
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import type { Word } from '../../src/model/fragment.ts'
import { type StoredObjects, storeSource } from '../../src/sources/store/store-source.ts'
import { parseResource } from '../../src/spec/parse-resource.ts'
import type { LoadBalancerInput } from '../../src/spec/schema.ts'
import { openSqliteStore } from '../../src/store/sqlite-store.ts'
import type { Store } from '../../src/store/store.ts'
import { temporaryFolder } from '../io/temporary-folder.ts'

function openStore(path = join(temporaryFolder(), 'store.db')): Store<LoadBalancerInput> {
  return openSqliteStore<LoadBalancerInput>(path, 'LoadBalancer')
}

function inputWith(weight: number, name = 'web'): LoadBalancerInput {
  const parsed = parseResource({ name, spec: { backends: [{ target: '10.0.0.1:80', weight }] } })
  if (!parsed.ok) throw new Error('the sample is refused')
  return parsed.value
}

function put(store: Store<LoadBalancerInput>, name: string, weight: number): void {
  const expectation = store.get(name) ? ({ present: true } as const) : ({ absent: true } as const)
  store.put(name, inputWith(weight, name), { expect: expectation, author: 'ann' })
}

/** What a word says of each load balancer: its version and the weight of its server. */
function plain(word: Word): Record<string, unknown> {
  return Object.fromEntries(
    word.map((one) => [one.name, 'broken' in one ? 'broken' : [one.origin.version, one.pools[0]?.servers[0]?.weight]]),
  )
}

function stored(store: StoredObjects): Record<string, unknown> {
  return Object.fromEntries(
    store.list().map(({ name, version, value }) => [name, [version, value.spec.backends?.[0]?.weight]]),
  )
}

const step = fc.record({
  name: fc.constantFrom('a', 'b', 'c'),
  kind: fc.constantFrom('put', 'put', 'delete', 'read'),
  weight: fc.integer({ min: 0, max: 256 }),
})

test('after any changes its word says what is stored, and who has not changed is the same object', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
      const store = openStore()
      const source = storeSource(store)
      let before: Word = source.read()
      for (const { name, kind, weight } of [...steps, { name: 'a', kind: 'read', weight: 0 }]) {
        if (kind === 'put') put(store, name, weight)
        else if (kind === 'delete') store.delete(name, { author: 'ann' })
        else {
          const word = source.read()
          expect(plain(word)).toEqual(stored(store))
          for (const one of word) {
            const same = before.find((old) => old.name === one.name && old.origin.version === one.origin.version)
            if (same) expect(one).toBe(same)
          }
          before = word
        }
      }
      store.close()
    }),
    { numRuns: 20 },
  )
}, 30_000)

test('it tells what is there at once, and each later change, of another process too', async () => {
  const path = join(temporaryFolder(), 'store.db')
  const [store, other] = [openStore(path), openStore(path)]
  const abort = new AbortController()
  onTestFinished(() => [store, other].forEach((one) => void one.close()))
  put(store, 'a', 1)
  const words = storeSource(store).watch(abort.signal)[Symbol.asyncIterator]()
  const next = async () => plain((await words.next()).value ?? [])
  expect(await next()).toEqual({ a: [1, 1] })
  put(store, 'a', 2)
  expect(await next()).toEqual({ a: [2, 2] })
  put(other, 'b', 3)
  expect(await next()).toEqual({ a: [2, 2], b: [1, 3] })
  other.delete('a', { author: 'ann' })
  expect(await next()).toEqual({ b: [1, 3] })
  abort.abort()
  expect((await words.next()).done).toBe(true)
})

test('what cannot be understood any more is told as broken, with its name', () => {
  const store = openStore()
  onTestFinished(() => store.close())
  const value = { ...inputWith(1), spec: { backends: [{ target: 'a b' }] } } as unknown as LoadBalancerInput
  store.put('web', value, { expect: { absent: true }, author: 'ann' })
  expect(plain(storeSource(store).read())).toEqual({ web: 'broken' })
})
