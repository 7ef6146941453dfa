// Certificates that are obtained and records, on the command line: each step, the end, and what went wrong.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { ObtainedDomain, TlsStatus } from '../../src/api/wire.ts'
import { type FakeApi, startFakeApi } from '../fakes/fake-api.ts'
import { runCommand } from './run-command.ts'
import { sampleLoadBalancer } from './samples.ts'

const DOMAIN: ObtainedDomain = {
  domain: 'app.example.com',
  state: 'serving',
  isUnderWay: false,
  steps: ['order', 'finalize'],
  notAfter: '2027-02-19T10:00:00.000Z',
  renewAt: '2027-01-20T10:00:00.000Z',
  lastError: null,
  failures: 0,
  tries: 1,
}
const PENDING: ObtainedDomain = { ...DOMAIN, state: 'pending', notAfter: null, steps: [], tries: 0, isUnderWay: true }
const FAILED: ObtainedDomain = { ...PENDING, isUnderWay: false, lastError: 'the CA said no', failures: 1, tries: 1 }

let api: FakeApi
beforeEach(async () => {
  api = await startFakeApi()
})
afterEach(() => api.close())

function run(line: string) {
  return runCommand(line, { stateDir: api.stateDir })
}

function toAnswer(one: ObtainedDomain | null) {
  const tls: TlsStatus = {
    domains: ['app.example.com'],
    notAfter: one?.notAfter ?? null,
    renewAt: one?.renewAt ?? null,
    source: 'domain app.example.com',
    issuer: one?.notAfter ? 'CN=CA' : null,
    default: true,
    lastError: one?.lastError ?? null,
    ...(one ? { obtained: [one] } : {}),
  }
  const problems = [{ code: 'pending', message: 'no certificate yet' }]
  const spec = { type: 'http' as const, tls: { domain: 'app.example.com' } }
  return sampleLoadBalancer({ spec, status: { tls, problems: one?.state === 'serving' ? [] : problems } })
}

/** The load balancer, one answer after the other; the last one stays. */
function answerInTurn(...ones: (ObtainedDomain | null)[]) {
  const left = ones.map(toAnswer)
  api.onRaw('GET /v1/load-balancers/web-lb', (_, response) => {
    const body = left.length > 1 ? left.shift() : left[0]
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  })
}

describe('lb tls set --domain', () => {
  test('waits for the certificate and tells each step once', async () => {
    answerInTurn(null, PENDING, { ...PENDING, steps: ['order'] }, { ...PENDING, steps: ['order', 'finalize'] }, DOMAIN)
    api.on('PUT /v1/load-balancers/web-lb/tls', toAnswer(PENDING))
    const { exitCode, out, err } = await run('lb tls set web-lb --domain app.example.com')
    expect([exitCode, err]).toEqual([0, 'app.example.com: order\napp.example.com: finalize\n'])
    expect(out).toMatch(
      /^web-lb: live in 8 ms, no reload\napp\.example\.com: https serves, certificate until 2027-02-19\n$/,
    )
    expect(api.received.find(({ method }) => method === 'PUT')?.body).toEqual({ domain: 'app.example.com' })
  })

  test('a failure is told with the next try, exit code 1', async () => {
    answerInTurn(null, PENDING, FAILED)
    api.on('PUT /v1/load-balancers/web-lb/tls', toAnswer(PENDING))
    const { exitCode, err } = await run('lb tls set web-lb --domain app.example.com')
    expect([exitCode, err]).toEqual([
      1,
      'warning: app.example.com: the CA said no; tried again by itself 2027-01-20 10:00 UTC\n',
    ])
  })

  test('who corrects something does not wait for the next try', async () => {
    answerInTurn(
      FAILED,
      FAILED,
      { ...PENDING, failures: 1, lastError: 'the CA said no', tries: 1 },
      { ...DOMAIN, tries: 2 },
    )
    api.on('PUT /v1/load-balancers/web-lb/tls', toAnswer(FAILED))
    api.on('POST /v1/load-balancers/web-lb/tls/renew', { domains: ['app.example.com'] }, 202)
    expect((await run('lb tls set web-lb --domain app.example.com')).exitCode).toBe(0)
    expect(api.writes()).toEqual(['PUT /v1/load-balancers/web-lb/tls', 'POST /v1/load-balancers/web-lb/tls/renew'])
  })

  test('several names are sent together; --no-wait does not wait', async () => {
    api.on('PUT /v1/load-balancers/web-lb/tls', toAnswer(PENDING))
    const { exitCode } = await run('lb tls set web-lb --domain a.test --domain b.test --no-wait')
    expect([exitCode, api.received.map(({ method, body }) => [method, body])]).toEqual([
      0,
      [['PUT', { domains: ['a.test', 'b.test'] }]],
    ])
  })
})

test('lb tls renew ends when a try has ended', async () => {
  answerInTurn(DOMAIN, DOMAIN, { ...DOMAIN, isUnderWay: true, steps: ['order'] }, { ...DOMAIN, tries: 2 })
  api.on('POST /v1/load-balancers/web-lb/tls/renew', { domains: ['app.example.com'] }, 202)
  const { exitCode, err } = await run('lb tls renew web-lb')
  expect([exitCode, err.split('\n')[0]]).toEqual([0, 'app.example.com: order'])
})

test('lb tls get tells that http leads to https once there is a certificate', async () => {
  answerInTurn(PENDING)
  expect((await run('lb tls get web-lb')).out).toContain('http    served until there is a certificate\n')
  answerInTurn(DOMAIN)
  expect((await run('lb tls get web-lb')).out).toContain('http    sent to https\n')
})

test('lb tls get tells how it stands with each name', async () => {
  answerInTurn(FAILED)
  expect((await run('lb tls get web-lb')).out).toContain(
    'domain  app.example.com, no certificate yet, tried again 2027-01-20 10:00 UTC; failed 1 time: the CA said no\n',
  )
  answerInTurn(DOMAIN)
  expect((await run('lb tls get web-lb')).out).toContain(
    'domain  app.example.com, until 2027-02-19 10:00 UTC, renewed 2027-01-20 10:00 UTC\n',
  )
})

describe('dns', () => {
  const record = { domain: 'app.example.com', addresses: ['192.0.2.1'], provider: 'rfc2136', checkedAt: null }

  test('list and plan are tables, with what is wrong below', async () => {
    const foreign = { ...record, domain: 'www.example.com', state: 'foreign', lastError: 'it is of "them"' }
    api.on('GET /v1/dns', { items: [{ ...record, state: 'current', lastError: null }, foreign] })
    expect((await run('dns list')).out.split('\n')).toEqual([
      'DOMAIN           STATE    LEADS TO   PROVIDER',
      'app.example.com  current  192.0.2.1  rfc2136',
      'www.example.com  foreign  192.0.2.1  rfc2136',
      'www.example.com: it is of "them"',
      '',
    ])
    api.on('GET /v1/dns/plan', { items: [{ ...record, state: 'create', lastError: null }] })
    expect((await run('dns plan')).out).toContain('app.example.com  create')
    api.on('GET /v1/dns', { items: [] })
    expect((await run('dns list')).out).toBe('no domain of a load balancer lies in a zone that --dns names\n')
  })

  test('take-over asks for one name', async () => {
    api.on('POST /v1/dns/app.example.com/take-over', { domain: 'app.example.com' }, 202)
    const { exitCode, out } = await run('dns take-over app.example.com')
    expect([exitCode, out, api.writes()]).toEqual([
      0,
      expect.stringContaining('app.example.com: taken over at the next look'),
      ['POST /v1/dns/app.example.com/take-over'],
    ])
    expect((await run('dns take-over other.example.com')).exitCode).toBe(3)
  })
})
