// The small texts a user gives: what each parser takes, what it makes of it, and what it refuses.
import { describe, expect, test } from 'vitest'
import type { Parsed } from '../../src/model/parsed.ts'
import {
  canonicalAddress,
  parseBindAddress,
  parseCookieName,
  parseFilePath,
  parseHeaderName,
  parseHostPattern,
  parseName,
  parsePathPrefix,
  parsePort,
  parseRequestTarget,
} from '../../src/model/text.ts'

/** Texts that are one word of nothing: no parser of a word may take one of them. */
const NEVER_A_WORD = [
  '',
  ' ',
  '\n',
  'a\nb',
  'a\n',
  '\na',
  'a\rb',
  'a\tb',
  'a b',
  ' a',
  'a ',
  'a\u0000b',
  'a\u007fb',
  'a"b',
  "a'b c",
  'a#b',
  'a\\b',
  'a\u00a0b',
  'a\u2028b',
  'ümlaut',
  '日本',
  'a😀',
  '\ud800',
  '%[src]',
  '${HOME}',
  'x'.repeat(5000),
]

type Parser = (text: string) => Parsed<unknown>

const PARSERS: readonly (readonly [string, Parser, string])[] = [
  ['a name', parseName, ''],
  ['a host', parseHostPattern, ''],
  ['a path', parsePathPrefix, '/'],
  ['a request path', parseRequestTarget, '/'],
  ['a header name', parseHeaderName, ''],
  ['a cookie name', parseCookieName, ''],
  ['a port', parsePort, ''],
  ['a bind address', parseBindAddress, ''],
]

describe.each(PARSERS)('%s', (_what, parse, prefix) => {
  test.each(NEVER_A_WORD.map((text) => prefix + text).filter((text) => text !== '/'))('is never %j', (text) => {
    const parsed = parse(text)
    expect(parsed).toEqual({ ok: false, message: expect.any(String) })
  })

  test('is refused in one sentence of one line that shows what was given, shortened', () => {
    const parsed = parse(`${prefix}a\n"b" ${'x'.repeat(5000)}`)
    const message = parsed.ok ? '' : parsed.message
    expect(message).toContain(`"${prefix}a\\n\\"b\\" x`)
    expect(message).not.toContain('\n')
    expect(message.length).toBeLessThan(300)
  })
})

/** The value, or the refusal's sentence. */
function outcome(parsed: Parsed<unknown>): unknown {
  return parsed.ok ? parsed.value : new Error(parsed.message)
}

describe('a name', () => {
  test.each(['a', '0', 'web-lb', 'a--b', '1-2', 'x'.repeat(63)])('may be %j', (text) => {
    expect(outcome(parseName(text))).toBe(text)
  })

  test.each(['-a', 'a-', '-', 'Web', 'a_b', 'a.b', 'x'.repeat(64), 'a/b', '../x', 'ａ'])('may not be %j', (text) => {
    expect(parseName(text)).toEqual({ ok: false, message: expect.stringContaining('is not a name; use a-z, 0-9') })
  })
})

describe('a host', () => {
  test.each([
    ['example.com', 'example.com'],
    ['EXAMPLE.Com', 'example.com'],
    ['example.com.', 'example.com'],
    ['localhost', 'localhost'],
    ['*.example.com', '*.example.com'],
    ['*.EXAMPLE.com.', '*.example.com'],
    ['_dmarc.example.com', '_dmarc.example.com'],
    ['xn--bcher-kva.example', 'xn--bcher-kva.example'],
    ['10.0.0.1', '10.0.0.1'],
    ['::1', '[::1]'],
    ['[::1]', '[::1]'],
    ['[FD00:0:0::0001]', '[fd00::1]'],
    [`${'a'.repeat(63)}.example`, `${'a'.repeat(63)}.example`],
  ])('%j is %j', (text, host) => {
    expect(outcome(parseHostPattern(text))).toBe(host)
  })

  test.each([
    '*',
    '*.',
    '.',
    '.example.com',
    'a..b',
    'a.*.b',
    '**.a',
    'a*.b',
    '-a.b',
    'a-.b',
    'example.com:80',
    '[::1]:80',
    '[::1',
    'a/b',
    'fe80::1%eth0',
    '[fe80::1%ci]',
    'user@host',
    `${'a'.repeat(64)}.example`,
    Array.from({ length: 64 }, () => 'abc').join('.'),
  ])('may not be %j', (text) => {
    expect(outcome(parseHostPattern(text))).toBeInstanceOf(Error)
  })
})

describe('a path', () => {
  test.each([
    ['/', '/'],
    ['//', '/'],
    ['/api', '/api'],
    ['/api/', '/api'],
    ['/api///', '/api'],
    ['/a//b', '/a//b'],
    ["/-._~!$&'()*+,;=:@%20%aF", "/-._~!$&'()*+,;=:@%20%aF"],
    ['/..', '/..'],
    ['/api*', '/api*'],
    ['/api/*', '/api'],
    ['/*', '/'],
    [`/${'x'.repeat(1023)}`, `/${'x'.repeat(1023)}`],
  ])('%j is %j', (text, path) => {
    expect(outcome(parsePathPrefix(text))).toBe(path)
  })

  test.each(['api', '?x', '/a?b', '/a%', '/a%2', '/a%zz', '/a{b}', '/a|b', '/a<b>', `/${'x'.repeat(1024)}`])(
    'may not be %j',
    (text) => {
      expect(outcome(parsePathPrefix(text))).toBeInstanceOf(Error)
    },
  )
})

describe('a request path', () => {
  test.each(['/', '/health', '/a?b=c&d=?', '/a%20b', `/${'x'.repeat(1023)}`])('may be %j', (text) => {
    expect(outcome(parseRequestTarget(text))).toBe(text)
  })

  test.each(['*', 'http://a/', 'health', '/a#b', '/a?b[]=1', '/%', `/${'x'.repeat(1024)}`])('may not be %j', (text) => {
    expect(outcome(parseRequestTarget(text))).toBeInstanceOf(Error)
  })
})

describe('a header name', () => {
  test.each(['X', 'X-Api-Key', '0x', 'a_b.c', 'x'.repeat(128)])('may be %j', (text) => {
    expect(outcome(parseHeaderName(text))).toBe(text)
  })

  test.each(['-X', '_x', '.x', 'X:', 'X,Y', 'X(1)', 'x'.repeat(129)])('may not be %j', (text) => {
    expect(outcome(parseHeaderName(text))).toBeInstanceOf(Error)
  })
})

describe('a cookie name', () => {
  test.each(['S', 'SERVERID', '_x-1.2', '-', 'x'.repeat(64)])('may be %j', (text) => {
    expect(outcome(parseCookieName(text))).toBe(text)
  })

  test.each(['a=b', 'a;b', 'a,b', 'a:b', '$a', 'x'.repeat(65)])('may not be %j', (text) => {
    expect(outcome(parseCookieName(text))).toBeInstanceOf(Error)
  })
})

describe('a port', () => {
  test.each([
    ['1', 1],
    ['80', 80],
    ['00080', 80],
    ['65535', 65_535],
  ])('%j is %d', (text, port) => {
    expect(outcome(parsePort(text))).toBe(port)
  })

  test.each(['0', '65536', '99999', '000080', '-1', '+1', '1.5', '1e3', '0x50', '80 ', '٨٠'])(
    'may not be %j',
    (text) => {
      expect(outcome(parsePort(text))).toBeInstanceOf(Error)
    },
  )
})

describe('a bind address', () => {
  test.each([
    ['*', '0.0.0.0'],
    ['0.0.0.0', '0.0.0.0'],
    ['127.0.0.1', '127.0.0.1'],
    ['::', '::'],
    ['0:0:0:0:0:0:0:0', '::'],
    ['[::1]', '::1'],
    ['FD00::0A', 'fd00::a'],
    ['::FFFF:10.0.0.1', '::ffff:10.0.0.1'],
  ])('%j is %j', (text, address) => {
    expect(outcome(parseBindAddress(text))).toBe(address)
  })

  test.each([
    'localhost',
    '10.0.0',
    '10.0.0.256',
    '010.0.0.1',
    '10.0.0.0/8',
    'fe80::1%eth0',
    '[::1]:80',
    ':80',
    '[]',
    '**',
  ])('may not be %j', (text) => {
    expect(outcome(parseBindAddress(text))).toBeInstanceOf(Error)
  })
})

test.each([
  ['2001:DB8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
  ['0:0:0:0:0:ffff:c000:0280', '::ffff:192.0.2.128'],
  ['10.0.0.1', '10.0.0.1'],
  ['web-1', 'web-1'],
])('the canonical form of %j is %j', (address, canonical) => {
  expect(canonicalAddress(address)).toBe(canonical)
})

test('a file stands where its path says, wherever the daemon was started', () => {
  for (const path of ['/etc/ssl/web.pem', '/a b/ü.pem']) expect(parseFilePath(path)).toEqual({ ok: true, value: path })
  for (const path of ['', '/', 'web.pem', './web.pem', '~/web.pem', '/a\nb', '/a\0b', `/${'x'.repeat(5000)}`])
    expect(parseFilePath(path)).toEqual({ ok: false, message: expect.stringContaining('is not a path on the node') })
})
