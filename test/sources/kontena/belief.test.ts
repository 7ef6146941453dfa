// What an empty list takes away: nothing, until a list with services, or the key for it, says so.
import { expect, test } from 'vitest'
import { Belief, RETURN } from '../../../src/sources/kontena/belief.ts'
import type { EtcdList } from '../../../src/sources/kontena/etcd-tree.ts'
import type { KontenaService } from '../../../src/sources/kontena/kontena.ts'

function service(name: string, mode: KontenaService['mode'] = 'http', target = 'a:1'): KontenaService {
  return { name, mode, options: {}, upstreams: [{ name: `${name}-1`, target }] }
}

const [A, B, DB] = [service('a'), service('b'), service('db', 'tcp')]

/** As v2 tells it: the folders of the services, and those that are named. */
function list(services: readonly KontenaService[], folders: EtcdList['folders'] = ['http', 'tcp']): EtcdList {
  return { services, folders, isEmptied: false }
}

/** As v3 tells it. */
const flat = (...services: KontenaService[]) => list(services, [])

const start = (...known: KontenaService[]) => new Belief('/kontena/haproxy/lb', known)

const namesOf = ({ services }: ReturnType<Belief['take']>) => services.map(({ name }) => name).sort()

test('at the very beginning an empty list is a list', () => {
  expect(start().take(list([], []), 0)).toEqual({ services: [], doubt: null })
})

test.each([
  ['one of several', list([A])],
  ['all of a kind, whose folder stays', list([DB])],
  ['one of several in v3', flat(A)],
  ['all of a kind in v3', flat(DB)],
])('what is not listed any more is gone: %s', (_, left) => {
  const belief = start(A, B, DB)
  expect(belief.take(left, 0)).toEqual({ services: left.services, doubt: null })
})

test.each([
  ['the folders are empty', list([])],
  ['the prefix is gone', list([], [])],
  ['the keys are gone in v3', flat()],
])('an empty list takes nothing away, and says so: %s', (_, empty) => {
  const belief = start(A, DB)
  const taken = belief.take(empty, 0)
  expect(namesOf(taken)).toEqual(['a', 'db'])
  expect(taken.doubt).toMatch(
    /^\/kontena\/haproxy\/lb lost what it listed in services and tcp-services: .*; if none is meant to be there, set \/kontena\/haproxy\/lb\/empty to true$/,
  )
  expect(taken.services.map(({ remarks }) => remarks)).toEqual([[taken.doubt], [taken.doubt]])
  expect(belief.take(empty, 1e9)).toEqual(taken)
  expect(belief.nextAt()).toBe(null)
})

test('a folder that is gone takes none of its services away while the other folder is followed', () => {
  const belief = start(A, DB)
  const taken = belief.take(list([{ ...DB, upstreams: [] }], ['tcp']), 0)
  expect(taken.services).toEqual([
    { ...DB, upstreams: [] },
    { ...A, remarks: [taken.doubt] },
  ])
  expect(taken.doubt).toContain('lost what it listed in services:')
})

test('the key says that none is meant to be there', () => {
  const belief = start(A, B)
  belief.take(list([]), 0)
  expect(belief.take({ ...list([]), isEmptied: true }, 1)).toEqual({ services: [], doubt: null })
  expect(belief.take(list([]), 2)).toEqual({ services: [], doubt: null })
})

test('services come back one by one, key by key: each stays as it was until all have come to rest', () => {
  const belief = start(A, B)
  belief.take(list([], []), 0)
  const half = { ...A, upstreams: [] }
  const first = belief.take(list([half]), 10)
  expect(first.services).toEqual([A, { ...B, remarks: [first.doubt] }])
  const moved = service('b', 'http', 'b:1')
  const fresh = service('c')
  expect(belief.take(list([half, moved, fresh]), 500)).toEqual({ services: [A, B, fresh], doubt: null })
  const all = [A, moved, fresh]
  expect(belief.take(list(all), 600)).toEqual({ services: [A, B, fresh], doubt: null })
  expect(belief.nextAt()).toBe(600 + RETURN.quietMs)
  expect(belief.take(list(all), 600 + RETURN.quietMs)).toEqual({ services: all, doubt: null })
  expect(belief.nextAt()).toBe(null)
})

test('who does not come back is gone when the others have come to rest, or when the longest time is over', () => {
  const belief = start(A, B)
  belief.take(list([], []), 0)
  expect(namesOf(belief.take(list([A]), 0))).toEqual(['a', 'b'])
  expect(namesOf(belief.take(list([A]), RETURN.quietMs))).toEqual(['a'])
  const busy = start(A, B)
  busy.take(list([], []), 0)
  for (let at = 0; at < RETURN.longestMs; at += 500)
    expect(namesOf(busy.take(list([service('a', 'http', `a:${at}`)]), at))).toEqual(['a', 'b'])
  expect(namesOf(busy.take(list([service('a', 'http', 'b:1')]), RETURN.longestMs))).toEqual(['a'])
})
