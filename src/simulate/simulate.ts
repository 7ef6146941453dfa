// The race in simulated time: each algorithm gets the same load, and what comes of it.
import type { RacingAlgorithm } from './algorithms.ts'
import { makeLoad, type Setting } from './load.ts'
import { LARGEST_SEED, makeRandom } from './python-random.ts'
import { runLoad } from './run-load.ts'
import type { Result } from './tally.ts'
import { describeLeader } from './verdict.ts'

export type Contestant = Result & { readonly algorithm: string }

/** What `simulate` prints. */
export type Simulation = {
  /** Of all times in it. */
  readonly unit: 'ms' | 'tick'
  readonly setting: Setting
  readonly algorithms: readonly Contestant[]
  /** One sentence. */
  readonly verdict: string
}

/** The same setting gives the same simulation. `patienceMs`: no answer later than this after the last request counts. */
export function simulate(
  setting: Setting,
  algorithms: readonly RacingAlgorithm[],
  patienceMs = Number.POSITIVE_INFINITY,
): Simulation {
  const { servers, workers, serviceTimeMs: quickMs } = setting
  const course = { requests: makeLoad(setting), servers, workers, quickMs, patienceMs }
  const weights = servers.map(({ weight }) => weight)
  const results = algorithms.map(({ name, make }) => {
    // The balancer's chance is not that of the load, and the same whoever races beside it.
    const random = makeRandom((setting.seed + 1) % (LARGEST_SEED + 1))
    return { algorithm: name, ...runLoad(course, make({ weights, workers, random })) }
  })
  return { unit: 'ms', setting, algorithms: results, verdict: describeLeader(results) }
}
