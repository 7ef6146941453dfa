// The encyclopedia's own race, from the same sequence: 4 servers, 2,000 requests, one each tick, 20% of them ten times slower.
import type { Request, Setting } from './load.ts'
import { findBest, makeRoundRobin, type Picker } from './pickers.ts'
import { makeRandom } from './python-random.ts'
import { runLoad, type SimulatedServer } from './run-load.ts'
import type { Contestant, Simulation } from './simulate.ts'
import { formatTimes } from './verdict.ts'

/** One tick is taken as one millisecond: what a server does in it is a quick request. */
const TICK_MS = 1

const SETTING: Setting = {
  servers: Array.from({ length: 4 }, () => ({ weight: 1, speed: 1, sickness: null })),
  workers: 1,
  requests: 2000,
  rate: 1000 / TICK_MS,
  arrivals: 'even',
  serviceTimeMs: TICK_MS,
  slowShare: 0.2,
  slower: 10,
  clients: 1,
  paths: 1,
  seed: 11,
}

/** Runs it again. */
export function simulateEncyclopedia(): Simulation {
  const { servers, workers, serviceTimeMs: quickMs } = SETTING
  const course = { requests: makeSequence(), servers, workers, quickMs, patienceMs: Number.POSITIVE_INFINITY }
  const weights = servers.map(({ weight }) => weight)
  const roundRobin = makeRoundRobin({ weights, workers, random: makeRandom(SETTING.seed) })
  const algorithms = [
    { algorithm: 'roundrobin', ...runLoad(course, roundRobin) },
    { algorithm: 'leastconn', ...runLoad(course, pickLeastWork) },
  ] as const
  return { unit: 'tick', setting: SETTING, algorithms, verdict: compare(...algorithms) }
}

/** `random.seed(11)`, then `random.choice([1, 1, 1, 1, 10])` for each request. */
function makeSequence(): readonly Request[] {
  const random = makeRandom(SETTING.seed)
  return Array.from({ length: SETTING.requests }, (_, tick) => {
    return { atMs: tick * TICK_MS, workMs: random.choice([1, 1, 1, 1, 10]) * TICK_MS, client: 0, path: 0 }
  })
}

/** What it calls least connections: the least work left, which no balancer sees, and the first among equals. */
const pickLeastWork: Picker<SimulatedServer> = ({ atMs }, servers) => {
  const rests = servers.map(({ queue }) => queue.backlogMs(atMs))
  return findBest(rests, (one, other) => one < other)
}

function compare(roundRobin: Contestant, leastConnections: Contestant): string {
  const [worse, better] = [roundRobin.worstBacklog, leastConnections.worstBacklog]
  return `worst backlog: round robin ${worse}, least connections ${better} (${formatTimes(worse, better)})`
}
