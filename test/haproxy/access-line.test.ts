// A line of the access log is read back as what it was: a request, a connection, or nothing of ours.
import { expect, test } from 'vitest'
import { parseAccessLine } from '../../src/haproxy/access-line.ts'

test('a request', () => {
  const line =
    '1795254367883 192.0.2.7 be_web.main web-1:8080 1 0 12 15 0 200 1024 -- 2150 - {www.example.com:80} GET /api/users'
  expect(parseAccessLine(line)).toEqual({
    atMs: 1_795_254_367_883,
    client: '192.0.2.7',
    place: 'be_web.main',
    server: 'web-1:8080',
    queueMs: 1,
    connectMs: 0,
    answerMs: 12,
    totalMs: 15,
    retries: 0,
    status: 200,
    bytes: 1024,
    end: '--',
    rate: 2150,
    request: { id: null, host: 'www.example.com:80', method: 'GET', path: '/api/users' },
  })
})

test('what never came so far is null', () => {
  const line = '1795254367883 192.0.2.7 be_web.main <NOSRV> 0 -1 -1 -1 +3 -1 0 CC - - {} <BADREQ> <BADREQ>'
  expect(parseAccessLine(line)).toMatchObject({
    server: null,
    queueMs: 0,
    connectMs: null,
    answerMs: null,
    totalMs: 0,
    retries: 3,
    status: null,
    rate: null,
    request: { id: null, host: null },
  })
})

test('a host may hold spaces, a client may ask for a whole URL: its password is not shown', () => {
  const line = '1 ::1 be_a s 0 0 0 0 0 200 1 -- 1 a-b {a b} GET http://user:secret@a.example/x'
  expect(parseAccessLine(line)?.request).toEqual({ id: 'a-b', host: 'a b', method: 'GET', path: '/x' })
})

test('a TCP connection', () => {
  expect(parseAccessLine('1795254367883 192.0.2.7 be_db.main db-1:5432 1 0 -1 1500 0 - 99 -- -')).toMatchObject({
    server: 'db-1:5432',
    totalMs: 1500,
    status: null,
    request: null,
  })
})

test.each(['', 'Proxy f stopped (cumulated conns: FE: 3, BE: 0).', '127.0.0.1:5 [x] fe_a/1: SSL handshake failure'])(
  'another shape: %s',
  (line) => expect(parseAccessLine(line)).toBeNull(),
)
