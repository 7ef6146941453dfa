// Signature Version 4 against the test suite and the documentation that AWS has published.
import { expect, test } from 'vitest'
import { signHeaders, type Unsigned } from '../../src/dns/route53/sign.ts'

const KEY = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' }
const SUITE = { region: 'us-east-1', service: 'service', nowMs: Date.parse('2015-08-30T12:36:00Z') }
const HOST = 'https://example.amazonaws.com'

function signatureOf(request: Partial<Omit<Unsigned, 'url'>> & { url?: string }, scope = SUITE, key = KEY): string {
  const { method = 'GET', url = `${HOST}/`, headers = {}, body = '' } = request
  return /Signature=(\w+)$/.exec(
    signHeaders({ method, url: new URL(url), headers, body }, key, scope)['authorization']!,
  )![1]!
}

test.each([
  ['get-vanilla', {}, '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31'],
  ['post-vanilla', { method: 'POST' }, '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b'],
  [
    'get-vanilla-query-order-key-case',
    { url: `${HOST}/?Param2=value2&Param1=value1` },
    'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500',
  ],
  [
    'get-vanilla-utf8-query',
    { url: `${HOST}/?ሴ=bar` },
    '2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04',
  ],
  [
    'get-header-value-trim',
    { headers: { 'My-Header1': ' value1', 'My-Header2': ' "a   b   c"' } },
    'acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736',
  ],
  [
    'post-header-key-sort',
    { method: 'POST', headers: { 'My-Header1': 'value1' } },
    'c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c',
  ],
  [
    'post-x-www-form-urlencoded',
    { method: 'POST', headers: { 'Content-Type': 'application/x-www-form-urlencoded' }, body: 'Param1=value1' },
    'ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a',
  ],
])('the suite’s %s', (_name, request, signature) => {
  expect(signatureOf(request)).toBe(signature)
})

test('the documentation’s ListUsers of IAM', () => {
  const headers = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' }
  const url = 'https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08'
  expect(signatureOf({ url, headers }, { ...SUITE, service: 'iam' })).toBe(
    '5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7',
  )
})

test('the token of temporary credentials is sent, and signed', () => {
  const request = { method: 'GET', url: new URL(HOST), headers: {}, body: '' }
  const headers = signHeaders(request, { ...KEY, sessionToken: 'of-an-hour' }, SUITE)
  expect(headers['x-amz-security-token']).toBe('of-an-hour')
  expect(headers['authorization']).toContain('SignedHeaders=host;x-amz-date;x-amz-security-token,')
})
