// Lines of the log as a user knows them, filtered, weighed, and never waited for.
import { describe, expect, test } from 'vitest'
import type { LogFilter } from '../../src/api/engine.ts'
import { formatEnding } from '../../src/daemon/log-endings.ts'
import { Follower } from '../../src/daemon/log-follower.ts'
import { isAskedFor, toLogLine, weigh } from '../../src/daemon/log-lines.ts'
import { type AccessLine, parseAccessLine } from '../../src/haproxy/access-line.ts'
import { convert } from '../arbitrary/resources.ts'
import { LOG_LINE } from '../fakes/fake-engine.ts'

function line(changes: Partial<AccessLine> = {}): AccessLine {
  const parsed = parseAccessLine('1795254367883 192.0.2.7 p7 fd00::1:80 1 0 12 15 0 200 9 -- - - {a.test} GET /x')
  return { ...(parsed as AccessLine), ...changes }
}

const fragment = convert({ name: 'web', spec: { backends: [{ target: '[fd00::1]:80' }] } })
const ground = {
  name: 'web',
  pools: new Map(fragment?.pools.map((pool) => ['p7', pool])),
  frontends: new Set(['fe_0.0.0.0:80']),
}

test('a line belongs to the load balancer whose pool stands in the place', () => {
  expect(toLogLine(line(), ground)).toMatchObject({ loadBalancer: 'web', pool: 'main', server: '[fd00::1]:80' })
  expect(toLogLine(line({ place: 'p8' }), ground)).toBeNull()
  expect(toLogLine(line({ place: 'fe_0.0.0.0:80', server: null }), ground)).toMatchObject({ pool: null, server: null })
})

describe('a line stands for', () => {
  const cases: readonly [string, Partial<AccessLine>, number][] = [
    ['itself where little is going on', { rate: null }, 1],
    ['ten above 1,000 a second', { rate: 1001 }, 10],
    ['a hundred above 10,000', { rate: 10_001 }, 100],
    ['itself where it is an error', { rate: 10_001, status: 503 }, 1],
    ['ten where a rule refused it', { rate: 1001, answerMs: null, status: 429, end: 'LR' }, 10],
    ['itself where nobody answered', { rate: 10_001, answerMs: null, status: 408, end: 'cR' }, 1],
    ['a hundred connections', { rate: 10_001, request: null, status: null }, 100],
    ['ten refused connections', { rate: 1001, request: null, status: null, connectMs: null, end: 'PR' }, 10],
    ['itself where no server took the connection', { rate: 10_001, request: null, connectMs: null, end: 'SC' }, 1],
  ]
  for (const [what, changes, count] of cases) test(what, () => expect(weigh(line(changes))).toBe(count))
})

describe('a filter', () => {
  const cases: readonly [Omit<LogFilter, 'last'>, boolean][] = [
    [{}, true],
    [{ status: [500, 599] }, true],
    [{ status: [200, 299] }, false],
    [{ path: '/api' }, true],
    [{ path: '/api/' }, true],
    [{ path: '/' }, true],
    [{ path: '/ap' }, false],
    [{ host: 'WWW.example.com' }, true],
    [{ host: 'example.com' }, false],
    [{ server: 'web-1:8080' }, true],
    [{ server: 'web-1' }, true],
    [{ server: 'web-2' }, false],
    [{ method: 'get' }, true],
    [{ method: 'POST' }, false],
    [{ slowerThanMs: 60_003 }, true],
    [{ slowerThanMs: 60_004 }, false],
    [{ path: '/api', method: 'POST' }, false],
    [{ requestId: 'id-1' }, true],
    [{ requestId: 'id' }, false],
  ]
  for (const [filter, isTaken] of cases) {
    test(`${JSON.stringify(filter)}: ${isTaken}`, () =>
      expect(isAskedFor(LOG_LINE, { ...filter, last: 1 })).toBe(isTaken))
  }
})

test('endings are told in words, also those without a name of their own', () => {
  expect(['--', 'sH', 'cQ', 'SC'].map(formatEnding)).toEqual([
    null,
    'the server did not answer in time',
    'the client was silent too long while it waited for a free server',
    'no server took the connection',
  ])
})

test('who is slow loses what does not fit, is told how many, and gets what comes then', async () => {
  const end = new AbortController()
  const follower = new Follower<number>(end.signal, 2)
  for (const number of [1, 2, 3, 4, 5]) follower.put(number)
  const lines = follower.lines()
  const next = async () => (await lines.next()).value
  expect(await next()).toEqual([1, 2, { lost: 3 }])
  const waiting = next()
  follower.put(6)
  expect(await waiting).toEqual([6])
  end.abort()
  expect((await lines.next()).done).toBe(true)
})
