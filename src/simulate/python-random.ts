// Chance that can be repeated, as Python's `random` deals it: the same seed gives the same sequence there and here.

/** A stream of random numbers. */
export type Random = {
  /** From 0 up to, and without, 1. */
  readonly next: () => number
  /** A whole number from 0 up to, and without, `limit` (1 to 2^32-1). */
  readonly below: (limit: number) => number
  /** One of the items, of which there is at least one. */
  readonly choice: <T>(items: readonly T[]) => T
}

/** Largest seed that is taken: 32 bits. */
export const LARGEST_SEED = 0xffff_ffff

/** Matsumoto and Nishimura's MT19937. */
const SIZE = 624
const SHIFT = 397

/** What Python deals after `random.seed(seed)`, for a seed of 0 to 2^32-1. */
export function makeRandom(seed: number): Random {
  const state = seedState(seed)
  let index = SIZE
  const word = () => {
    if (index === SIZE) {
      advance(state)
      index = 0
    }
    return temper(state[index++] ?? 0)
  }
  const below = (limit: number) => {
    const bits = Math.floor(Math.log2(limit)) + 1
    let drawn = limit
    // Python draws again where a number is too large: a remainder would prefer the small ones.
    while (drawn >= limit) drawn = word() >>> (32 - bits)
    return drawn
  }
  return {
    next: () => ((word() >>> 5) * 2 ** 26 + (word() >>> 6)) / 2 ** 53,
    below,
    choice: (items) => items[below(items.length)] as (typeof items)[number],
  }
}

/** `init_by_array` with the seed as its only word, as CPython does it. */
function seedState(seed: number): Uint32Array {
  const state = new Uint32Array(SIZE)
  const mixed = (at: number) => {
    const before = state[(at + SIZE - 1) % SIZE] ?? 0
    return before ^ (before >>> 30)
  }
  state[0] = 19_650_218
  for (let at = 1; at < SIZE; at++) state[at] = Math.imul(1_812_433_253, mixed(at)) + at
  for (let step = 0; step < SIZE; step++) {
    const at = wrap(state, 1 + step)
    state[at] = ((state[at] ?? 0) ^ Math.imul(mixed(at), 1_664_525)) + seed
  }
  for (let step = 0; step < SIZE - 1; step++) {
    const at = wrap(state, 2 + step)
    state[at] = ((state[at] ?? 0) ^ Math.imul(mixed(at), 1_566_083_941)) - at
  }
  state[0] = 0x8000_0000
  return state
}

/** Word 0 is a copy of the last one, which comes due when the end is reached; the words go round from 1. */
function wrap(state: Uint32Array, place: number): number {
  if (place < SIZE) return place
  if (place === SIZE) state[0] = state[SIZE - 1] ?? 0
  return place - SIZE + 1
}

function advance(state: Uint32Array): void {
  for (let at = 0; at < SIZE; at++) {
    const joined = ((state[at] ?? 0) & 0x8000_0000) | ((state[(at + 1) % SIZE] ?? 0) & 0x7fff_ffff)
    state[at] = (state[(at + SHIFT) % SIZE] ?? 0) ^ (joined >>> 1) ^ (joined & 1 ? 0x9908_b0df : 0)
  }
}

function temper(word: number): number {
  let mixed = word ^ (word >>> 11)
  mixed ^= (mixed << 7) & 0x9d2c_5680
  mixed ^= (mixed << 15) & 0xefc6_0000
  return (mixed ^ (mixed >>> 18)) >>> 0
}
