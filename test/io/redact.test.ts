// Which keys hold secrets.
import { expect, test } from 'vitest'
import { redact } from '../../src/io/redact.ts'

test('keys that name a secret lose their value, the others keep theirs', () => {
  expect(redact({ 'X-API-Key': 1, tls_secret: {}, keys: ['a'], deep: [{ accessToken: 'x', n: null }] })).toEqual({
    'X-API-Key': '(redacted)',
    tls_secret: '(redacted)',
    keys: ['a'],
    deep: [{ accessToken: '(redacted)', n: null }],
  })
})
