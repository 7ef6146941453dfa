// The little languages inside the resource.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Parsed } from '../../src/model/parsed.ts'
import { parseCiphers, parseEscapes, parseMonitorUri, parseRateLimitKey } from '../../src/spec/small-texts.ts'

/** The value, or the word "refused". */
function outcome<T>(parsed: Parsed<T>): T | 'refused' {
  return parsed.ok ? parsed.value : 'refused'
}

describe('a rate-limit key', () => {
  test('is the source or a header', () => {
    expect(outcome(parseRateLimitKey('source'))).toEqual({ by: 'source' })
    expect(outcome(parseRateLimitKey('header:X-Api-Key'))).toEqual({ by: 'header', name: 'X-Api-Key' })
  })

  test.each([
    '',
    'Source',
    'src',
    'header',
    'header:',
    'header: X',
    'header:X Y',
    'header:X\n',
    'header:X,sha1',
    'header:X)',
    'Header:X',
    'cookie:x',
    ' source',
  ])('not %j', (text) => {
    expect(parseRateLimitKey(text)).toEqual({
      ok: false,
      message: expect.stringContaining('write source, path or header:NAME'),
    })
  })
})

describe('escapes', () => {
  test.each([
    ['', ''],
    ['PING', '50494E47'],
    ['\\r\\n\\t\\0', '0D0A0900'],
    ['\\x00\\xff\\xFF', '00FFFF'],
    ['\\\\', '5C'],
    ['a\\\\b', '615C62'],
    ['\\\\n', '5C6E'],
    ['\\\\\\n', '5C0A'],
    ['\\\\\\\\', '5C5C'],
    ['\\"\\/', '222F'],
    ['\n', '0A'],
    ['" #\'', '22202327'],
    ['€', 'E282AC'],
    ['😀', 'F09F9880'],
  ])('%j is %s', (text, hex) => {
    expect(outcome(parseEscapes(text))).toBe(hex)
  })

  test.each([
    ['\\', 1],
    ['a\\q', 2],
    ['\\x', 1],
    ['\\x1', 1],
    ['\\xzz', 1],
    ['\\\\\\', 3],
    ['ok\\r\\N', 5],
    ['\\u0041', 1],
  ])('%j is refused at character %d', (text, at) => {
    expect(parseEscapes(text)).toEqual({
      ok: false,
      message: expect.stringContaining(`has an unknown escape at character ${at};`),
    })
  })

  test('of any text come to whole bytes in hex, and to the text itself when every backslash is doubled', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const parsed = parseEscapes(text.replaceAll('\\', '\\\\'))
        expect(parsed.ok && Buffer.from(parsed.value, 'hex').toString('utf8')).toBe(text)
        expect(parsed.ok && parsed.value).toMatch(/^([0-9A-F]{2})*$/)
      }),
    )
  })
})

test.each([
  ['ECDHE-RSA-AES128-GCM-SHA256', true],
  ['ECDHE+AESGCM:!aNULL:-RC4:+SHA:@STRENGTH', true],
  ['', false],
  ['A:', false],
  ['A B', false],
  ['A\nB', false],
  ['A"', false],
  ['A;$X', false],
])('ciphers %j', (text, isTaken) => {
  expect(parseCiphers(text).ok).toBe(isTaken)
})

test.each([
  ['/health', true],
  ['/', true],
  ['health', false],
  ['/a?b', false],
  ['/a b', false],
  ['/a\nb', false],
])('a path that is answered: %j', (text, isTaken) => {
  expect(parseMonitorUri(text).ok).toBe(isTaken)
})
