// Durations as people write them.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatDuration, parseDuration } from '../../src/model/duration.ts'

test.each([
  ['1ms', 1],
  ['250ms', 250],
  ['5s', 5000],
  ['007s', 7000],
  ['1m', 60_000],
  ['1h', 3_600_000],
  ['2d', 172_800_000],
  ['1m30s', 90_000],
  ['1d2h3m4s5ms', 93_784_005],
  ['0m5s', 5000],
  ['24d', 2_073_600_000],
  ['2147483647ms', 2_147_483_647],
])('%j is %d ms', (text, ms) => {
  expect(parseDuration(text)).toEqual({ ok: true, value: ms })
})

test.each([
  '',
  '5',
  's',
  '5 s',
  ' 5s',
  '5s ',
  '5s\n',
  '-5s',
  '+5s',
  '1.5s',
  '1e3s',
  '5S',
  '5sec',
  '1w',
  '1us',
  '5s;',
  '٥s',
  '5ｓ',
])('%j is no duration', (text) => {
  expect(parseDuration(text)).toEqual({
    ok: false,
    message: expect.stringContaining('is not a duration; write a number with a unit'),
  })
})

test.each(['0s', '0ms', '0d0h'])('%j is too short', (text) => {
  expect(parseDuration(text)).toEqual({ ok: false, message: `"${text}" is too short; the shortest duration is 1ms` })
})

test.each(['25d', '2147483648ms', '999999999999999999999d', `${'9'.repeat(400)}s`])('%j is too long', (text) => {
  expect(parseDuration(text)).toEqual({
    ok: false,
    message: expect.stringContaining('is too long; the longest duration is 24d'),
  })
})

test('a very long text is refused at once', () => {
  const startedAt = performance.now()
  expect(parseDuration('1'.repeat(100_000)).ok).toBe(false)
  expect(parseDuration(`${'1s'.repeat(50_000)}x`).ok).toBe(false)
  expect(performance.now() - startedAt).toBeLessThan(2000)
})

test.each([
  [60_000, '1m'],
  [90_000, '90s'],
  [1500, '1500ms'],
  [86_400_000, '1d'],
  [0, '0ms'],
])('%d ms is written %s', (ms, text) => {
  expect(formatDuration(ms)).toBe(text)
})

test('what is written is read as the same', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2 ** 31 - 1 }), (ms) => {
      expect(parseDuration(formatDuration(ms))).toEqual({ ok: true, value: ms })
    }),
  )
})
