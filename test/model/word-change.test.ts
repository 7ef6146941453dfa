// What differs between two words, and what they need from outside, reckoned from the difference.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Wanted } from '../../src/daemon/wanted.ts'
import type { Word } from '../../src/model/fragment.ts'
import { diffWords, findStretch } from '../../src/model/word-change.ts'

const ALL: Word = Array.from({ length: 8 }, (_, n) => ({
  origin: { source: 'file', id: String(n), since: 1, version: 1 },
  name: `lb-${n}`,
  broken: [],
}))
/** Some of the same objects, each at most once, in any order. */
const someOf = fc.shuffledSubarray([...ALL])

describe('any two words', () => {
  test('differ in nothing outside of the stretch', () => {
    fc.assert(
      fc.property(someOf, someOf, (before, after) => {
        const { start, beforeEnd, afterEnd } = findStretch(before, after)
        expect([...before.slice(0, start), ...after.slice(start, afterEnd), ...before.slice(beforeEnd)]).toEqual(after)
      }),
    )
  })

  test('have gone and come what is only in one of them', () => {
    fc.assert(
      fc.property(someOf, someOf, (before, after) => {
        const { gone, come } = diffWords(before, after)
        expect(new Set(gone)).toEqual(new Set(before.filter((one) => !after.includes(one))))
        expect(new Set(come)).toEqual(new Set(after.filter((one) => !before.includes(one))))
      }),
    )
  })

  test('of one that nearly stays only the change is looked at', () => {
    const changed = ALL.toSpliced(3, 1, { ...(ALL[3] as (typeof ALL)[number]) })
    expect(findStretch(ALL, changed)).toEqual({ start: 3, beforeEnd: 4, afterEnd: 4 })
  })

  test('need what their fragments need, each once, whatever was needed before', () => {
    const needsOf = ({ name }: Word[number]) => [[name.slice(-1), name] as const, ['shared', 'all'] as const]
    fc.assert(
      fc.property(fc.array(someOf), (words) => {
        const wanted = new Wanted(needsOf)
        for (const word of words) {
          const expected = [...new Set(word.flatMap((fragment) => needsOf(fragment).map(([, need]) => need)))]
          expect(wanted.of(word).sort()).toEqual(expected.sort())
        }
      }),
    )
  })
})
