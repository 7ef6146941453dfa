// Each algorithm picks as its name says.
import { expect, test } from 'vitest'
import {
  FULL_PER_WORKER,
  makeFirst,
  makeHash,
  makeLeastConnections,
  makeRandomOfTwo,
  makeRoundRobin,
  makeSource,
  type Picker,
} from '../../src/simulate/pickers.ts'
import { makeRandom } from '../../src/simulate/python-random.ts'

const groundOf = (...weights: number[]) => ({ weights, workers: 1, random: makeRandom(1) })
const request = { atMs: 0, workMs: 1, client: 0, path: 0 }

/** Servers with so many connections each; `changed` in the order of the list unless given. */
function servers(connections: readonly number[], weights: readonly number[] = [], changed: readonly number[] = []) {
  return connections.map((count, index) => {
    return { connections: count, weight: weights[index] ?? 1, changed: changed[index] ?? index }
  })
}

/** How often each server is picked in so many requests, all from different clients for different paths. */
function countPicks(pick: Picker, seen: ReturnType<typeof servers>, times: number): number[] {
  const counts = seen.map(() => 0)
  for (let index = 0; index < times; index++) {
    const picked = pick({ ...request, client: index, path: index }, seen) ?? -1
    counts[picked] = (counts[picked] ?? 0) + 1
  }
  return counts
}

test('round robin takes turns, and a heavy server does not get its turns all at once', () => {
  const plain = makeRoundRobin(groundOf(1, 1, 1))
  expect(Array.from({ length: 6 }, () => plain(request, []))).toEqual([0, 1, 2, 0, 1, 2])
  const weighted = makeRoundRobin(groundOf(4, 1, 1))
  expect(Array.from({ length: 6 }, () => weighted(request, []))).toEqual([0, 0, 1, 0, 2, 0])
})

test('least connections: the fewest for the weight, then the one that has been so the longest', () => {
  const pick = makeLeastConnections()
  expect(pick(request, servers([3, 1, 2]))).toBe(1)
  expect(pick(request, servers([5, 2], [4, 1]))).toBe(0)
  expect(pick(request, servers([0, 0], [1, 9]))).toBe(0)
  expect(pick(request, servers([1, 1, 1], [], [7, 3, 5]))).toBe(1)
})

test('random of two: the busiest is picked only where both draws meet, and weights count', () => {
  const [busy, calm] = countPicks(makeRandomOfTwo(groundOf(1, 1)), servers([9, 0]), 4000)
  expect((busy ?? 0) / 4000).toBeCloseTo(1 / 4, 1)
  expect((busy ?? 0) + (calm ?? 0)).toBe(4000)
  const weights = [6, 2]
  const [heavy] = countPicks(makeRandomOfTwo(groundOf(...weights)), servers([0, 0], weights), 4000)
  expect((heavy ?? 0) / 4000).toBeCloseTo(6 / 8, 1)
})

test('source keeps a client, hash keeps a path, and both follow the weights', () => {
  const ground = groundOf(3, 1, 1)
  const [source, hash] = [makeSource(ground), makeHash(ground)]
  for (let index = 0; index < 50; index++) {
    expect(source({ ...request, client: 7, path: index }, [])).toBe(source({ ...request, client: 7 }, []))
    expect(hash({ ...request, client: index, path: 7 }, [])).toBe(hash({ ...request, path: 7 }, []))
  }
  for (const pick of [source, hash]) {
    const counts = countPicks(pick, servers([0, 0, 0]), 10_000)
    expect(Math.min(...counts)).toBeGreaterThan(0)
    expect(Math.max(...counts)).toBe(counts[0])
  }
})

test('a server that goes takes only its own clients along', () => {
  const [before, after] = [makeSource(groundOf(1, 1, 1)), makeSource(groundOf(1, 1))]
  const clients = Array.from({ length: 500 }, (_, client) => ({ ...request, client }))
  const stayed = clients.filter((one) => before(one, []) !== 2)
  expect(stayed.length).toBeGreaterThan(200)
  for (const one of stayed) expect(after(one, [])).toBe(before(one, []))
})

test('first fills one server before the next, and waits where all are full', () => {
  const pick = makeFirst(groundOf(1, 1))
  expect(pick(request, servers([FULL_PER_WORKER - 1, 0]))).toBe(0)
  expect(pick(request, servers([FULL_PER_WORKER, 0]))).toBe(1)
  expect(pick(request, servers([FULL_PER_WORKER, FULL_PER_WORKER]))).toBeNull()
})
