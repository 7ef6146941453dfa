// logs and top: what a person reads, what a program reads, and what is sent to ask for it.
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type FakeApi, startFakeApi } from '../fakes/fake-api.ts'
import { LOG_LINE, TOP_ROW } from '../fakes/fake-engine.ts'
import { runCommand } from './run-command.ts'

const LOGS = '/v1/load-balancers/web-lb/logs'

let api: FakeApi
beforeEach(async () => {
  process.env['TZ'] = 'UTC'
  api = await startFakeApi()
})
afterEach(() => api.close())

const run = (line: string, columns?: number) =>
  runCommand(line, { stateDir: api.stateDir, ...(columns === undefined ? {} : { columns }) })

test('a line for a person: slow ones with their parts, failures with their reason', async () => {
  const well = { ...LOG_LINE, status: 200, durationMs: 12, answerMs: 9, end: '--', ending: null, standsFor: 10 }
  const tcp = {
    ...LOG_LINE,
    method: null,
    host: null,
    path: null,
    status: null,
    server: null,
    durationMs: 0,
    ending: null,
  }
  api.on(`GET ${LOGS}`, { items: [LOG_LINE, well, { ...tcp, retries: 1 }] })
  expect((await run('logs web-lb')).out.split('\n')).toEqual([
    '2026-11-21 10:00:00.120  192.0.2.7  GET www.example.com/api/users  504  web-1:8080  60003 ms (queue 1, connect 2): the server did not answer in time',
    '2026-11-21 10:00:00.120  192.0.2.7  GET www.example.com/api/users  200  web-1:8080  12 ms  (1 of 10)',
    '2026-11-21 10:00:00.120  192.0.2.7  TCP  -  0 ms (queue 1, connect 2, 1 retry)',
    '',
  ])
})

test('what a client sends moves no cursor', async () => {
  api.on(`GET ${LOGS}`, { items: [{ ...LOG_LINE, host: 'a\x1b[2J', path: '/\nx' }] })
  const { out } = await run('lb logs web-lb')
  expect(out).toContain('GET a/ x  504')
})

test('filters go to the API as they are', async () => {
  api.on(`GET ${LOGS}`, { items: [] })
  await run(
    'logs web-lb --status 5xx --path /api --server web-1:8080 --method GET --slower-than 500ms -n 5 --host a.test --request-id x',
  )
  const asked = new URL(api.received[0]?.path ?? '', 'http://x').searchParams
  expect(Object.fromEntries(asked)).toEqual({
    limit: '5',
    status: '5xx',
    path: '/api',
    host: 'a.test',
    server: 'web-1:8080',
    method: 'GET',
    slowerThan: '500ms',
    requestId: 'x',
  })
})

test('followed, a broken connection is taken up without the lines that were there, until the API says no', async () => {
  const asked: string[] = []
  api.onRaw(`GET ${LOGS}`, (request, response) => {
    asked.push(new URL(request.url ?? '', 'http://x').searchParams.get('limit') ?? '')
    if (asked.length > 1) {
      response.writeHead(404, { 'content-type': 'application/json' })
      return void response.end(JSON.stringify({ error: 'there is no load balancer "web-lb"', code: 'not_found' }))
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write(`event: line\ndata: ${JSON.stringify(LOG_LINE)}\n\nevent: lost\ndata: {"lost":7}\n\n`)
    setTimeout(() => response.destroy(), 10)
  })
  const { out, err, exitCode } = await run('logs web-lb --follow -o json')
  expect(out).toBe(`${JSON.stringify(LOG_LINE)}\n`)
  expect(err).toContain('warning: 7 lines left out')
  expect(err).toContain('trying again')
  expect({ asked, exitCode }).toEqual({ asked: ['100', '0'], exitCode: 3 })
})

const SERVER = { ...TOP_ROW, pool: 'main', server: 'web-1:8080', health: 'up' }
const QUIET = {
  ...SERVER,
  server: 'web-2:8080',
  requestsPerSecond: 0.5,
  health: 'down',
  latency: { ...TOP_ROW.latency, from: 'average', p50Ms: null, p90Ms: null, p99Ms: null },
}

test('top prints once where there is no terminal, and says where percentiles are none', async () => {
  api.on('GET /v1/top', { time: LOG_LINE.time, seconds: 1, items: [TOP_ROW, QUIET, SERVER] })
  expect((await run('top web-lb')).out).toBe(
    [
      'NAME          REQ/S  4XX/S  5XX/S  SESSIONS  QUEUED    IN/S   OUT/S    P50    P90     P99  HEALTH',
      'web-lb         1204    3.2      0        12       0  150 kB  4.2 MB   4 ms  20 ms  180 ms  2/3 up',
      '  web-1:8080   1204    3.2      0        12       0  150 kB  4.2 MB   4 ms  20 ms  180 ms  up',
      '  web-2:8080    0.5    3.2      0        12       0  150 kB  4.2 MB  ~7 ms      -       -  down',
      '~ average of the last 1024: too few lines in the access log for percentiles',
      '',
    ].join('\n'),
  )
  expect(api.received[0]?.path).toBe('/v1/top?name=web-lb')
})

test('top goes on, on a terminal, until the daemon is gone', async () => {
  let count = 0
  api.onRaw('GET /v1/top', (_, response) => {
    if (++count === 3) return void response.destroy()
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ time: LOG_LINE.time, seconds: 1, items: [TOP_ROW] }))
  })
  const { out, exitCode } = await run('lb top', 120)
  expect(out.match(/\x1b\[H\x1b\[J/g)).toHaveLength(2)
  expect(exitCode).toBe(1)
})

test('top as JSON is one object, also on a terminal', async () => {
  const answer = { time: LOG_LINE.time, seconds: 1, items: [TOP_ROW] }
  api.on('GET /v1/top', answer)
  expect(JSON.parse((await run('top -o json', 120)).out)).toEqual(answer)
})
