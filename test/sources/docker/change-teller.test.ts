// Changes are told at once; many in a row only when they are over.
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ChangeTeller } from '../../../src/sources/docker/change-teller.ts'
import type { Verdict } from '../../../src/sources/docker/verdict.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

/** `count` containers on port 80. */
function verdicts(count: number): Verdict[] {
  return Array.from({ length: count }, (_, index) => ({
    ...{ id: `${index}`, name: `web${index}`, image: 'web', state: 'running', health: 'none', because: null },
    services: [
      {
        ...{ service: null, state: 'serving', because: null, loadBalancer: 'docker-80', publishes: 'http port 80' },
        ...{ target: `172.17.0.${index + 2}:80`, network: 'bridge', taken: [], ignored: [], remarks: [] },
      },
    ],
  }))
}

function tellAll(counts: readonly number[], gapMs: number): number[] {
  const told: number[] = []
  const teller = new ChangeTeller((lines) => told.push(lines.length - 2))
  for (const count of counts) {
    teller.take(verdicts(count))
    vi.advanceTimersByTime(gapMs)
  }
  vi.advanceTimersByTime(60_000)
  return told
}

test('a change now and then is told at once, in full', () => {
  expect(tellAll([1, 2, 2, 1, 3, 4, 5, 6], 1500)).toEqual([1, 2, 1, 3, 4, 5, 6])
})

test('of many in a row the first are told, and then what came of all', () => {
  expect(tellAll([1, 2, 3, 4, 5, 6, 7, 8, 9], 100)).toEqual([1, 2, 3, 4, 5, 9])
})

test('what goes on and on is told of all the same', () => {
  const counts = Array.from({ length: 100 }, (_, index) => 1 + (index % 17))
  expect(tellAll(counts, 500).length).toBeGreaterThan(5)
})
