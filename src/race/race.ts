// The race for real: the load of a simulation sent through HAProxy on loopback, one algorithm after another.
import type { Algorithm } from '../model/config.ts'
import { findFreePorts } from '../prove/free-port.ts'
import { startThrowawayDaemon, type ThrowawayDaemon } from '../prove/throwaway-daemon.ts'
import type { RacingAlgorithm } from '../simulate/algorithms.ts'
import { makeLoad, type Setting } from '../simulate/load.ts'
import { simulate } from '../simulate/simulate.ts'
import type { Result } from '../simulate/tally.ts'
import { describeLeader } from '../simulate/verdict.ts'
import { type Measured, runLane } from './lane.ts'

/** An algorithm that a load balancer can be told to use. */
export type RealAlgorithm = RacingAlgorithm & { readonly inResource: Algorithm }

export type RaceOptions = {
  readonly setting: Setting
  readonly algorithms: readonly RealAlgorithm[]
  /** Of the daemon; its own settings in it are left out. */
  readonly env: Readonly<Record<string, string | undefined>>
  readonly signal: AbortSignal
  /** Told what is going on, in a few words. */
  readonly onProgress: (text: string) => void
}

/** What `race` prints. Times are in milliseconds. */
export type RaceReport = {
  /** false where a request failed. */
  readonly ok: boolean
  readonly setting: Setting
  readonly algorithms: readonly RacedAlgorithm[]
  /** One sentence about what was measured. */
  readonly verdict: string
  /** The first warnings and errors the daemon logged. */
  readonly warnings: readonly string[]
}

export type RacedAlgorithm = { readonly algorithm: string; readonly simulated: Result; readonly measured: Measured }

/** An answer that comes later than this after the last request counts as none. */
const PATIENCE_MS = 10_000

/** Between two words of progress: so many requests. */
const PROGRESS_STEP = 20

/** Holds the race; everything it started is ended. Throws the signal's reason when aborted. */
export async function race(options: RaceOptions): Promise<RaceReport> {
  options.onProgress('starting a daemon')
  const daemon = await startThrowawayDaemon(options.env, options.signal)
  try {
    return await raceWith(daemon, options)
  } finally {
    options.onProgress('stopping')
    await daemon.stop()
  }
}

async function raceWith({ client, warnings }: ThrowawayDaemon, options: RaceOptions): Promise<RaceReport> {
  const { setting, algorithms, signal, onProgress } = options
  const simulation = simulate(setting, algorithms, PATIENCE_MS)
  const requests = makeLoad(setting)
  const ports = await findFreePorts(algorithms.length)
  const raced: RacedAlgorithm[] = []
  for (const [index, { algorithm, ...simulated }] of simulation.algorithms.entries()) {
    const onSent = (count: number) => {
      if (count % PROGRESS_STEP === 0) onProgress(`${algorithm}: ${count} of ${requests.length} requests`)
    }
    const lane = { client, setting, requests, signal, onSent, patienceMs: PATIENCE_MS, port: ports[index] ?? 0 }
    const measured = await runLane({ ...lane, algorithm: algorithms[index]?.inResource ?? 'roundrobin' })
    raced.push({ algorithm, simulated, measured })
  }
  const failed = raced.reduce((sum, { measured }) => sum + measured.failed, 0)
  const verdict = describeLeader(raced.map(({ algorithm, measured }) => ({ algorithm, ...measured })))
  return {
    ok: failed === 0,
    setting,
    algorithms: raced,
    verdict: failed === 0 ? verdict : `${failed} requests failed; ${verdict}`,
    warnings: [...warnings],
  }
}
