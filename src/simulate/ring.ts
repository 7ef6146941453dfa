// A consistent hash: servers own points on a ring, and a key belongs to the next point.
import { findPlace } from './load.ts'

/** Points on the ring for each unit of weight, as in HAProxy. */
const POINTS = 16

/** Keys of the ring are numbers of 32 bits; servers get numbers of their own far from those of clients and paths. */
const FAR = 0x4000_0000

/** From a key to a server's place, in proportion to the weights. */
export function makeRing(weights: readonly number[]): (key: number) => number {
  const points = weights
    .flatMap((weight, server) =>
      Array.from({ length: weight * POINTS }, (_, point) => ({ server, at: mix(FAR + server * 2 ** 13 + point) })),
    )
    .sort((a, b) => a.at - b.at)
  const places = Uint32Array.from(points, ({ at }) => at)
  return (key) => {
    const at = mix(key)
    const isBeyond = at >= (places.at(-1) ?? 0)
    return points[isBeyond ? 0 : findPlace(places, at)]?.server ?? 0
  }
}

/** Every bit of the number changes half of the answer's bits (the finalizer of MurmurHash3, public domain). */
function mix(number: number): number {
  let mixed = number ^ (number >>> 16)
  mixed = Math.imul(mixed, 0x85eb_ca6b)
  mixed ^= mixed >>> 13
  mixed = Math.imul(mixed, 0xc2b2_ae35)
  return (mixed ^ (mixed >>> 16)) >>> 0
}
