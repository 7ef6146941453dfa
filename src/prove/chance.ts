// Chance that can be repeated: the same seed gives the same choices.

/** A stream of choices. */
export type Chance = {
  /** A whole number from 0 up to, and without, `below`. */
  readonly below: (below: number) => number
  /** One of the items; undefined where there is none. */
  readonly pick: <T>(items: readonly T[]) => T | undefined
  /** The items in another order. */
  readonly shuffle: <T>(items: readonly T[]) => readonly T[]
}

/** Largest seed that is taken: 32 bits. */
export const LARGEST_SEED = 0xffff_ffff

/** The choices that follow from a seed of 0 to 2^32-1 (mulberry32, public domain). */
export function makeChance(seed: number): Chance {
  let state = seed >>> 0
  const below = (limit: number) => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit)
  }
  return {
    below,
    pick: (items) => items[below(items.length)],
    shuffle: (items) =>
      items
        .map((item) => ({ item, at: below(2 ** 32) }))
        .sort((a, b) => a.at - b.at)
        .map(({ item }) => item),
  }
}
