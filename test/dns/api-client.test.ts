// What a provider's API does when it is not well, or is no such API: one plain sentence each, and no secret in any.
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { ApiClient, type ApiManner } from '../../src/dns/api-client.ts'
import { readRetryAt } from '../../src/dns/retry-at.ts'
import { findFreePort } from '../live/kit/free-port.ts'
import { failureOf } from './provider-contract.ts'

const { signal } = new AbortController()
const QUESTION = { method: 'GET', path: '/zones', what: 'the zone example.com' } as const
const NOW = Date.parse('2026-05-13T10:00:00Z')

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

function open(base: string, more: Partial<ApiManner> = {}): ApiClient {
  return new ApiClient({
    name: 'Somebody',
    base,
    headersFor: () => ({ authorization: 'Bearer secret-0a1b' }),
    secrets: ['secret-0a1b', ''],
    advice: 'give a better token',
    readRefusal: ({ text }) => ({ words: text }),
    now: () => NOW,
    ...more,
  })
}

function ask(client: ApiClient, schema: z.ZodType = z.object({ ok: z.boolean() })) {
  return client.ask(QUESTION, schema, signal)
}

test.each([
  [
    400,
    'this is\n wrong.',
    'dns-refused',
    'Somebody refused the zone example.com: "this is wrong"; correct that, and try again',
  ],
  [
    401,
    'no such key: secret-0a1b',
    'dns-credentials',
    'Somebody refused the zone example.com: "no such key: …"; give a better token',
  ],
  [
    403,
    '',
    'dns-credentials',
    'Somebody refused the zone example.com: "HTTP status 403"; give a better token'.replaceAll('"', ''),
  ],
  [
    502,
    'a "bad" gateway',
    'dns-refused',
    `Somebody refused the zone example.com: "a 'bad' gateway"; it has trouble of its own, try again later`,
  ],
  [302, 'moved', 'dns-refused', 'Somebody refused the zone example.com: "moved"; correct that, and try again'],
])('HTTP status %i: one sentence in its own words', async (status, text, code, message) => {
  const client = open(await serve((_request, response) => response.writeHead(status, { location: '/' }).end(text)))
  expect(await failureOf(ask(client))).toMatchObject({ code, message, retryAt: null })
})

test('too many questions: when to return', async () => {
  const headers = { 'retry-after': '90' }
  const client = open(await serve((_request, response) => response.writeHead(429, headers).end('slower')))
  expect(await failureOf(ask(client))).toMatchObject({
    code: 'dns-limit',
    message: 'Somebody limits how often it is asked: "slower"; ask again after 2026-05-13 10:01:30 UTC',
    retryAt: '2026-05-13T10:01:30.000Z',
  })
})

test.each([
  [{ 'retry-after': '5' }, '10:00:05'],
  [{ 'retry-after': 'Wed, 13 May 2026 10:07:00 GMT' }, '10:07:00'],
  [{ 'retry-after': 'Wed, 13 May 2026 09:07:00 GMT' }, '10:00:00'],
  [{ 'ratelimit-reset': String(NOW / 1000 + 75) }, '10:01:15'],
  [{ 'retry-after': 'soon' }, '10:00:30'],
  [{}, '10:00:30'],
])('%j means %s', (headers, time) => {
  expect(readRetryAt(headers, NOW)).toBe(`2026-05-13T${time}.000Z`)
})

test('a time of years is taken as a day', () => {
  expect(readRetryAt({ 'retry-after': '999999999' }, NOW)).toBe('2026-05-14T10:00:00.000Z')
})

test.each(['<html>hello</html>', '{"ok":"yes"}', '', 'null'])('an answer of somebody else: %j', async (text) => {
  const base = await serve((_request, response) => response.end(text))
  const { code, message } = await failureOf(ask(open(base)))
  expect(code).toBe('dns-refused')
  expect(message).toMatch(
    /^Somebody at 127\.0\.0\.1:\d+ does not answer as Somebody does: its JSON is not as documented/,
  )
})

test('nobody there, no answer in time, broken off, no URL', async () => {
  const closed = await findFreePort()
  const hangs = await serve(() => {})
  const breaks = await serve((request) => request.socket.destroy())
  const sentences = [
    open(`http://127.0.0.1:${closed}`),
    open(hangs, { timeoutMs: 100 }),
    open(breaks),
    open('example.com'),
  ]
  const expected = [
    / cannot be reached \(ECONNREFUSED\); see/,
    / gave no answer within 0\.1 s; /,
    / broke off: ECONNRESET; /,
    / give a URL that begins with https/,
  ]
  for (const [index, client] of sentences.entries())
    expect(await failureOf(ask(client))).toMatchObject({
      code: 'dns-unreachable',
      message: expect.stringMatching(expected[index] as RegExp),
    })
})

test('a token that cannot be one is not sent, and not told', async () => {
  const base = await serve((_request, response) => response.end('{}'))
  const headersFor = () => ({ authorization: 'Bearer two\nlines-of-it' })
  const { code, message } = await failureOf(ask(open(base, { headersFor })))
  expect({ code, message }).toEqual({
    code: 'dns-credentials',
    message: 'the token for Somebody holds characters that no token has; give a better token',
  })
})

test('an aborted signal ends a question that hangs, with its reason', async () => {
  const abort = new AbortController()
  const reason = new Error('enough')
  const base = await serve(() => abort.abort(reason))
  await expect(open(base).ask(QUESTION, z.unknown(), abort.signal)).rejects.toBe(reason)
})
