// The small texts of health checks: statuses, and the command line's one-word form.
import { describe, expect, test } from 'vitest'
import type { Parsed } from '../../src/model/parsed.ts'
import { parseHealthCheckText, parseStatuses } from '../../src/spec/health-check-texts.ts'

/** The value, or the word "refused". */
function outcome<T>(parsed: Parsed<T>): T | 'refused' {
  return parsed.ok ? parsed.value : 'refused'
}

describe('statuses', () => {
  test.each([
    ['200', [[200, 200]]],
    ['200-399', [[200, 399]]],
    ['100-599', [[100, 599]]],
    ['301-301', [[301, 301]]],
    [
      '200,204,300-399',
      [
        [200, 200],
        [204, 204],
        [300, 399],
      ],
    ],
    [
      '200, 301',
      [
        [200, 200],
        [301, 301],
      ],
    ],
  ])('%j', (text, ranges) => {
    expect(outcome(parseStatuses(text))).toEqual(ranges.map(([from, to]) => ({ from, to })))
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
    '200,',
    ',200',
    '200 301',
    '200\n',
    ' 200',
    '0200',
    '٢٠٠',
    `${'200,'.repeat(50)}200`,
  ])('not %j', (text) => {
    expect(parseStatuses(text)).toEqual({ ok: false, message: expect.stringContaining('write 200, 200-399 or') })
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
    ['redis::5s', { type: 'redis', interval: '5s' }],
    ['redis', { type: 'redis' }],
    ['smtp::1m', { type: 'smtp', interval: '1m' }],
    ['postgres:fairlead:5s', { type: 'postgres', user: 'fairlead', interval: '5s' }],
    ['mysql:check@web', { type: 'mysql', user: 'check@web' }],
    ['grpc::5s', { type: 'grpc', interval: '5s' }],
    ['grpc:shop.v1.Orders:5s', { type: 'grpc', service: 'shop.v1.Orders', interval: '5s' }],
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
    'redis:PING:5s',
    'smtp:5s',
    'postgres',
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
    ['postgres::5s', '"" is not a user of a check'],
    ['mysql:it s:5s', '"it s" is not a user of a check'],
    ['grpc:a b:5s', '"a b" is not a gRPC service'],
    ['http:/a\nb:5s', '"/a\\nb" is not a request path'],
  ])('%j says what of it is wrong', (text, words) => {
    expect(parseHealthCheckText(text)).toEqual({ ok: false, message: expect.stringContaining(words) })
  })
})
