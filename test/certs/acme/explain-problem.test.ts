// What a user reads when a CA refuses: its own words, what to do, when to return, and nothing that must not be seen.
import { describe, expect, test } from 'vitest'
import { toFailure, toValidationFailure } from '../../../src/certs/acme/explain-problem.ts'
import { PROBLEM } from '../../../src/certs/acme/problem.ts'
import { readRetryAfter } from '../../../src/certs/acme/retry-after.ts'

const NOBODY = { type: '', detail: '', names: [] }

function explain(problem: unknown, { status = 400, what = 'the order', retryAt = null as string | null } = {}) {
  return toFailure(PROBLEM.safeParse(problem).data ?? NOBODY, { host: 'ca.example', what, status, retryAt })
}

const acme = (type: string, detail = 'Because') => ({ type: `urn:ietf:params:acme:error:${type}`, detail })

describe('a refusal', () => {
  test.each([
    [acme('accountDoesNotExist'), 'acme-account-unknown', /"Because" \(accountDoesNotExist\).*register it again$/],
    [acme('userActionRequired'), 'acme-terms', /accept them$/],
    [acme('rejectedIdentifier', 'Policy forbids it'), 'acme-names', /"Policy forbids it" \(rejectedIdentifier\)/],
    [acme('agreementRequired'), 'acme-terms', /accept them$/],
    [acme('malformed', 'The name "x" is bad'), 'acme-refused', /: "The name 'x' is bad" \(malformed\)/],
    [acme('serverInternal'), 'acme-busy', /try again later$/],
    [acme('externalAccountRequired'), 'acme-binding', /MAC key/],
    [acme('invalidProfile'), 'acme-profile', /choose a profile/],
    [acme('somethingNew', 'Moon phase'), 'acme-refused', /"Moon phase" \(somethingNew\)/],
    [acme('constructor'), 'acme-refused', /\(constructor\)/],
    [{ type: 7, detail: [] }, 'acme-refused', /HTTP status 400/],
    ['<html>', 'acme-refused', /HTTP status 400/],
  ])('%j', (problem, code, sentence) => {
    const failure = explain(problem)
    expect(failure.code).toBe(code)
    expect(failure.message).toMatch(sentence)
    expect(failure.message).toMatch(/^ca\.example refused the order/)
  })

  test('a limit tells when it ends: by the header, or else by the sentence of Let’s Encrypt', () => {
    const detail =
      'too many certificates (5) already issued in the last 168h0m0s, retry after 2026-05-13 10:07:11 UTC: see x'
    const told = explain(acme('rateLimited', detail), { status: 429 })
    expect(told.retryAt).toBe('2026-05-13T10:07:11.000Z')
    expect(told.message).toMatch(/rate limited: "too many .*ask again after 2026-05-13 10:07 UTC$/)
    const header = explain(acme('rateLimited', detail), { status: 429, retryAt: '2026-05-14T00:00:00.000Z' })
    expect(header.retryAt).toBe('2026-05-14T00:00:00.000Z')
    expect(explain('', { status: 429 }).code).toBe('acme-rate-limited')
    expect(explain('', { status: 503 }).code).toBe('acme-busy')
  })

  test('each name it is about', () => {
    const subproblems = [
      { ...acme('malformed', 'Invalid underscore'), identifier: { type: 'dns', value: '_x.example.org' } },
      { ...acme('rejectedIdentifier', 'Not here'), identifier: { type: 'dns', value: 'example.net' } },
    ]
    const failure = explain({ ...acme('malformed', 'Some names are bad'), subproblems })
    expect(failure.message).toContain('_x.example.org: "Invalid underscore" (malformed); example.net: "Not here"')
    expect(failure.names.map(({ name }) => name)).toEqual(['_x.example.org', 'example.net'])
  })

  test('tokens, control characters and endless sentences do not come through; long names do', () => {
    const token = 'k3V'.repeat(15)
    const name = `${'a'.repeat(50)}.example.com`
    const detail = `Invalid response from http://${name}/.well-known/acme-challenge/Short1: "${token}.${token}"\u001b[2J\nFORGED${' more'.repeat(500)}`
    const { message } = explain(acme('unauthorized', detail))
    expect(message).toContain(`http://${name}/.well-known/acme-challenge/…`)
    expect(message).not.toContain(token)
    expect(message).not.toContain('Short1')
    expect(message).not.toMatch(/\p{Cc}/u)
    expect(message.length).toBeLessThan(700)
  })
})

test('Pebble calls it a connection where DNS does not answer', () => {
  const one = { name: 'example.com', type: 'connection', detail: 'could not resolve URL', kind: 'http-01' as const }
  expect(toValidationFailure('ca.example', [one]).message).toMatch(/A or AAAA record/)
})

test.each([
  ['connection', 'http-01', /open port 80/],
  ['dns', 'http-01', /A or AAAA record/],
  ['unauthorized', 'http-01', /DNS does not point here/],
  ['caa', 'http-01', /CAA record/],
  ['unauthorized', 'dns-01', /TXT record _acme-challenge\.example\.com is written/],
  ['dns', 'dns-01', /name servers of _acme-challenge\.example\.com/],
] as const)('a name that was not validated: %s by %s', (type, kind, sentence) => {
  const failure = toValidationFailure('ca.example', [{ name: '*.example.com', type, detail: 'No', kind }])
  expect(failure.code).toBe('acme-validation')
  expect(failure.message).toMatch(sentence)
})

test.each([
  [undefined, null],
  ['120', 120_000],
  ['0', 0],
  ['Thu, 01 Jan 1970 00:01:40 GMT', 100_000 - 1000],
  ['Thu, 01 Jan 1970 00:00:00 GMT', 0],
  ['99999999999999999999', 366 * 86_400_000],
  ['soon', null],
  ['-5', null],
])('Retry-After %j', (header, ms) => expect(readRetryAfter(header, 1000)).toBe(ms))
