// What the API says to requests that are wrong as requests: bodies, paths, methods, keys, floods, and faults of our own.
import { describe, expect, test } from 'vitest'
import { makeApi, resource, send } from './api-under-test.ts'

const ALL = '/v1/load-balancers'
const ONE = `${ALL}/web-lb`
const JSON_TYPE = { 'content-type': 'application/json' }

describe('a body', () => {
  test.each([
    ['{"name": "web-lb",\n "spec": secret}', 'the body is not JSON: a word or a character in it stands where none may'],
    ['{"name": "web-lb",\n}', 'the body is not JSON: it stops being JSON at line 2, column 1'],
    ['{"name": ', 'the body is not JSON: it ends too early'],
    ['{"__proto__": {"name": "x"}}', 'the body holds a key that is not allowed: __proto__'],
  ])('%j is refused with 400 without being repeated', async (payload, error) => {
    const { api } = await makeApi()
    const refused = await send(api, 'POST', ALL, { headers: JSON_TYPE, payload })
    expect([refused.status, refused.body]).toEqual([400, { error, code: 'not_json', request_id: expect.any(String) }])
  })

  test('of another type is refused with 415, of any type of JSON it is read', async () => {
    const { api } = await makeApi()
    const payload = JSON.stringify(resource())
    for (const type of ['application/x-www-form-urlencoded', 'text/plain', 'application/yaml']) {
      const refused = await send(api, 'POST', ALL, { headers: { 'content-type': type }, payload })
      expect([refused.status, refused.body.error]).toEqual([
        415,
        `the body must be sent as Content-Type: application/json; it is "${type}"`,
      ])
    }
    const headers = { 'content-type': 'application/merge-patch+json; charset=utf-8' }
    expect((await send(api, 'POST', ALL, { headers, payload })).status).toBe(201)
  })

  test('of 2 MB is refused with 413 that tells the limit', async () => {
    const { call } = await makeApi()
    const refused = await call('POST', ALL, resource('web-lb', { customSettings: ['x'.repeat(2_000_000)] }))
    expect([refused.status, refused.body.error]).toEqual([
      413,
      'the body is larger than 1 MiB (1048576 bytes), which is the limit',
    ])
  })

  test.each([
    [undefined, 'there is no body'],
    ['[]', 'the body is a list'],
    ['"web-lb"', 'the body is string'],
    ['', 'there is no body'],
  ])('%j is refused with 422 and an example', async (payload, words) => {
    const { api } = await makeApi()
    const sent = payload === undefined ? {} : { payload }
    const refused = await send(api, 'POST', ALL, { headers: JSON_TYPE, ...sent })
    expect([refused.status, refused.body.error]).toEqual([422, expect.stringContaining(`${words}; send a JSON object`)])
  })
})

describe('a path', () => {
  test.each([
    ['/v1/load-balancer', 'there is nothing at /v1/load-balancer; did you mean /v1/load-balancers?'],
    ['/v1/load-balancers/web-lb/backend', 'did you mean /v1/load-balancers/web-lb/backends?'],
    ['/v1/load-balancers/web-lb/ratelimit?x=1', 'did you mean /v1/load-balancers/web-lb/rate-limit?'],
    ['/wp-admin/login.php', 'there is nothing at /wp-admin/login.php; GET /openapi.json lists every path'],
  ])('%s that is not there is refused with 404', async (path, words) => {
    const { call } = await makeApi()
    const refused = await call('GET', path)
    expect([refused.status, refused.body.code]).toEqual([404, 'not_found'])
    expect(refused.body.error).toContain(words)
  })

  test('with a method that is not possible there is refused with 405 and those that are', async () => {
    const { call } = await makeApi()
    const refused = await call('POST', ONE)
    expect([refused.status, refused.headers['allow'], refused.body.code]).toEqual([
      405,
      'GET, PUT, PATCH, DELETE',
      'method_not_allowed',
    ])
    expect(refused.body.error).toBe(
      'POST is not possible at /v1/load-balancers/web-lb; possible: GET, PUT, PATCH, DELETE',
    )
    expect((await call('DELETE', '/v1/loadbalancers')).headers['allow']).toBe('GET, POST')
    expect((await call('PUT', '/healthz')).status).toBe(405)
  })

  test('with a broken percent is refused with 400', async () => {
    const { api } = await makeApi()
    expect(await send(api, 'GET', `${ALL}/%zz`)).toMatchObject({ status: 400, body: { code: 'bad_request' } })
  })
})

describe('the key', () => {
  test('is asked for on every path, known or not, but for /healthz and /readyz', async () => {
    const { api } = await makeApi()
    const paths = [ALL, ONE, '/v1/events', '/v1/nodes', '/metrics', '/openapi.json', '/nothing', '/', '/healthz/x']
    for (const path of paths) {
      const refused = await send(api, 'GET', path, { headers: { authorization: '' } })
      expect([path, refused.status, refused.headers['www-authenticate'], refused.body.code]).toEqual([
        path,
        401,
        'Bearer',
        'unauthorized',
      ])
      expect(refused.headers['x-ratelimit-limit']).toBe('6000')
    }
    for (const path of ['/healthz', '/readyz', '/healthz?x']) {
      expect((await send(api, 'GET', path, { headers: { authorization: '' } })).status).not.toBe(401)
    }
  })

  test.each([
    ['authorization', 'Bearer fl_test-key-that-nobody-guesses', 200],
    ['authorization', 'bearer  fl_test-key-that-nobody-guesses', 200],
    ['x-api-key', 'fl_test-key-that-nobody-guesses', 200],
    ['authorization', 'Bearer fl_test-key-that-nobody-guessed', 401],
    ['authorization', 'Bearer fl_test-key', 401],
    ['authorization', 'fl_test-key-that-nobody-guesses', 401],
    ['authorization', 'Basic fl_test-key-that-nobody-guesses', 401],
    ['authorization', 'Bearer ', 401],
    ['x-api-key', '', 401],
    ['x-api-key', 'fl_test-key-that-nobody-guesses, x', 401],
  ])('%s: %s answers %i', async (header, value, status) => {
    const { api } = await makeApi()
    expect((await send(api, 'GET', ALL, { headers: { [header]: value } })).status).toBe(status)
  })

  test('is in no answer and in no line of the log', async () => {
    const { api, call, lines } = await makeApi()
    await call('POST', ALL, resource())
    const refused = await send(api, 'GET', ALL, { headers: { 'x-api-key': 'a-wrong-guess-of-mine' } })
    expect(JSON.stringify([lines, refused.body])).not.toMatch(/nobody-guesses|wrong-guess/)
  })

  test('is needed to write in the name of somebody: over TCP the author is api', async () => {
    const { call } = await makeApi()
    await call('POST', ALL, resource(), { 'x-fairlead-author': 'mallory' })
    expect((await call('GET', `${ONE}/history`)).body.items[0].author).toBe('api')
  })
})

describe('too many requests', () => {
  test('are refused with 429 and when to come back; guesses have a share of their own', async () => {
    const { api, call } = await makeApi({ requestsPerMinute: 10 })
    const guess = () => send(api, 'GET', ALL, { headers: { 'x-api-key': `guess ${Math.random()}` } })
    for (let index = 0; index < 10; index++) expect((await guess()).status).toBe(401)
    const refused = await guess()
    expect(refused.status).toBe(429)
    expect(refused.body).toMatchObject({ code: 'too_many_requests', error: expect.stringContaining('more than 10') })
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0)
    const allowed = await call('GET', ALL)
    expect(allowed.status).toBe(200)
    expect(allowed.headers).toMatchObject({ 'x-ratelimit-limit': '10', 'x-ratelimit-reset': expect.any(String) })
    expect(Number(allowed.headers['x-ratelimit-remaining'])).toBeLessThan(10)
  })
})

describe('a fault of our own', () => {
  test('answers 500 with the id under which the log has its stack, and nothing of it', async () => {
    const { call, engine, lines } = await makeApi()
    engine.onReview = () => {
      throw new TypeError('the secret plan failed')
    }
    const failed = await call('POST', ALL, resource())
    expect([failed.status, failed.body]).toEqual([
      500,
      {
        error: 'this failed for a reason of our own; the log has it under the request_id',
        code: 'internal',
        request_id: failed.headers['x-request-id'],
      },
    ])
    const line = lines.find((each) => each['request_id'] === failed.body.request_id)
    expect(line).toMatchObject({ level: 'error', err: { stack: expect.stringContaining('at ') } })
    engine.onReview = () => {}
    expect((await call('POST', ALL, resource())).status).toBe(201)
  })
})
