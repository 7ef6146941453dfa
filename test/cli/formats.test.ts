// The pure functions that write for a person.
import { describe, expect, test } from 'vitest'
import { formatChangePhrase } from '../../src/cli/format/change-phrase.ts'
import { formatDiff } from '../../src/cli/format/diff.ts'
import { formatListen } from '../../src/cli/format/load-balancer-table.ts'
import { formatTable } from '../../src/cli/format/table.ts'
import { formatTime, formatUptime } from '../../src/cli/format/time.ts'
import { ALGORITHMS, CHECK_TYPES, RATE_LIMIT_ACTIONS, STICKY_MODES, TYPES } from '../../src/cli/words.ts'
import { healthCheckSchema, rateLimitSchema, specSchema, stickySchema } from '../../src/spec/schema.ts'
import { sampleEntry } from './samples.ts'

const PLAIN = { columns: null, colour: false }

describe('a table', () => {
  const columns = [{ title: 'NAME' }, { title: 'N', right: true }, { title: 'WHY', shrinks: true }]

  test('is as wide as it needs to be, numbers to the right, nothing behind the last word', () => {
    const rows = [
      ['a', 1, 'x'],
      ['long-name', 100, ''],
    ]
    expect(formatTable(PLAIN, columns, rows)).toBe('NAME         N  WHY\na            1  x\nlong-name  100\n')
  })

  test('shortens the column that may be shortened, then the others', () => {
    const rows = [['a'.repeat(20), 1, 'b'.repeat(40)]]
    expect(formatTable({ ...PLAIN, columns: 40 }, columns, rows).split('\n')[1]).toBe(
      `${'a'.repeat(20)}  1  ${'b'.repeat(14)}…`,
    )
    expect(formatTable({ ...PLAIN, columns: 20 }, columns, rows).split('\n')[1]).toBe(`${'a'.repeat(8)}…  1  bbbbb…`)
  })

  test('leaves out what can be spared before it cuts what names a line', () => {
    const wide = [
      { title: 'NAME' },
      { title: 'FEW', right: true, spare: 2 },
      { title: 'LESS', right: true, spare: 1 },
      { title: 'WHY', shrinks: true },
    ]
    const at = (width: number) =>
      formatTable({ ...PLAIN, columns: width }, wide, [['10.0.0.1:8080', 1, 2, 'because it is']])
    expect(at(60)).toBe('NAME           FEW  LESS  WHY\n10.0.0.1:8080    1     2  because it is\n')
    expect(at(36)).toBe('NAME           FEW  LESS  WHY\n10.0.0.1:8080    1     2  because i…\n')
    expect(at(28)).toBe('NAME           FEW  WHY\n10.0.0.1:8080    1  because…\n')
    expect(at(22)).toBe('NAME           WHY\n10.0.0.1:8080  becaus…\n')
    expect(at(16)).toBe('NAME      WHY\n10.0.0.…  becau…\n')
  })

  test('lets nothing of others move the cursor', () => {
    const table = formatTable(PLAIN, columns, [['a\u001b[31m\nb', 1, '\r']])
    expect(table).toBe('NAME  N  WHY\na b   1\n')
  })

  test('paints cells without counting the colour', () => {
    const table = formatTable({ columns: 80, colour: true }, columns, [[{ text: 'up', style: 'green' }, 1, 'x']])
    expect(table.split('\n')[1]).toBe('\u001b[32mup\u001b[39m    1  x')
  })
})

describe('a difference', () => {
  const diff = (a: string[], b: string[]) =>
    formatDiff(PLAIN, { name: 'a', text: a.join('\n') }, { name: 'b', text: b.join('\n') })
      .split('\n')
      .slice(2, -1)

  test('keeps three lines around each change, and makes hunks of what is far apart', () => {
    const lines = Array.from({ length: 30 }, (_, index) => `line ${index + 1}`)
    const changed = lines.with(4, 'x').toSpliced(24, 1)
    expect(diff(lines, changed)).toEqual([
      '@@ -2,7 +2,7 @@',
      ' line 2',
      ' line 3',
      ' line 4',
      '-line 5',
      '+x',
      ' line 6',
      ' line 7',
      ' line 8',
      '@@ -22,7 +22,6 @@',
      ' line 22',
      ' line 23',
      ' line 24',
      '-line 25',
      ' line 26',
      ' line 27',
      ' line 28',
    ])
  })

  test('is nothing for the same text, and all of it for another', () => {
    expect(diff(['a'], ['a'])).toEqual([])
    expect(diff(['a'], ['b'])).toEqual(['@@ -1,1 +1,1 @@', '-a', '+b'])
  })

  test('of very large texts is told as a whole, and quickly', () => {
    const lines = Array.from({ length: 20_000 }, (_, index) => `a ${index}`)
    expect(
      diff(
        lines,
        lines.map((line) => `${line}x`),
      ),
    ).toHaveLength(40_001)
  })
})

describe('what changed', () => {
  const phrase = (after: object, before?: object, action: 'update' | 'rollback' = 'update') =>
    formatChangePhrase(
      sampleEntry(3, { spec: after, action }),
      before ? [sampleEntry(2, { spec: before }), sampleEntry(1, { spec: { port: 9 } })] : [],
    )

  test('is said in a few words', () => {
    const a = { target: 'a:1' }
    const b = { target: 'b:1' }
    expect(phrase({ type: 'tcp', port: 5432, backends: [a, b] })).toBe('tcp on port 5432, 2 backends')
    expect(phrase({ backends: [a, b] }, { backends: [a] })).toBe('+b:1')
    expect(phrase({ backends: [b] }, { backends: [a] })).toBe('+b:1, -a:1')
    expect(phrase({ backends: [b, a] }, { backends: [a, b] })).toBe('backends in another order')
    expect(phrase({ backends: [{ ...a, weight: 10 }] }, { backends: [a] })).toBe('a:1 weight 1 -> 10')
    expect(phrase({ backends: [{ ...a, state: 'drain' }] }, { backends: [a] })).toBe('a:1 state ready -> drain')
    expect(phrase({ port: 81, sticky: { mode: 'source' } }, { port: 80 })).toBe('port 80 -> 81, sticky set')
    expect(phrase({ vpc: 'prod' }, { sticky: { mode: 'source' } })).toBe('sticky removed, vpc unset -> prod')
    expect(phrase({}, {})).toBe('nothing')
    expect(phrase({ port: 9 }, { port: 8 }, 'rollback')).toBe('as in version 1')
    expect(phrase({ backends: [a, b, { target: 'c:1' }, { target: 'd:1' }] }, {})).toBe('+a:1, +b:1, +c:1, 1 more')
  })

  test('a deletion, and labels', () => {
    expect(formatChangePhrase(sampleEntry(2, { spec: null, action: 'delete' }), [sampleEntry(1)])).toBe(
      'everything of it',
    )
    expect(formatChangePhrase(sampleEntry(2, { labels: { a: 'b' } }), [sampleEntry(1)])).toBe('labels changed')
  })
})

test('times', () => {
  process.env['TZ'] = 'UTC'
  expect(formatTime('2026-01-02T03:04:05.678Z')).toBe('2026-01-02 03:04:05')
  expect(formatTime('never')).toBe('never')
  expect([0, 59.6, 61, 3600, 90_061, 86_400 * 3].map(formatUptime)).toEqual(['0s', '1m', '1m 1s', '1h', '1d 1h', '3d'])
})

test('what is listened on', () => {
  const texts = [{}, { bind: '0.0.0.0', port: 8000 }, { bind: '[::1]' }, { bind: '127.0.0.1', port: 1 }].map(
    formatListen,
  )
  expect(texts).toEqual(['*:80', '*:8000', '[::1]:80', '127.0.0.1:1'])
})

test('the words help offers are those the resource takes', () => {
  const accepts =
    (schema: { safeParse: (value: unknown) => { success: boolean } }, make: (word: string) => unknown) =>
    (word: string) =>
      schema.safeParse(make(word)).success
  expect(TYPES.every(accepts(specSchema, (type) => ({ type, port: 1 })))).toBe(true)
  expect(ALGORITHMS.every(accepts(specSchema, (algorithm) => ({ algorithm })))).toBe(true)
  expect(STICKY_MODES.every(accepts(stickySchema, (mode) => ({ mode })))).toBe(true)
  expect(RATE_LIMIT_ACTIONS.every(accepts(rateLimitSchema, (action) => ({ requests: 1, window: '1s', action })))).toBe(
    true,
  )
  expect(CHECK_TYPES.every(accepts(healthCheckSchema, (type) => ({ type })))).toBe(true)
})
