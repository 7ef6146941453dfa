// The parts of a load balancer over the API: backends, settings, routes, and the same in a named pool.
import { describe, expect, test } from 'vitest'
import { type Json, makeApi, resource } from './api-under-test.ts'

const ALL = '/v1/load-balancers'
const ONE = `${ALL}/web-lb`
const V6 = '[2001:db8::1]:8080'

async function makeWebLb(spec: object = {}) {
  const made = await makeApi()
  await made.call('POST', ALL, resource('web-lb', spec))
  return made
}

describe('backends', () => {
  test('are listed with their status', async () => {
    const { call } = await makeWebLb({ backends: [{ target: 'web-1:8080', weight: 5 }, { target: V6 }] })
    const { items } = (await call('GET', `${ONE}/backends`)).body
    expect(items.map((each: Json) => [each.target, each.weight, each.status.health])).toEqual([
      ['web-1:8080', 5, 'up'],
      [V6, undefined, 'up'],
    ])
  })

  test('are added one by one, or several and a health check as one change', async () => {
    const { call, store } = await makeWebLb()
    const one = await call('POST', `${ONE}/backends`, { target: 'web-2:8080', max_connections: 10 })
    expect([one.status, one.body.version]).toEqual([201, 2])
    const several = { backends: [{ target: 'web-3:8080' }, { target: 'web-4:8080' }], healthCheck: { path: '/health' } }
    expect((await call('POST', `${ONE}/backends`, several)).body.version).toBe(3)
    expect(store.get('web-lb')?.value.spec).toMatchObject({
      backends: [
        { target: 'web-1:8080' },
        { target: 'web-2:8080', maxConnections: 10 },
        { target: 'web-3:8080' },
        { target: 'web-4:8080' },
      ],
      healthCheck: { path: '/health' },
    })
  })

  test('that are there already, wrong or sent with strange keys are refused, all of them', async () => {
    const { call, store } = await makeWebLb()
    const add = (body: unknown) => call('POST', `${ONE}/backends`, body)
    const double = await add({ backends: [{ target: 'new:80' }, { target: 'WEB-1:8080' }] })
    expect([double.status, double.body.error]).toEqual([409, 'web-lb has the backend WEB-1:8080 already'])
    const wrong = await add({ backends: [{ target: 'new:80' }, { target: 'new-2:80', weight: 300 }] })
    expect([wrong.status, wrong.body.details[0].path]).toEqual([422, 'spec.backends[2].weight'])
    const bodies = [
      { backends: 'web-2:80' },
      { backends: [], pool: 'x' },
      {},
      { backends: ['web-2:80'] },
      [{ target: 'x:80' }],
    ]
    for (const body of bodies) expect((await add(body)).status).toBe(422)
    expect(store.revision()).toBe(1)
  })

  test('are changed and taken out by their target, percent-encoded', async () => {
    const { call } = await makeWebLb({ backends: [{ target: 'web-1:8080' }, { target: V6, weight: 3 }] })
    const one = `${ONE}/backends/${encodeURIComponent(V6)}`
    const drained = await call('PATCH', one, { state: 'drain', weight: null })
    expect(drained.body.spec.backends[1]).toEqual({ target: V6, state: 'drain' })
    expect((await call('PATCH', one, { weigth: 3 })).body.error).toContain('did you mean weight?')
    const gone = await call('DELETE', `${ONE}/backends/${encodeURIComponent('[2001:DB8::1]:8080')}`)
    expect(gone.body.spec.backends).toEqual([{ target: 'web-1:8080' }])
    const unknown = await call('DELETE', `${ONE}/backends/web-2%3A8080`)
    expect([unknown.status, unknown.body.error]).toEqual([
      404,
      'web-lb has no backend "web-2:8080" there; did you mean web-1:8080?',
    ])
  })

  test('written without a port are found with it and without it', async () => {
    const { call } = await makeWebLb({ targetPort: 8080, backends: [{ target: 'web-1' }, { target: 'web-2' }] })
    expect((await call('POST', `${ONE}/backends`, { target: 'web-1:8080' })).status).toBe(409)
    expect((await call('DELETE', `${ONE}/backends/web-1:8080`)).body.spec.backends).toEqual([{ target: 'web-2' }])
    expect((await call('DELETE', `${ONE}/backends/web-2`)).body.spec.backends).toEqual([])
  })

  test('of a named pool are reached with ?pool', async () => {
    const { call } = await makeWebLb({ pools: { v2: { backends: [{ target: 'v2-1:80' }] } } })
    const added = await call('POST', `${ONE}/backends?pool=v2`, { target: 'v2-2:80' })
    expect(added.body.spec).toMatchObject({
      backends: [{ target: 'web-1:8080' }],
      pools: { v2: { backends: [{ target: 'v2-1:80' }, { target: 'v2-2:80' }] } },
    })
    expect((await call('GET', `${ONE}/backends?pool=v2`)).body.items).toHaveLength(2)
    const unknown = await call('GET', `${ONE}/backends?pool=v3`)
    expect([unknown.status, unknown.body.error]).toEqual([404, 'web-lb has no pool "v3"; it has v2'])
    expect((await call('DELETE', `${ONE}/backends/v2-1:80?pool=constructor`)).status).toBe(404)
  })
})

describe('settings', () => {
  test.each([
    ['sticky', 'sticky', { mode: 'cookie', cookieName: 'SERVERID' }],
    ['rate-limit', 'rateLimit', { requests: 100, window: '60s', action: 'deny' }],
    ['health-check', 'healthCheck', { type: 'http', path: '/health', interval: '5s' }],
  ])('%s is set, read and taken away', async (path, key, value) => {
    const { call } = await makeWebLb({ pools: { v2: {} } })
    const url = `${ONE}/${path}`
    expect((await call('GET', url)).status).toBe(404)
    expect((await call('DELETE', url)).status).toBe(404)
    expect((await call('PUT', url, value)).body.spec[key]).toEqual(value)
    expect((await call('GET', url)).body).toEqual(value)
    expect((await call('PUT', `${url}?pool=v2`, value)).body.spec.pools.v2).toEqual({ [key]: value })
    expect((await call('DELETE', url)).body.spec).toEqual({ ...resource().spec, pools: { v2: { [key]: value } } })
    const wrong = await call('PUT', url, { ...value, colour: 'red' })
    expect([wrong.status, wrong.body.details[0].path]).toEqual([422, `spec.${key}.colour`])
    expect((await call('PUT', url)).body.error).toMatch(/^there is no body; send a JSON object, for example \{/)
    expect((await call('PUT', `${ALL}/nobody/${path}`, value)).status).toBe(404)
  })

  test('the other dialect is understood here too', async () => {
    const { call } = await makeWebLb()
    const { spec } = (await call('PUT', `${ONE}/health-check`, { path: '/h', interval_seconds: 7 })).body
    expect(spec.healthCheck).toEqual({ path: '/h', interval: '7s' })
  })

  test('tls is read, set for a domain or with a certificate, and taken away', async () => {
    const { call } = await makeWebLb({ tls: { domain: 'app.example.com' } })
    expect((await call('GET', `${ONE}/tls`)).body).toEqual({ domain: 'app.example.com' })
    const other = await call('PUT', `${ONE}/tls`, { domain: 'b.example.com' })
    expect([other.status, other.body.spec.tls]).toEqual([200, { domain: 'b.example.com' }])
    const neither = await call('PUT', `${ONE}/tls`, { minVersion: '1.3' })
    expect([neither.status, neither.body.error]).toEqual([422, expect.stringContaining('give domain')])
    const set = await call('PUT', `${ONE}/tls`, { certificate: 'my-cert', min_version: '1.3' })
    expect([set.status, set.body.spec.tls]).toEqual([200, { certificate: 'my-cert', minVersion: '1.3' }])
    const both = await call('PUT', `${ONE}/tls`, { certificate: 'my-cert', certificateFile: '/etc/ssl/web.pem' })
    expect([both.status, both.body.error]).toEqual([
      422,
      expect.stringContaining('spec.tls.certificateFile: stands beside certificate'),
    ])
    expect((await call('DELETE', `${ONE}/tls`)).body.spec.tls).toBeUndefined()
    expect((await call('DELETE', `${ONE}/tls`)).status).toBe(404)
    await call('POST', ALL, resource('plain', { port: 8001 }))
    expect((await call('GET', `${ALL}/plain/tls`)).status).toBe(404)
    expect((await call('PUT', `${ALL}/nobody/tls`, {})).status).toBe(404)
  })
})

describe('routes', () => {
  const api = { match: { host: 'api.example.com', path: '/api' }, backends: [{ target: 'api-1:80' }] }

  test('are added, listed and taken out by their match', async () => {
    const { call } = await makeWebLb()
    expect((await call('POST', `${ONE}/routes`, api)).status).toBe(201)
    const any = { match: { path: '/static' }, backends: [{ target: 'files:80' }] }
    expect((await call('POST', `${ONE}/routes`, any)).body.spec.routes).toEqual([api, any])
    expect((await call('GET', `${ONE}/routes`)).body.items).toEqual([api, any])
    const gone = await call('DELETE', `${ONE}/routes?host=API.example.com&path=/api/`)
    expect(gone.body.spec.routes).toEqual([any])
    expect((await call('DELETE', `${ONE}/routes?path=%2Fstatic`)).body.spec.routes).toEqual([])
  })

  test('that are there already, wrong or unknown are refused', async () => {
    const { call } = await makeWebLb()
    await call('POST', `${ONE}/routes`, api)
    const double = await call('POST', `${ONE}/routes`, { ...api, match: { host: 'API.EXAMPLE.COM', path: '/api/' } })
    expect([double.status, double.body.error]).toEqual([
      409,
      'web-lb has a route for host api.example.com, path /api already',
    ])
    const wrong = await call('POST', `${ONE}/routes`, { match: { path: 'api' }, backends: [] })
    expect([wrong.status, wrong.body.details[0].path]).toEqual([422, 'spec.routes[1].match.path'])
    const nowhere = await call('POST', `${ONE}/routes`, { match: { path: '/x' }, pool: 'v9' })
    expect([nowhere.status, nowhere.body.details[0].path]).toEqual([422, 'spec.routes[1].pool'])
    const unknown = await call('DELETE', `${ONE}/routes?path=/x`)
    expect([unknown.status, unknown.body.error]).toEqual([
      404,
      'web-lb has no route for any host, path /x; it has host api.example.com, path /api',
    ])
    expect((await call('DELETE', `${ONE}/routes`)).status).toBe(422)
  })
})

test('every write of a part takes If-Match, ?dryRun and ?wait', async () => {
  const { call, engine, store } = await makeWebLb()
  const waited = engine.settledOnes.length
  const stale = { 'if-match': '9' }
  expect((await call('POST', `${ONE}/backends`, { target: 'b:80' }, stale)).status).toBe(409)
  expect((await call('PUT', `${ONE}/sticky`, { mode: 'source' }, stale)).status).toBe(409)
  const planned = await call('POST', `${ONE}/backends?dryRun=true`, { target: 'b:80' })
  expect([planned.status, planned.body.plan]).toEqual([200, ['set web-lb']])
  expect((await call('POST', `${ONE}/routes?dryRun=true`, { match: { path: '/a' }, backends: [] })).status).toBe(200)
  expect(store.revision()).toBe(1)
  expect((await call('PUT', `${ONE}/sticky?wait=false`, { mode: 'source' })).status).toBe(200)
  expect(engine.settledOnes).toHaveLength(waited)
})
