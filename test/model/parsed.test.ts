// A user's text inside a sentence: always one line, always short.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { quoted } from '../../src/model/parsed.ts'

test.each([
  ['web-1', '"web-1"'],
  ['a\nb\t"c"', '"a\\nb\\t\\"c\\""'],
  ['\u0007', '"\\u0007"'],
  [undefined, 'undefined'],
  [5, '5'],
  ['x'.repeat(58), `"${'x'.repeat(58)}"`],
  ['x'.repeat(59), `"${'x'.repeat(56)}…"`],
])('%j is shown as %s', (text, shown) => {
  expect(quoted(text)).toBe(shown)
})

test('no text breaks the line or the terminal, or takes much room', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
      expect(quoted(text)).not.toMatch(/[\u0000-\u001f]/)
      expect(quoted(text).length).toBeLessThanOrEqual(60)
    }),
  )
})
