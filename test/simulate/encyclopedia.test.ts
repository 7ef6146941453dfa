// The encyclopedia's race comes out as it does there, and because the same things happen, not because it is written down.
import { expect, test } from 'vitest'
import { simulateEncyclopedia } from '../../src/simulate/encyclopedia.ts'
import { makeRandom } from '../../src/simulate/python-random.ts'

/** Its code, line for line. */
function raceAsPrinted(pick: (index: number, load: readonly number[]) => number): number {
  const random = makeRandom(11)
  const requests = Array.from({ length: 2000 }, () => random.choice([1, 1, 1, 1, 10]))
  let load = [0, 0, 0, 0]
  let worst = 0
  for (const [index, cost] of requests.entries()) {
    const picked = pick(index, load)
    load[picked] = (load[picked] ?? 0) + cost
    worst = Math.max(worst, load[picked] ?? 0)
    load = load.map((one) => Math.max(0, one - 1))
  }
  return worst
}

test('worst backlog 43 for round robin, 20 for least connections', () => {
  const { algorithms, verdict } = simulateEncyclopedia()
  expect(algorithms.map(({ algorithm, worstBacklog }) => [algorithm, worstBacklog])).toEqual([
    ['roundrobin', 43],
    ['leastconn', 20],
  ])
  expect(verdict).toBe('worst backlog: round robin 43, least connections 20 (2.1x better)')
})

test('its own code says the same', () => {
  expect(raceAsPrinted((index) => index % 4)).toBe(43)
  expect(raceAsPrinted((_, load) => load.indexOf(Math.min(...load)))).toBe(20)
})

test('every request is answered, and the picture reaches the worst', () => {
  for (const { answered, worstBacklog, backlogOverTime, requestsPerServer } of simulateEncyclopedia().algorithms) {
    expect(answered).toBe(2000)
    expect(requestsPerServer.reduce((sum, count) => sum + count, 0)).toBe(2000)
    expect(Math.max(...backlogOverTime)).toBe(worstBacklog)
  }
})
