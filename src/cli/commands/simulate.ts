// simulate: algorithms against each other on a chosen load, in simulated time.
import { RACING } from '../../simulate/algorithms.ts'
import { simulateEncyclopedia } from '../../simulate/encyclopedia.ts'
import { simulate as run } from '../../simulate/simulate.ts'
import { type Call, formatFlag } from '../call.ts'
import type { CommandSpec } from '../command-spec.ts'
import { formatSimulation } from '../format/simulation.ts'
import { RACE_OPTION_NAMES, RACE_OPTIONS, readAlgorithms, readSetting } from '../race-options.ts'
import { EXIT, usageFailure } from '../refusal.ts'

const USUAL_REQUESTS = 10_000

export const simulate: CommandSpec = {
  usage: 'simulate',
  summary: 'Race the balancing algorithms on a load of your choice, in simulated time',
  kind: 'report',
  examples: [
    ['4 servers, 20% of the requests 10 times slower', 'PROGRAM simulate'],
    [
      'A server that is 4 times as strong, told by its weight',
      'PROGRAM simulate --weights 4,1,1,1 --algorithms roundrobin,leastconn',
    ],
    ['What a sick server does to each', 'PROGRAM simulate --sick 1:20x@30s'],
    ["The encyclopedia's race", 'PROGRAM simulate --like-the-encyclopedia'],
  ],
  options: [
    {
      flags: '--algorithms <list>',
      help: 'who races, with commas between; default all',
      words: RACING.map(({ name }) => name),
    },
    { flags: '--requests <count>', help: `how many requests; default ${USUAL_REQUESTS}` },
    ...RACE_OPTIONS,
    { flags: '--like-the-encyclopedia', help: "run the encyclopedia's race instead, from the same sequence" },
  ],
  run: async (call) => {
    const simulation = call.options['likeTheEncyclopedia'] === true ? runEncyclopedia(call) : runChosen(call)
    await call.show(simulation, (display) => formatSimulation(display, simulation))
    return EXIT.done
  },
}

function runChosen(call: Call) {
  return run(
    readSetting(call, () => USUAL_REQUESTS),
    readAlgorithms(call, RACING),
  )
}

function runEncyclopedia(call: Call) {
  const other = RACE_OPTION_NAMES.find((name) => call.options[name] !== undefined)
  if (other === undefined) return simulateEncyclopedia()
  throw usageFailure(`--like-the-encyclopedia is one certain race; leave out ${formatFlag(other)}`)
}
