// The names of load balancers over the API: their certificates asked for now, and their records.
import { expect, test } from 'vitest'
import { RECORD } from '../fakes/fake-engine.ts'
import { makeApi, resource } from './api-under-test.ts'

const ALL = '/v1/load-balancers'

test('renewing answers at once with the domains that are asked for; without a domain it says what to do', async () => {
  const { call } = await makeApi()
  await call('POST', ALL, resource('web', { tls: { domain: 'app.example.com' } }))
  await call('POST', ALL, resource('plain', { port: 8001 }))
  const asked = await call('POST', `${ALL}/web/tls/renew`)
  expect([asked.status, asked.body]).toEqual([202, { domains: ['app.example.com'] }])
  const none = await call('POST', `${ALL}/plain/tls/renew`)
  expect([none.status, none.body]).toMatchObject([
    409,
    { code: 'no_domain', error: expect.stringContaining('plain has no domain whose certificate is obtained') },
  ])
  expect((await call('POST', `${ALL}/nobody/tls/renew`)).status).toBe(404)
})

test('records as they stand, and as they would be', async () => {
  const { call } = await makeApi()
  expect((await call('GET', '/v1/dns')).body).toEqual({ items: [RECORD] })
  expect((await call('GET', '/v1/dns/plan')).body).toEqual({ items: [{ ...RECORD, state: 'create' }] })
})

test('a domain is taken over where a load balancer has it', async () => {
  const { call } = await makeApi()
  expect(await call('POST', '/v1/dns/app.example.com/take-over')).toMatchObject({
    status: 202,
    body: { domain: 'app.example.com' },
  })
  expect(await call('POST', '/v1/dns/other.example.com/take-over')).toMatchObject({
    status: 404,
    body: { error: expect.stringContaining('no load balancer has the domain "other.example.com"') },
  })
})
