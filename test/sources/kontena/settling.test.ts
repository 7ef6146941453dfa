// What is written key by key counts as a whole when it has come to rest; addresses count at once.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { KontenaService } from '../../../src/sources/kontena/kontena.ts'
import { SETTLING, Settling } from '../../../src/sources/kontena/settling.ts'

const { quietMs, firstQuietMs, longestMs } = SETTLING

function service(options: Record<string, string>, ...targets: string[]): KontenaService {
  const upstreams = targets.map((target, index) => ({ name: `web-${index + 1}`, target }))
  return { name: 'web', mode: 'http', options, upstreams }
}

const OPEN = service({ virtual_path: '/' }, 'a:1')
const GUARDED = service({ virtual_path: '/', basic_auth_secrets: 'user a password b' }, 'a:1')

test('a new service is not there until its options have come to rest', () => {
  const settling = new Settling([])
  expect(settling.take([OPEN], 0)).toEqual([])
  expect(settling.take([OPEN], firstQuietMs - 1)).toEqual([])
  expect(settling.take([GUARDED], firstQuietMs - 1)).toEqual([])
  expect(settling.nextAt()).toBe(2 * firstQuietMs - 1)
  expect(settling.take([GUARDED], 2 * firstQuietMs - 2)).toEqual([])
  expect(settling.take([GUARDED], 2 * firstQuietMs - 1)).toEqual([GUARDED])
  expect(settling.nextAt()).toBe(null)
})

test('an address does not make a new one wait longer, and a neighbour that changes on and on neither', () => {
  const settling = new Settling([])
  const neighbour = (at: number): KontenaService => ({ ...service({ virtual_path: `/${at}` }), name: 'other' })
  for (let at = 0; at < firstQuietMs; at += 10) {
    const web = at < firstQuietMs / 2 ? service(GUARDED.options) : GUARDED
    expect(settling.take([web, neighbour(at)], at)).toEqual([])
  }
  expect(settling.take([GUARDED, neighbour(firstQuietMs)], firstQuietMs)).toEqual([GUARDED])
})

test('an address of one that serves counts at once, also while its options are being written', () => {
  const settling = new Settling([OPEN])
  expect(settling.take([service(OPEN.options, 'a:1', 'b:1')], 0)).toEqual([service(OPEN.options, 'a:1', 'b:1')])
  expect(settling.nextAt()).toBe(null)
  expect(settling.take([service({ virtual_path: '/new' }, 'b:1')], 1)).toEqual([service(OPEN.options, 'b:1')])
})

test('options of one that serves count after a moment, or when the longest time is over', () => {
  const settling = new Settling([OPEN])
  expect(settling.take([GUARDED], 0)).toEqual([OPEN])
  expect(settling.take([GUARDED], quietMs)).toEqual([GUARDED])
  const busy = new Settling([OPEN])
  const written = (at: number) => service({ virtual_path: `/${at}` }, 'a:1')
  for (let at = 0; at < longestMs; at += quietMs / 2) expect(busy.take([written(at)], at)).toEqual([OPEN])
  expect(busy.take([written(longestMs)], longestMs)).toEqual([written(longestMs)])
})

test('options that are as they were wait for nothing', () => {
  const settling = new Settling([OPEN])
  settling.take([GUARDED], 0)
  expect(settling.take([OPEN], 10)).toEqual([OPEN])
  expect(settling.nextAt()).toBe(null)
})

test('one that is gone stays for a moment; one that comes back within it was never away', () => {
  const settling = new Settling([OPEN])
  expect(settling.take([], 0)).toEqual([OPEN])
  expect(settling.take([OPEN], quietMs - 1)).toEqual([OPEN])
  expect(settling.take([], 100)).toEqual([OPEN])
  expect(settling.take([], 100 + quietMs)).toEqual([])
  // After that it is a new one.
  expect(settling.take([OPEN], 500)).toEqual([])
})

test('a new one that goes before it came to rest was never there', () => {
  const settling = new Settling([])
  settling.take([OPEN], 0)
  expect(settling.take([], 10)).toEqual([])
  expect(settling.nextAt()).toBe(null)
})

test('time without a connection is no rest', () => {
  const settling = new Settling([])
  settling.take([OPEN], 0)
  settling.restart(firstQuietMs)
  expect(settling.take([OPEN], firstQuietMs)).toEqual([])
  expect(settling.take([OPEN], 2 * firstQuietMs)).toEqual([OPEN])
})

test('however keys and times fall, nobody is new without rest, and in the end everything is as written', () => {
  const step = fc.record({
    ms: fc.nat(400),
    path: fc.constantFrom('/', '/a', null),
    target: fc.constantFrom('a:1', 'b:1'),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const settling = new Settling([])
      let [at, changedAt, before, told]: [number, number, string | null, KontenaService[]] = [0, 0, null, []]
      let wasThere = false
      for (const { ms, path, target } of steps) {
        at += ms
        told = path === null ? [] : [service({ virtual_path: path }, target)]
        if (path !== before) changedAt = at
        before = path
        const isThere = settling.take(told, at).length > 0
        if (isThere && !wasThere) expect(at - changedAt).toBeGreaterThanOrEqual(firstQuietMs)
        wasThere = isThere
      }
      expect(settling.take(told, at + longestMs)).toEqual(told)
    }),
  )
})
