// Texts made to break out of a line, a word or a quote, mixed with enough harmless ones to get past a parser.
import fc from 'fast-check'

const HARMLESS = [...'abcxyzABC0189', 'example', '.com', 'api']
const PUNCTUATION = [
  ..."-_./:;=?&%+*()[]{}!~@,<>|^`$'",
  '%20',
  '%2F',
  '//',
  '..',
  '*.',
  '[::1]',
  ':80',
  '5s',
  '200-399',
  '::',
]
const HOSTILE = [
  ' ',
  '"',
  '#',
  '\\',
  '\n',
  '\r\n',
  '\t',
  '\v',
  '\u0000',
  '\u0085',
  '\u00a0',
  '\u2028',
  '\ufeff',
  'é',
  'İ',
  '\u212a',
  '😀',
  '\ud800',
  '\\n',
  '\\x0a',
  '%0a',
  '%[src]',
  '%{+Q}o',
  '${HOME}',
  '"$HOME"',
  ' # ',
  ' server evil 192.0.2.1:80',
  '\n  server evil 192.0.2.1:80',
  '\nbackend evil\n',
  ' backup',
  "' '",
  '" "',
]

/** Mostly harmless, often punctuated, sometimes hostile. */
export const texts: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom(...HARMLESS) },
      { weight: 3, arbitrary: fc.constantFrom(...PUNCTUATION) },
      { weight: 1, arbitrary: fc.constantFrom(...HOSTILE) },
    ),
    {
      minLength: 1,
      maxLength: 12,
    },
  )
  .map((parts) => parts.join(''))

/** Anything at all. */
export const noise: fc.Arbitrary<string> = fc.oneof(texts, fc.string({ unit: 'binary', maxLength: 40 }))

/** Raw lines: HAProxy's keywords, whole or in disguise, with anything behind them. */
export const rawLines: fc.Arbitrary<string> = fc
  .tuple(
    fc.constantFrom(
      'option',
      'http-request',
      'acl x',
      'timeout server',
      'retries',
      'no',
      'default',
      'backend',
      'server',
      'listen',
      'back"end"',
      "ser'ver'",
      'fron\\tend',
      'http-request return status 200 string',
      'redirect',
      'stick on',
      'fullconn',
      'balance',
      'errorfile',
      'compression algo',
    ),
    fc.oneof(
      texts,
      fc.constantFrom('httplog', 'deny', 'path /x', '5s', '3', '"a # b"', 'roundrobin', 'x\\', 'gzip', '# comment'),
    ),
  )
  .map(([keyword, rest]) => `${keyword} ${rest}`)
