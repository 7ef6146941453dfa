// A server does one request after another, as many at once as it has workers, and a sick one does as it is told.
import { expect, test } from 'vitest'
import { ServerQueue } from '../../src/simulate/server-queue.ts'

const well = { speed: 1, sickness: null }

test('one after another', () => {
  const queue = new ServerQueue(well, 1)
  expect([queue.take(10, 0), queue.take(10, 2), queue.take(5, 40)]).toEqual([10, 20, 45])
})

test('two workers, twice the speed', () => {
  const queue = new ServerQueue({ speed: 2, sickness: null }, 2)
  expect([queue.take(10, 0), queue.take(20, 0), queue.take(10, 0)]).toEqual([5, 10, 10])
})

test('the backlog is the work that is left', () => {
  const queue = new ServerQueue({ speed: 2, sickness: null }, 1)
  queue.take(10, 0)
  queue.take(10, 0)
  expect([0, 1, 5, 7.5, 10, 11].map((nowMs) => queue.backlogMs(nowMs))).toEqual([20, 18, 10, 5, 0, 0])
})

test('slower from a moment on', () => {
  const queue = new ServerQueue({ speed: 1, sickness: { slower: 3, fromMs: 10 } }, 1)
  expect([queue.take(8, 0), queue.take(8, 0), queue.take(8, 0)]).toEqual([8, 16, 40])
})

test('stopped: what it has not done by then is never done', () => {
  const queue = new ServerQueue({ speed: 1, sickness: { slower: null, fromMs: 10 } }, 1)
  const never = Number.POSITIVE_INFINITY
  expect([queue.take(8, 0), queue.take(8, 0), queue.take(1, 50)]).toEqual([8, never, never])
  expect(queue.backlogMs(1000)).toBe(6 + 1)
})
