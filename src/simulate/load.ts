// The load of a race: which request comes when, from whom, and how much work it is.
import { makeRandom } from './python-random.ts'

/** One request. */
export type Request = {
  /** When it comes, in milliseconds from the start. */
  readonly atMs: number
  /** How long a server of speed 1 works on it, in milliseconds. */
  readonly workMs: number
  /** Who sends it, from 0; the lower the number, the more this client asks. */
  readonly client: number
  /** What it asks for, from 0; the lower the number, the more it is asked for. */
  readonly path: number
}

/** A server that is not well: from a moment on it is so many times slower, or, for null, answers nothing more. */
export type Sickness = { readonly slower: number | null; readonly fromMs: number }

/** A server of the race. */
export type ServerKind = {
  /** What the balancer is told, 1 to 256. */
  readonly weight: number
  /** How fast it really is: at 2 it needs half the time. */
  readonly speed: number
  readonly sickness: Sickness | null
}

export const ARRIVALS = ['poisson', 'even'] as const
export type Arrivals = (typeof ARRIVALS)[number]

/** Everything a race is made of; the same setting makes the same race. */
export type Setting = {
  readonly servers: readonly ServerKind[]
  /** Requests a server works on at once; the others wait there in their order. */
  readonly workers: number
  readonly requests: number
  /** Requests a second. */
  readonly rate: number
  /** `poisson`: at random, as independent people come; `even`: one after another at the same distance. */
  readonly arrivals: Arrivals
  /** Work of a quick request, in milliseconds. */
  readonly serviceTimeMs: number
  /** Share of slow requests, 0 to 1. */
  readonly slowShare: number
  /** How many times the work of a quick one a slow one is. */
  readonly slower: number
  readonly clients: number
  readonly paths: number
  /** 0 to 2^32-1. */
  readonly seed: number
}

/** What decides how much the servers can do. */
export type Strength = Pick<Setting, 'servers' | 'workers' | 'serviceTimeMs' | 'slowShare' | 'slower'>

/** Requests a second that keep every server busy all the time, all of them well. */
export function findCapacity({ servers, workers, serviceTimeMs, slowShare, slower }: Strength): number {
  const speed = servers.reduce((sum, server) => sum + server.speed, 0)
  const meanMs = serviceTimeMs * (1 + slowShare * (slower - 1))
  return (speed * workers * 1000) / meanMs
}

/** The requests in the order they come. */
export function makeLoad(setting: Setting): readonly Request[] {
  const random = makeRandom(setting.seed)
  const pickClient = makeUnevenPick(setting.clients)
  const pickPath = makeUnevenPick(setting.paths)
  const meanGapMs = 1000 / setting.rate
  let atMs = 0
  return Array.from({ length: setting.requests }, (_, index) => {
    const gap = -Math.log(1 - random.next())
    if (index > 0) atMs += setting.arrivals === 'even' ? meanGapMs : gap * meanGapMs
    const isSlow = random.next() < setting.slowShare
    const workMs = setting.serviceTimeMs * (isSlow ? setting.slower : 1)
    return { atMs, workMs, client: pickClient(random.next()), path: pickPath(random.next()) }
  })
}

/** Zipf's law, as popularity is spread in the world: number n comes up in proportion to 1/(n+1). */
function makeUnevenPick(count: number): (chance: number) => number {
  const ends: number[] = []
  for (let index = 0; index < count; index++) ends.push((ends[index - 1] ?? 0) + 1 / (index + 1))
  const total = ends.at(-1) ?? 1
  return (chance) => findPlace(ends, chance * total)
}

/** Index of the first of these rising numbers that is larger than the value; the last one where none is. */
export function findPlace(rising: ArrayLike<number>, value: number): number {
  let [low, high] = [0, rising.length - 1]
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((rising[middle] ?? 0) > value) high = middle
    else low = middle + 1
  }
  return low
}
