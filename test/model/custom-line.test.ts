// Raw lines: the one raw door leads into the user's own pool and nowhere else.
import { expect, test } from 'vitest'
import { parseCustomLine, parseGlobalLine } from '../../src/model/custom-line.ts'

test.each([
  ['option dontlognull', 'option dontlognull'],
  ['  http-request set-header X-A "b # c"  ', 'http-request set-header X-A "b # c"'],
  ['acl x path_beg /a', 'acl x path_beg /a'],
  ['timeout server 5s # slow', 'timeout server 5s # slow'],
  ['no option httpclose', 'no option httpclose'],
  ['errorloc302 503 /x', 'errorloc302 503 /x'],
  ['log-format "%ci ümlaut"', 'log-format "%ci ümlaut"'],
  ['http-request set-var(txn.a) str(1)', 'http-request set-var(txn.a) str(1)'],
  ['http-reuse always', 'http-reuse always'],
  [`acl x path ${'/a '.repeat(600).trim()}`, `acl x path ${'/a '.repeat(600).trim()}`],
])('%j is taken', (text, line) => {
  expect(parseCustomLine(text)).toEqual({ ok: true, value: line })
})

test.each([
  'option a\nserver evil 1.2.3.4:80',
  'option a\rb',
  'a\u0000b',
  'option\u000bx',
  'a\u007f',
  'a\u2028b',
  'a\u2029b',
])('%j is not one line', (text) => {
  expect(parseCustomLine(text)).toEqual({ ok: false, message: expect.stringContaining('is not one line') })
})

test.each(['', '   ', '\n', '#', '# option x', '\t'])('%j says nothing', (text) => {
  expect(parseCustomLine(text)).toEqual({ ok: false, message: expect.stringContaining('says nothing') })
})

test.each(
  'global defaults frontend backend listen peers resolvers mailers userlist cache program http-errors ring log-forward fcgi-app namespace_list'.split(
    ' ',
  ),
)('%s would open a section', (word) => {
  const refusal = { ok: false, message: expect.stringContaining(`would open the section ${word}`) }
  expect(parseCustomLine(word)).toEqual(refusal)
  expect(parseCustomLine(`  ${word} x`)).toEqual(refusal)
})

test.each([
  'server a 1.2.3.4:80',
  'server-template a 3 b:80',
  'default-server check',
  'use-server a if x',
  'mode tcp',
  'id 7',
  'guid x',
  'disabled',
  'enabled',
])('%j is ours to say', (text) => {
  expect(parseCustomLine(text)).toEqual({ ok: false, message: expect.stringContaining('is set by Fairlead itself') })
})

test.each([
  '"backend" evil',
  'back"end" evil',
  "back'end' evil",
  'back\\end evil',
  'ser"ver" a 1.2.3.4:80',
  '\\server a 1.2.3.4:80',
  '$X',
  '"$X"',
  'x"$X" y',
  '.if true',
  '.alert x',
  '-x',
  'Backend x',
])('%j hides what its keyword is', (text) => {
  expect(parseCustomLine(text)).toEqual({
    ok: false,
    message: expect.stringContaining('must start with an HAProxy keyword'),
  })
})

test('a line may not run into the next one, nor be endless', () => {
  expect(parseCustomLine('option httplog \\')).toEqual({
    ok: false,
    message: expect.stringContaining('ends with a backslash'),
  })
  expect(parseCustomLine(`option ${'x'.repeat(2042)}`)).toEqual({
    ok: false,
    message: expect.stringContaining('too long'),
  })
  expect(parseCustomLine(`option ${'x'.repeat(2041)}`).ok).toBe(true)
})

test.each(['maxconn 5000', 'tune.ssl.lifetime 300', '  spread-checks 5 ', 'log 10.0.0.9:514 local1'])(
  '%j is a line of global',
  (text) => {
    expect(parseGlobalLine(text)).toEqual({ ok: true, value: text.trim() })
  },
)

test.each([
  ['frontend evil', 'would open the section frontend'],
  ['"front"end evil', 'must start with an HAProxy keyword'],
  ['.if true', 'must start with an HAProxy keyword'],
  ['maxconn 1\nfrontend evil', 'is not one line'],
  ['maxconn 1 \\', 'ends with a backslash'],
  ['stats socket /tmp/x', 'is set by Fairlead itself'],
  ['crt-base /tmp', 'is set by Fairlead itself'],
  ['mworker-max-reloads 1', 'is set by Fairlead itself'],
])('%j is no line of global', (text, message) => {
  expect(parseGlobalLine(text)).toEqual({ ok: false, message: expect.stringContaining(message) })
})
