// What differs between two words, found at the cost of the difference: most of a word is the same from turn to turn.
import type { Word } from './fragment.ts'

/** The stretch in which two words differ: before `start` and after the ends they hold the same objects. */
export type Stretch = { readonly start: number; readonly beforeEnd: number; readonly afterEnd: number }

/** Finds it by comparing from both ends. */
export function findStretch(before: Word, after: Word): Stretch {
  const shorter = Math.min(before.length, after.length)
  let start = 0
  while (start < shorter && before[start] === after[start]) start++
  let [beforeEnd, afterEnd] = [before.length, after.length]
  while (beforeEnd > start && afterEnd > start && before[beforeEnd - 1] === after[afterEnd - 1]) {
    beforeEnd--
    afterEnd--
  }
  return { start, beforeEnd, afterEnd }
}

/** The fragments that are only in the one and those that are only in the other. */
export function diffWords(before: Word, after: Word): { readonly gone: Word; readonly come: Word } {
  const { start, beforeEnd, afterEnd } = findStretch(before, after)
  const [had, has] = [before.slice(start, beforeEnd), after.slice(start, afterEnd)]
  const [old, fresh] = [new Set(had), new Set(has)]
  return { gone: had.filter((fragment) => !fresh.has(fragment)), come: has.filter((fragment) => !old.has(fragment)) }
}
