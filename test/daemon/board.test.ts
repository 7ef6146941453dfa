// Waiting for a state on the board: now, later, or not before the deadline.
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Board, NOTHING_YET, type Turned } from '../../src/daemon/board.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const FAILED: Turned = { ...NOTHING_YET, failure: 'no' }

test('what holds already is answered at once', async () => {
  const board = new Board()
  expect([board.now, board.turns]).toEqual([NOTHING_YET, 0])
  expect(await board.waitUntil((turned) => turned.failure === null, 0)).toBe(true)
  expect(vi.getTimerCount()).toBe(0)
})

test('everybody who waits hears of the state that pleases him, and no timer stays', async () => {
  const board = new Board()
  const waits = [
    board.waitUntil((turned) => turned.failure === 'no', 1000),
    board.waitUntil(({ failure }) => failure !== null, 1000),
  ]
  board.post({ ...NOTHING_YET })
  board.post(FAILED)
  board.post({ ...NOTHING_YET })
  expect(await Promise.all(waits)).toEqual([true, true])
  expect([board.turns, vi.getTimerCount()]).toEqual([3, 0])
})

test('at the deadline the answer is no, and later states disturb nobody', async () => {
  const board = new Board()
  let looks = 0
  const wait = board.waitUntil(() => ++looks > 99, 1000)
  await vi.advanceTimersByTimeAsync(999)
  board.post(FAILED)
  await vi.advanceTimersByTimeAsync(1)
  expect(await wait).toBe(false)
  board.post(FAILED)
  expect(looks).toBe(2)
})

test('a wait that makes the next state is not lost', async () => {
  const board = new Board()
  const first = board.waitUntil(({ failure }) => failure === 'no', 1000)
  const second = first.then(() => board.waitUntil(({ failure }) => failure === null, 1000))
  board.post(FAILED)
  await first
  board.post(NOTHING_YET)
  expect(await second).toBe(true)
})
