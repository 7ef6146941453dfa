// Creating load balancers over the API: in both dialects, refused at the key that is wrong, judged by the daemon.
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { LAST_APPLY } from '../fakes/fake-engine.ts'
import { makeApi, resource, send } from './api-under-test.ts'

const ALL = '/v1/load-balancers'
const ONE = `${ALL}/web-lb`

/** The body of the platform's own example, as published. */
const PUBLISHED = `{
    "name": "web-lb",
    "spec": {
      "type": "http",
      "vpc": "prod",
      "tls": { "domain": "app.example.com", "autoRenew": true },
      "backends": [
        { "target": "web-1:8080", "weight": 50 },
        { "target": "web-2:8080", "weight": 50 }
      ],
      "healthCheck": { "path": "/health", "interval": "5s" }
    }
  }`

describe('creating', () => {
  test('takes the published body as it stands and answers what is live', async () => {
    const { api, engine } = await makeApi()
    const headers = { 'content-type': 'application/json' }
    const created = await send(api, 'POST', ALL, { headers, payload: PUBLISHED })
    expect(created.status).toBe(201)
    expect(created.headers).toMatchObject({ location: ONE, etag: '"1"' })
    expect(created.body).toEqual({
      id: expect.stringMatching(/^lb-[a-z0-9]{10}$/),
      name: 'web-lb',
      kind: 'LoadBalancer',
      version: 1,
      labels: {},
      spec: JSON.parse(PUBLISHED).spec,
      origin: { source: 'store', id: created.body.id },
      status: expect.objectContaining({ state: 'Running', activeTargets: 2, appliedVersion: 1, lastApply: LAST_APPLY }),
      createdAt: expect.any(String),
      updatedAt: created.body.createdAt,
    })
    expect(engine.settledOnes).toEqual(['web-lb 1'])
  })

  test("understands the platform's other page: its path, metadata, snake_case and listeners", async () => {
    const { call, store } = await makeApi()
    const created = await call('POST', '/v1/loadbalancers', {
      metadata: { name: 'web-lb' },
      spec: {
        type: 'http',
        vpc_id: 'vpc-1',
        listeners: [{ listen_port: 8000, target_port: 8080, protocol: 'http' }],
        health_check: {
          path: '/health',
          interval_seconds: 5,
          timeout_seconds: 2,
          healthy_threshold: 2,
          unhealthy_threshold: 3,
        },
      },
    })
    expect([created.status, created.headers['location']]).toEqual([201, ONE])
    expect(created.body.spec).toEqual({
      type: 'http',
      vpc: 'vpc-1',
      port: 8000,
      targetPort: 8080,
      healthCheck: { path: '/health', interval: '5s', timeout: '2s', rise: 2, fall: 3 },
    })
    expect(store.get('web-lb')?.value.spec).toEqual(created.body.spec)
    const { id } = created.body
    for (const url of [`/v1/loadbalancers/${id}`, '/v1/loadbalancers/web-lb', `${ALL}/${id}`, `${ALL}/`]) {
      expect((await call('GET', url)).status).toBe(200)
    }
    expect((await call('DELETE', `/v1/loadbalancers/${id}`)).body).toMatchObject({ name: 'web-lb', deleted: true })
  })

  test('of a name that is there is refused with 409 and changes nothing', async () => {
    const { call, store } = await makeApi()
    await call('POST', ALL, resource())
    const again = await call('POST', ALL, resource('web-lb', { port: 8001 }))
    expect(again.status).toBe(409)
    expect(again.body).toMatchObject({
      error:
        'web-lb exists already, at version 1; replace it with PUT /v1/load-balancers/web-lb, or with `fairlead apply -f FILE`',
      code: 'exists',
      request_id: again.headers['x-request-id'],
    })
    expect(store.revision()).toBe(1)
  })

  test.each([
    [{ spec: {} }, 'name', 'is missing; it is required'],
    [resource('Web_LB'), 'name', '"Web_LB" is not a name'],
    [resource('a'.repeat(64)), 'name', 'at most 63 characters'],
    [resource('web-lb', { port: 70_000 }), 'spec.port', '70000 is too large; use 1 to 65535'],
    [resource('web-lb', { algoritm: 'random' }), 'spec.algoritm', 'did you mean algorithm?'],
    [{ ...resource(), labls: {} }, 'labls', 'did you mean labels?'],
    [
      resource('web-lb', { backends: [{ target: 'web-1:80', weight: 300 }] }),
      'spec.backends[0].weight',
      '300 is too large',
    ],
    [resource('web-lb', { backends: [{ target: 'web-1' }] }), 'spec.backends[0].target', '"web-1" is not a target'],
    [resource('web-lb', { type: 'tcp', port: undefined }), 'spec.port', 'a tcp load balancer needs a port'],
    [
      resource('web-lb', { routes: [{ match: { path: '/a\nb' }, backends: [] }] }),
      'spec.routes[0].match.path',
      'not a path',
    ],
    [resource('web-lb', { routes: [{ match: {}, static: {} }] }), 'spec.routes[0].static.root', 'is missing'],
  ])('refuses %j with 422 at %s', async (body, path, words) => {
    const { call, engine, store } = await makeApi()
    const refused = await call('POST', ALL, body)
    expect(refused.status).toBe(422)
    expect(refused.body.code).toBe('invalid')
    expect(refused.body.details[0]).toEqual({ path, message: expect.stringContaining(words) })
    expect(refused.body.error).toContain(`${path}: `)
    expect(store.revision()).toBe(0)
    expect(engine.reviewed).toEqual([])
  })

  test('names every wrong key, and counts them in the sentence', async () => {
    const { call } = await makeApi()
    const refused = await call('POST', ALL, resource('web-lb', { port: 0, typ: 'http' }))
    expect(refused.body.details.map((each: { path: string }) => each.path)).toEqual(['spec.port', 'spec.typ'])
    expect(refused.body.error).toMatch(/\(and 1 more\)$/)
  })
})

describe('what the daemon thinks of it', () => {
  test.each([
    ['conflict', 409],
    ['invalid', 422],
  ] as const)('a review that finds %s answers %i and leaves nothing changed', async (code, status) => {
    const { call, engine, store } = await makeApi()
    engine.refuse = () => ({ code, message: 'port 80 is taken by nginx (pid 7)', path: 'spec.port', fatal: true })
    const refused = await call('POST', ALL, resource())
    expect([refused.status, refused.body.code]).toEqual([status, code])
    expect(refused.body.error).toContain('port 80 is taken by nginx (pid 7)')
    expect(refused.body.details).toEqual([{ path: 'spec.port', message: 'port 80 is taken by nginx (pid 7)' }])
    expect(store.revision()).toBe(0)
  })

  test('what is set aside while applying says that it is stored and does not serve', async () => {
    const { call, engine, store } = await makeApi()
    const message = 'the port was taken meanwhile'
    engine.outcome = { live: false, lastApply: null, problems: [{ code: 'conflict', message, path: 'spec.port' }] }
    const refused = await call('POST', ALL, resource())
    expect(refused.status).toBe(409)
    expect(refused.body.error).toBe(
      'web-lb is stored as version 1 but does not serve it: spec.port: the port was taken meanwhile; correct it or roll back',
    )
    expect(store.get('web-lb')?.version).toBe(1)
  })

  test('not live by the deadline is no refusal', async () => {
    const { call, engine } = await makeApi()
    engine.outcome = { live: false, lastApply: null, problems: [] }
    expect((await call('POST', ALL, resource())).status).toBe(201)
  })

  test('?wait=false answers without waiting, ?dryRun=true answers the plan and changes nothing', async () => {
    const { call, engine, store } = await makeApi()
    const planned = await call('POST', `${ALL}?dryRun=true`, resource())
    expect(planned).toMatchObject({ status: 200, body: { plan: ['set web-lb'], reload: true, problems: [] } })
    expect(store.revision()).toBe(0)
    expect((await call('POST', `${ALL}?wait=false`, resource())).status).toBe(201)
    expect((await call('DELETE', `${ONE}?dryRun=1`)).body.plan).toEqual(['remove web-lb'])
    expect(engine.settledOnes).toEqual([])
    expect(store.revision()).toBe(1)
  })

  test('a query parameter that is not known is refused: nobody changes what they meant to plan', async () => {
    const { call, store } = await makeApi()
    const refused = await call('POST', `${ALL}?dryrun=true`, resource())
    expect(refused.status).toBe(422)
    expect(refused.body.error).toBe('?dryrun: there is no such query parameter here; did you mean dryRun?')
    expect((await call('POST', `${ALL}?dryRun=perhaps`, resource())).body.error).toContain('write true or false')
    expect(store.revision()).toBe(0)
  })
})

test('each write is one line of the log, who, what and result, without any value of it', async () => {
  const { call, lines } = await makeApi()
  await call('POST', ALL, resource('web-lb', { customSettings: ['http-request set-header X-Token secret123'] }))
  await call('PUT', ONE, resource('web-lb', { port: 99_999 }))
  await call('POST', ALL, resource('other', { port: 99_999 }))
  await call('POST', `${ALL}?dryRun=true`, resource('other', { port: 99_999 }))
  await call('GET', ONE)
  expect(lines.map((line) => line['msg'])).toEqual([
    'web-lb: created by api',
    'web-lb: a change by api was refused',
    'other: a change by api was refused',
  ])
  expect(lines[1]).toMatchObject({ status: 422, code: 'invalid', paths: ['spec.port'] })
  expect(JSON.stringify(lines)).not.toMatch(/secret123|99999/)
})

test('the published body is the one of the documentation', () => {
  const guide = readFileSync(new URL('../../docs/api.md', import.meta.url), 'utf8')
  expect(guide.replace(/\s/g, '')).toContain(PUBLISHED.replace(/\s/g, ''))
})
