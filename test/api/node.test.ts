// The node over the API: readiness, metrics, what runs, the files in force.
import { expect, test } from 'vitest'
import { HAPROXY } from '../fakes/fake-engine.ts'
import { makeApi } from './api-under-test.ts'

test('/readyz says what is missing until the daemon is ready', async () => {
  const { call, engine } = await makeApi()
  engine.ready = false
  const waiting = await call('GET', '/readyz')
  expect([waiting.status, waiting.body]).toEqual([
    503,
    { error: 'the source docker has not spoken yet', code: 'not_ready', request_id: expect.any(String) },
  ])
  engine.ready = true
  expect(await call('GET', '/readyz')).toMatchObject({ status: 200, body: { ready: true, because: 'serving' } })
  expect(await call('GET', '/healthz')).toMatchObject({ status: 200, body: { status: 'ok' } })
})

test('/metrics is the text Prometheus reads', async () => {
  const { call } = await makeApi()
  const { status, headers, body } = await call('GET', '/metrics')
  expect([status, headers['content-type']]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8'])
  expect(body).toContain('fairlead_up 1\n')
})

test('nodes, configuration and check answer what the daemon says', async () => {
  const { call } = await makeApi()
  expect((await call('GET', '/v1/nodes')).body.items[0]).toMatchObject({ name: 'node-1', haproxy: { pid: 42 } })
  expect((await call('GET', '/v1/configuration')).body).toEqual({
    items: [{ path: 'haproxy.cfg', content: 'global\n' }],
  })
  expect((await call('GET', '/v1/check')).body).toEqual({ valid: true, output: 'Configuration file is valid' })
})

test('HAProxy is shown with its old workers and why they live', async () => {
  const { call } = await makeApi()
  expect(await call('GET', '/v1/haproxy')).toMatchObject({ status: 200, body: HAPROXY })
})
