// The race in simulated time: what comes out is what a hand-made queue says, it repeats, and it tells algorithms apart.
import { expect, test } from 'vitest'
import { RACING } from '../../src/simulate/algorithms.ts'
import { findCapacity, makeLoad, type ServerKind, type Setting } from '../../src/simulate/load.ts'
import { type Contestant, simulate } from '../../src/simulate/simulate.ts'

const WELL: ServerKind = { weight: 1, speed: 1, sickness: null }

function settingOf(given: Partial<Setting> = {}, load = 0.7): Setting {
  const strength = {
    servers: [WELL, WELL, WELL, WELL],
    workers: 1,
    serviceTimeMs: 10,
    slowShare: 0.2,
    slower: 10,
    ...given,
  }
  const rate = findCapacity(strength) * load
  const sizes = { clients: 100, paths: 1000, requests: 4000, seed: 1 }
  return { rate, arrivals: 'poisson', ...sizes, ...strength }
}

function run(setting: Setting, ...names: string[]): Contestant[] {
  const algorithms = RACING.filter(({ name }) => names.length === 0 || names.includes(name))
  return [...simulate(setting, algorithms).algorithms]
}

const p99Of = (results: readonly Contestant[], name: string) =>
  results.find(({ algorithm }) => algorithm === name)?.p99 ?? Number.POSITIVE_INFINITY

test('round robin comes out as four queues worked out by hand', () => {
  const setting = settingOf({ requests: 1000 })
  const freeMs = [0, 0, 0, 0]
  const took = makeLoad(setting).map(({ atMs, workMs }, index) => {
    const endMs = Math.max(atMs, freeMs[index % 4] ?? 0) + workMs
    freeMs[index % 4] = endMs
    return endMs - atMs
  })
  const sorted = took.toSorted((a, b) => a - b)
  const [result] = run(setting, 'roundrobin')
  expect(result?.p50).toBeCloseTo(sorted[499] ?? 0, 0)
  expect(result?.p99).toBeCloseTo(sorted[989] ?? 0, 0)
})

test('the same seed, the same race, whoever else takes part; another seed, another race', () => {
  const setting = settingOf()
  const all = run(setting)
  expect(run(setting)).toEqual(all)
  for (const one of all) expect(run(setting, one.algorithm)).toEqual([one])
  expect(run(settingOf({ seed: 2 }))).not.toEqual(all)
})

test('over many seeds least connections and random of two are ahead of round robin at p99', () => {
  const races = Array.from({ length: 12 }, (_, seed) => run(settingOf({ seed }), 'roundrobin', 'leastconn', 'random'))
  const sum = (name: string) => races.reduce((total, results) => total + p99Of(results, name), 0)
  expect(sum('leastconn')).toBeLessThan(sum('random'))
  expect(sum('random')).toBeLessThan(sum('roundrobin'))
})

test('an idle system answers at once, whatever the algorithm', () => {
  for (const { p50, p99, worstBacklog } of run(settingOf({ slowShare: 0, arrivals: 'even' }, 0.01))) {
    expect({ p50, p99, worstBacklog }).toEqual({ p50: 10, p99: 10, worstBacklog: 1 })
  }
})

test('the load is what was asked for', () => {
  const load = makeLoad(settingOf({ requests: 20_000 }))
  const slow = load.filter(({ workMs }) => workMs === 100).length
  expect(slow / load.length).toBeCloseTo(0.2, 1)
  expect(load.filter(({ workMs }) => workMs === 10).length + slow).toBe(load.length)
  // At 100 a second.
  expect((load.at(-1)?.atMs ?? 0) / load.length).toBeCloseTo(10, 0)
  const asked = Map.groupBy(load, ({ client }) => client)
  expect(asked.size).toBe(100)
  expect(asked.get(0)?.length).toBeGreaterThan((asked.get(50)?.length ?? 0) * 10)
})

test('a strong server gets by its weight what it can do', () => {
  const servers = [3, 1, 1, 1].map((weight) => ({ weight, speed: weight, sickness: null }))
  for (const { algorithm, requestsPerServer } of run(settingOf({ servers }), 'roundrobin', 'leastconn', 'random')) {
    expect((requestsPerServer[0] ?? 0) / 4000, algorithm).toBeGreaterThan(0.4)
  }
})

test('a sick server: round robin goes on feeding it, least connections does not', () => {
  const sick = { ...WELL, sickness: { slower: 30, fromMs: 0 } }
  const results = run(settingOf({ servers: [sick, WELL, WELL, WELL] }, 0.5), 'roundrobin', 'leastconn')
  expect(results.map(({ requestsPerServer }) => requestsPerServer[0])).toEqual([1000, expect.any(Number)])
  expect(results[1]?.requestsPerServer[0]).toBeLessThan(300)
  expect(p99Of(results, 'roundrobin')).toBeGreaterThan(5 * p99Of(results, 'leastconn'))
})

test('a server that stops answers no more, and that is counted', () => {
  const stopped = { ...WELL, sickness: { slower: null, fromMs: 10_000 } }
  const setting = settingOf({ servers: [stopped, WELL, WELL, WELL] }, 0.5)
  const [roundRobin, leastConnections] = run(setting, 'roundrobin', 'leastconn')
  expect(roundRobin?.p99).toBeNull()
  expect(roundRobin?.unanswered).toBeGreaterThan(500)
  expect(leastConnections?.unanswered).toBeLessThan(100)
  for (const one of [roundRobin, leastConnections]) expect((one?.answered ?? 0) + (one?.unanswered ?? 0)).toBe(4000)
})

test('with all servers stopped, first leaves the rest waiting in the balancer', () => {
  const stopped = { ...WELL, sickness: { slower: null, fromMs: 0 } }
  const [first] = run(settingOf({ servers: [stopped, stopped], requests: 100 }), 'first')
  expect(first).toMatchObject({ answered: 0, unanswered: 100, requestsPerServer: [4, 4] })
})

test('patience: what is answered too late was not answered', () => {
  const setting = settingOf({ requests: 500 }, 3)
  const algorithms = RACING.filter(({ name }) => name === 'roundrobin')
  expect(simulate(setting, algorithms).algorithms[0]?.unanswered).toBe(0)
  expect(simulate(setting, algorithms, 100).algorithms[0]?.unanswered).toBeGreaterThan(0)
})
