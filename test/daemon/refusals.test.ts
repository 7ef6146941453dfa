// What was refused is remembered as long as it is the same thing, and no longer.
import { expect, test } from 'vitest'
import { Refusals, TRY_AGAIN_MS } from '../../src/daemon/refusals.ts'
import type { Fragment, Problem } from '../../src/model/fragment.ts'
import { convert } from '../arbitrary/resources.ts'

const PROBLEM: Problem = { code: 'invalid', message: 'HAProxy refuses it', fatal: true }

function fragment(name: string, version = 1, since = 1): Fragment {
  return convert({ name, spec: {} }, { source: 'store', id: name, since, version })!
}

function refusalsAt(time: { now: number }): Refusals {
  return new Refusals(() => time.now)
}

test('by HAProxy it stands until the object changes, is made anew or goes', () => {
  const refusals = refusalsAt({ now: 0 })
  refusals.add(fragment('web', 2, 5), PROBLEM, 'haproxy')
  expect([...refusals.among([fragment('other'), fragment('web', 2, 5)])]).toEqual([['web', PROBLEM]])
  expect(refusals.hasPassing()).toBe(false)
  expect(refusals.among([fragment('web', 3, 5)]).size).toBe(0)
  // Forgotten for good: the earlier version would be tried again.
  expect(refusals.among([fragment('web', 2, 5)]).size).toBe(0)
  refusals.add(fragment('web', 2, 5), PROBLEM, 'haproxy')
  expect(refusals.among([fragment('web', 2, 6)]).size).toBe(0)
  refusals.add(fragment('web', 2, 5), PROBLEM, 'haproxy')
  expect(refusals.among([]).size).toBe(0)
})

test('an object that cannot even be understood any more is not refused by HAProxy', () => {
  const refusals = refusalsAt({ now: 0 })
  refusals.add(fragment('web', 1), PROBLEM, 'haproxy')
  const broken = { origin: { source: 'store', id: 'web', since: 1, version: 2 }, name: 'web', broken: [PROBLEM] }
  expect(refusals.among([broken]).size).toBe(0)
})

test('by the machine it passes after a while by itself', () => {
  const time = { now: 1000 }
  const refusals = refusalsAt(time)
  refusals.add(fragment('web'), PROBLEM, 'machine')
  expect(refusals.hasPassing()).toBe(true)
  time.now += TRY_AGAIN_MS - 1
  expect(refusals.among([fragment('web')]).size).toBe(1)
  time.now += 1
  expect(refusals.among([fragment('web')]).size).toBe(0)
  expect(refusals.hasPassing()).toBe(false)
})

test('a newer refusal replaces an older one', () => {
  const refusals = refusalsAt({ now: 0 })
  refusals.add(fragment('web', 1), PROBLEM, 'machine')
  refusals.add(fragment('web', 2), { ...PROBLEM, message: 'again' }, 'haproxy')
  expect([...refusals.among([fragment('web', 2)]).values()].map(({ message }) => message)).toEqual(['again'])
  expect(refusals.hasPassing()).toBe(false)
})

test('a copy goes its own way', () => {
  const refusals = refusalsAt({ now: 0 })
  refusals.add(fragment('web'), PROBLEM, 'haproxy')
  const copy = refusals.copy()
  copy.add(fragment('other'), PROBLEM, 'haproxy')
  expect(copy.among([fragment('web'), fragment('other')]).size).toBe(2)
  expect(copy.among([]).size).toBe(0)
  expect([...refusals.among([fragment('web'), fragment('other')]).keys()]).toEqual(['web'])
})

// Remembered is the last of the two by name, which has not changed.
test('of two sources that describe one name it falls with a change of the one that serves', () => {
  const refusals = refusalsAt({ now: 0 })
  const filed = convert({ name: 'web', spec: {} }, { source: 'file', id: 'web', since: 2, version: 1 })!
  for (const one of [fragment('web', 1), filed]) refusals.add(one, PROBLEM, 'haproxy')
  expect(refusals.among([fragment('web', 2), filed]).size).toBe(0)
})
