// race: the load of a simulation sent through a real HAProxy on loopback, and both side by side.
import type { RaceOptions, RealAlgorithm } from '../../race/race.ts'
import { RACING, type RacingAlgorithm } from '../../simulate/algorithms.ts'
import type { Setting } from '../../simulate/load.ts'
import type { Call } from '../call.ts'
import type { CommandSpec } from '../command-spec.ts'
import { runLong } from '../long-run.ts'
import { RACE_OPTIONS, readAlgorithms, readSetting } from '../race-options.ts'
import { usageFailure } from '../refusal.ts'

/** How long the load of each algorithm takes where nothing else is said, in seconds. */
const USUAL_SECONDS = 10

const MOST_SECONDS = 60

/** Requests a second; more would measure this program and not the algorithms. */
const LARGEST_RATE = 1000

const isReal = (algorithm: RacingAlgorithm): algorithm is RealAlgorithm => algorithm.inResource !== null

const REAL = RACING.filter(isReal)

export const race: CommandSpec = {
  usage: 'race',
  summary: 'Run the load of a simulation for real, through HAProxy on loopback, and print both side by side',
  kind: 'report',
  examples: [
    ['4 servers, 20% of the requests 10 times slower, 10 seconds for each algorithm', 'PROGRAM race'],
    ['A shorter one', 'PROGRAM race --algorithms roundrobin,leastconn --requests 300'],
    ['With a sick server', 'PROGRAM race --sick 1:5x@3s --rate 50%'],
  ],
  options: [
    {
      flags: '--algorithms <list>',
      help: 'who races, with commas between; default all',
      words: REAL.map(({ name }) => name),
    },
    { flags: '--requests <count>', help: 'how many requests for each algorithm; default: 10 seconds of them' },
    ...RACE_OPTIONS,
  ],
  run: async (call) => {
    const wishes = { setting: readBoundedSetting(call), algorithms: readAlgorithms(call, REAL) }
    return runRace(call, wishes)
  },
}

async function runRace(call: Call, wishes: Pick<RaceOptions, 'setting' | 'algorithms'>): Promise<number> {
  const { race: run } = await import('../../race/race.ts')
  const { formatRace } = await import('../format/race.ts')
  return runLong(
    call,
    (surroundings) => run({ ...wishes, ...surroundings }),
    (result) => call.show(result, (display) => formatRace(display, result)),
  )
}

function readBoundedSetting(call: Call): Setting {
  const setting = readSetting(call, (rate) => Math.max(1, Math.round(rate * USUAL_SECONDS)))
  const { rate, requests } = setting
  if (rate > LARGEST_RATE)
    throw usageFailure(
      `that is ${Math.round(rate)} requests a second, and at most ${LARGEST_RATE} can be raced for real; give a lower --rate, fewer servers or a longer --service-time`,
    )
  const seconds = requests / rate
  if (seconds <= MOST_SECONDS) return setting
  throw usageFailure(
    `${requests} requests at ${formatRate(rate)} a second take ${Math.ceil(seconds)} s for each algorithm, and at most ${MOST_SECONDS} s can be raced; give fewer --requests or a higher --rate`,
  )
}

function formatRate(rate: number): string {
  return rate >= 10 ? String(Math.round(rate)) : rate.toFixed(2)
}
