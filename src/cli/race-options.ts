// What simulate and race are asked for: options to a setting, checked before anything starts.
import { parseDuration } from '../model/duration.ts'
import { RACING, type RacingAlgorithm } from '../simulate/algorithms.ts'
import {
  ARRIVALS,
  findCapacity,
  type ServerKind,
  type Setting,
  type Sickness,
  type Strength,
} from '../simulate/load.ts'
import { LARGEST_SEED } from '../simulate/python-random.ts'
import { findNearest } from '../spec/nearest.ts'
import { type Call, textOption, textsOption } from './call.ts'
import type { OptionSpec } from './command-spec.ts'
import { durationOption, parsePositive, positiveOption, wholeOption } from './number-option.ts'
import { usageFailure } from './refusal.ts'

const MOST_SERVERS = 64
const MOST_REQUESTS = 100_000
const LARGEST_WEIGHT = 256
const LARGEST_FACTOR = 1000
const LARGEST_RATE = 1_000_000
const LONGEST_SERVICE_MS = 3_600_000

/** A sick server is so many times slower where nothing else is said. */
const USUALLY_SLOWER = 10

/** As in the encyclopedia's race. */
const USUAL_LOAD = 0.7

const NAMES = RACING.map(({ name }) => name)

/** The options of both; `requests` and `algorithms` are told by each with its own default. */
export const RACE_OPTIONS: readonly OptionSpec[] = [
  { flags: '--servers <count>', help: 'how many servers; default 4, or as many as --weights or --speeds names' },
  { flags: '--workers <count>', help: 'requests a server works on at once, the others wait; default 1' },
  { flags: '--service-time <duration>', help: 'how long a server works on a quick request; default 10ms' },
  { flags: '--slow <percent>', help: 'share of slow requests; default 20%' },
  { flags: '--slower <times>', help: 'how many times as long a slow one takes; default 10' },
  {
    flags: '--rate <rate>',
    help: 'requests a second, or how busy they keep the servers, as a percentage; default 70%',
  },
  {
    flags: '--arrivals <kind>',
    help: 'when they come, at random or at one distance; default poisson',
    words: ARRIVALS,
  },
  { flags: '--weights <list>', help: 'weight of each server, 1 to 256, with commas between; default 1 for each' },
  { flags: '--speeds <list>', help: 'how fast each server is, with commas between; default: as the weights say' },
  {
    flags: '--sick <server>',
    help: 'make this server 10 times slower; 1:30x: 30 times; 1:30x@5s: from then on; 1:stops@5s: answers no more',
    list: true,
  },
  { flags: '--clients <count>', help: 'how many clients ask, some much more than others; default 100' },
  { flags: '--paths <count>', help: 'how many paths are asked for, some much more than others; default 1000' },
  { flags: '--seed <number>', help: 'another seed is another race of the same kind; default 1' },
]

/** The options, in camelCase, that describe a race. */
export const RACE_OPTION_NAMES = [...RACE_OPTIONS.map(nameOf), 'requests', 'algorithms']

/** The race that was asked for. Failure `usage` for what cannot be raced. `usualRequests` answers from a rate. */
export function readSetting(call: Call, usualRequests: (rate: number) => number): Setting {
  const strength: Strength = {
    servers: readServers(call),
    workers: wholeOption(call, 'workers', 1, 1000) ?? 1,
    serviceTimeMs: readServiceTime(call),
    slowShare: readShare(call, 'slow', 100) ?? 0.2,
    slower: positiveOption(call, 'slower', LARGEST_FACTOR) ?? 10,
  }
  const rate = readRate(call, findCapacity(strength))
  return {
    ...strength,
    rate,
    requests: wholeOption(call, 'requests', 1, MOST_REQUESTS) ?? usualRequests(rate),
    arrivals: readArrivals(call),
    clients: wholeOption(call, 'clients', 1, 10_000) ?? 100,
    paths: wholeOption(call, 'paths', 1, 10_000) ?? 1000,
    seed: wholeOption(call, 'seed', 0, LARGEST_SEED) ?? 1,
  }
}

/** The algorithms that were asked for, in that order; all of them where none was. Failure `usage` for an unknown one. */
export function readAlgorithms<T extends RacingAlgorithm>(call: Call, known: readonly T[]): readonly T[] {
  const text = textOption(call, 'algorithms')
  if (text === undefined) return known
  const names = text.split(',')
  if (new Set(names).size < names.length) throw usageFailure(`--algorithms ${text} names one twice; name each once`)
  return names.map((name) => {
    const found = known.find((algorithm) => algorithm.name === name)
    if (found) return found
    const allowed = known.map((algorithm) => algorithm.name)
    if (NAMES.includes(name))
      throw usageFailure(`--algorithms: ${name} can only be simulated; here there are ${allowed.join(', ')}`)
    const near = findNearest(name, allowed)
    const hint = near ? `; did you mean ${near}?` : ''
    throw usageFailure(`--algorithms: "${name}" is not one of ${allowed.join(', ')}${hint}`)
  })
}

function readServers(call: Call): readonly ServerKind[] {
  const weights = readList(call, 'weights', (text) => readWeight(text), `whole numbers from 1 to ${LARGEST_WEIGHT}`)
  const speeds = readList(call, 'speeds', (text) => parsePositive(text, LARGEST_FACTOR), 'numbers above 0, up to 1000')
  const count = wholeOption(call, 'servers', 1, MOST_SERVERS) ?? weights?.length ?? speeds?.length ?? 4
  for (const [name, list] of [['weights', weights] as const, ['speeds', speeds] as const]) {
    if (list && list.length !== count)
      throw usageFailure(`--${name} names ${list.length} of ${count} servers; name each of them`)
  }
  const sick = readSick(call, count)
  const lightest = Math.min(...(weights ?? [1]))
  return Array.from({ length: count }, (_, index) => {
    const weight = weights?.[index] ?? 1
    return { weight, speed: speeds?.[index] ?? weight / lightest, sickness: sick.get(index + 1) ?? null }
  })
}

function readWeight(text: string): number | null {
  return /^\d{1,3}$/.test(text) && Number(text) >= 1 && Number(text) <= LARGEST_WEIGHT ? Number(text) : null
}

function readList(call: Call, name: string, read: (text: string) => number | null, allowed: string) {
  const text = textOption(call, name)
  if (text === undefined) return null
  const numbers = text.split(',').flatMap((part) => read(part) ?? [])
  if (numbers.length === text.split(',').length && numbers.length <= MOST_SERVERS) return numbers
  throw usageFailure(`--${name} ${text} is not a list of ${allowed}, with commas between, for at most 64 servers`)
}

/** From a server's number to what is wrong with it. */
function readSick(call: Call, servers: number): ReadonlyMap<number, Sickness> {
  const sick = new Map<number, Sickness>()
  for (const text of textsOption(call, 'sick')) {
    const { number, sickness } = parseSick(text)
    if (number < 1 || number > servers)
      throw usageFailure(`--sick ${text}: there is no server ${number}; they are 1 to ${servers}`)
    if (sick.has(number)) throw usageFailure(`--sick ${text}: server ${number} is sick already; name it once`)
    sick.set(number, sickness)
  }
  return sick
}

function parseSick(text: string): { readonly number: number; readonly sickness: Sickness } {
  const [, number, how = `${USUALLY_SLOWER}x`, from] = /^(\d{1,3})(?::([\d.]+x|stops)(?:@(.+))?)?$/.exec(text) ?? []
  const fromMs = from === undefined ? 0 : parseFrom(text, from)
  const slower = how === 'stops' ? null : parsePositive(how.slice(0, -1), LARGEST_FACTOR)
  if (number !== undefined && (how === 'stops' || slower !== null))
    return { number: Number(number), sickness: { slower, fromMs } }
  throw usageFailure(`--sick ${text} is no sick server; write 1, 1:30x, 1:30x@5s, 1:stops or 1:stops@5s`)
}

function parseFrom(text: string, from: string): number {
  const parsed = parseDuration(from)
  if (parsed.ok) return parsed.value
  throw usageFailure(`--sick ${text}: ${parsed.message}`)
}

function readServiceTime(call: Call): number {
  const ms = durationOption(call, 'serviceTime') ?? 10
  if (ms <= LONGEST_SERVICE_MS) return ms
  throw usageFailure(`--service-time ${textOption(call, 'serviceTime')} is too long; the longest is 1h`)
}

/** A percentage as a share: 20% is 0.2. */
function readShare(call: Call, name: string, mostPercent: number): number | null {
  const text = textOption(call, name)
  if (text === undefined) return null
  const share = /^\d{1,4}(\.\d{1,4})?%$/.test(text) ? Number(text.slice(0, -1)) : Number.NaN
  if (share <= mostPercent) return share / 100
  throw usageFailure(`--${name} ${text} is not a percentage from 0% to ${mostPercent}%`)
}

function readRate(call: Call, capacity: number): number {
  const text = textOption(call, 'rate') ?? `${USUAL_LOAD * 100}%`
  const isShare = text.endsWith('%')
  const number = parsePositive(isShare ? text.slice(0, -1) : text, isShare ? 1000 : LARGEST_RATE)
  if (number !== null) return isShare ? (capacity * number) / 100 : number
  throw usageFailure(
    `--rate ${text} is neither a number of requests a second, up to ${LARGEST_RATE}, nor a percentage up to 1000%`,
  )
}

function readArrivals(call: Call): Setting['arrivals'] {
  const text = textOption(call, 'arrivals') ?? 'poisson'
  const found = ARRIVALS.find((kind) => kind === text)
  if (found) return found
  throw usageFailure(`--arrivals ${text} is not one of ${ARRIVALS.join(', ')}`)
}

/** `--service-time <duration>` as it is called in a call's options: `serviceTime`. */
function nameOf({ flags }: OptionSpec): string {
  const word = flags.replace(/^--/, '').split(' ')[0] ?? ''
  return word.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())
}
