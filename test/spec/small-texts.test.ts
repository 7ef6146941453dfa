// The little languages inside the resource.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Parsed } from '../../src/model/parsed.ts'
import { parseEscapes, parseHealthCheckText, parseRateLimitKey, parseStatusRange } from '../../src/spec/small-texts.ts'

/** The value, or the word "refused". */
function outcome<T>(parsed: Parsed<T>): T | 'refused' {
  return parsed.ok ? parsed.value : 'refused'
}

describe('a status range', () => {
  test.each([
    ['200', 200, 200],
    ['200-399', 200, 399],
    ['100-599', 100, 599],
    ['301-301', 301, 301],
  ])('%j', (text, from, to) => {
    expect(outcome(parseStatusRange(text))).toEqual({ from, to })
  })

  test.each([
    '',
    '99',
    '600',
    '2xx',
    '200-',
    '-200',
    '399-200',
    '200-600',
    '200 - 399',
    '200,301',
    '200\n',
    ' 200',
    '0200',
    '٢٠٠',
  ])('not %j', (text) => {
    expect(parseStatusRange(text)).toEqual({ ok: false, message: expect.stringContaining('write 200 or 200-399') })
  })
})

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

describe('a health check on the command line', () => {
  test.each([
    ['http:/health:5s', { type: 'http', path: '/health', interval: '5s' }],
    ['http:/health', { type: 'http', path: '/health' }],
    ['http:/:250ms', { type: 'http', path: '/', interval: '250ms' }],
    ['http:/a:b/c:1m30s', { type: 'http', path: '/a:b/c', interval: '1m30s' }],
    ['http:/a?x=1:2/y', { type: 'http', path: '/a?x=1:2/y' }],
    ['tcp::5s', { type: 'tcp', interval: '5s' }],
    ['tcp:', { type: 'tcp' }],
    ['tcp', { type: 'tcp' }],
    ['none', { type: 'none' }],
    ['custom:PING/PONG:5s', { type: 'custom', send: 'PING', expect: 'PONG', interval: '5s' }],
    ['custom:/220 :5s', { type: 'custom', send: '', expect: '220 ', interval: '5s' }],
    ['custom:GET \\/x/200', { type: 'custom', send: 'GET /x', expect: '200' }],
    ['custom:a/b/c', { type: 'custom', send: 'a', expect: 'b/c' }],
    ['custom:PING\\r\\n/+PONG:1s', { type: 'custom', send: 'PING\\r\\n', expect: '+PONG', interval: '1s' }],
  ])('%j', (text, check) => {
    expect(outcome(parseHealthCheckText(text))).toEqual(check)
  })

  test.each([
    '',
    'http',
    'HTTP:/:5s',
    'https:/:5s',
    'tcp:80:5s',
    'tcp:5s',
    'udp::5s',
    'custom::5s',
    'custom:PING:5s',
    'custom:PING/:5s',
    'none:5s',
    ' tcp::5s',
  ])('not %j', (text) => {
    expect(parseHealthCheckText(text)).toEqual({
      ok: false,
      message: expect.stringContaining('write http:/health:5s, tcp::5s, custom:<send>/<expect>:5s'),
    })
  })

  test.each([
    ['http:/health:5', '"5" is not a duration'],
    ['http:/health:0s', '"0s" is too short'],
    ['http:/health:99d', '"99d" is too long'],
    ['http:health:5s', '"health" is not a request path'],
    ['http:/a b:5s', '"/a b" is not a request path'],
    ['http:/a\nb:5s', '"/a\\nb" is not a request path'],
  ])('%j says what of it is wrong', (text, words) => {
    expect(parseHealthCheckText(text)).toEqual({ ok: false, message: expect.stringContaining(words) })
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
