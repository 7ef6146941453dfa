// /v1/certificates: keys go in and never come out, and nobody's certificate is taken away.
import { describe, expect, test } from 'vitest'
import type { CertificateRecord } from '../../src/api/certificate-desk.ts'
import { makeApi } from './api-under-test.ts'

const ALL = '/v1/certificates'
const PEM = { certificate: 'CERTIFICATE SECRET', key: 'KEY SECRET' }

describe('a certificate', () => {
  test('is stored, listed, replaced and removed', async () => {
    const { call } = await makeApi()
    const added = await call('POST', ALL, { name: 'my-cert', ...PEM })
    expect([added.status, added.headers['location']]).toEqual([201, `${ALL}/my-cert`])
    expect(added.body).toEqual({
      name: 'my-cert',
      domains: ['a.test'],
      notAfter: '2027-01-01T00:00:00.000Z',
      issuer: 'CN=Test CA',
      keys: [
        expect.objectContaining({
          keyType: 'ecdsa',
          fingerprint: 'AB12',
          issuer: 'CN=Test CA',
          chain: ['CN=a.test', 'CN=Test CA'],
        }),
      ],
      usedBy: [],
      updatedAt: expect.any(String),
      problems: [],
      obtained: null,
    })
    expect((await call('GET', ALL)).body.items.map(({ name }: { name: string }) => name)).toEqual(['my-cert'])
    expect((await call('GET', `${ALL}/my-cert`)).body).toEqual(added.body)
    expect((await call('POST', ALL, { name: 'my-cert', ...PEM })).status).toBe(409)
    expect((await call('PUT', `${ALL}/my-cert`, PEM)).status).toBe(200)
    expect((await call('PUT', `${ALL}/other`, { certificate: 'X' })).status).toBe(201)
    expect((await call('DELETE', `${ALL}/my-cert`)).body).toEqual({ name: 'my-cert', deleted: true })
    expect((await call('GET', `${ALL}/my-cert`)).status).toBe(404)
    expect((await call('DELETE', `${ALL}/othre`)).body.error).toBe(
      'there is no certificate "othre"; did you mean other?',
    )
  })

  test('in use is not removed, and its users are named', async () => {
    const { call } = await makeApi()
    await call('POST', ALL, { name: 'used', ...PEM })
    const refused = await call('DELETE', `${ALL}/used`)
    expect([refused.status, refused.body.code, refused.body.error]).toEqual([
      409,
      'in_use',
      'certificate used is used by web-lb; give them another one first',
    ])
  })
})

test.each([
  ['no body', undefined, 'send a JSON object'],
  ['a list', [], 'send a JSON object'],
  ['no name', PEM, 'name: '],
  ['a bad name', { ...PEM, name: '../etc' }, 'name: "../etc" is not a name'],
  ['no certificate', { name: 'a', key: PEM.key }, 'certificate: is missing or no text'],
  ['a key that is no text', { name: 'a', certificate: 'X', key: ['SECRET'] }, 'key: is missing or no text'],
  ['an unknown key', { name: 'a', certificate: 'X', pem: 'SECRET' }, 'pem: there is no such key'],
  ['a text that is refused', { name: 'a', certificate: 'bad SECRET' }, 'certificate: it holds no certificate'],
])('%s is refused, and no secret is said', async (_what, body, message) => {
  const { call } = await makeApi()
  const refused = await call('POST', ALL, body)
  expect([refused.status, refused.body.error]).toEqual([422, expect.stringContaining(message)])
  expect(JSON.stringify(refused.body)).not.toContain('SECRET')
  expect((await call('GET', ALL)).body.items).toEqual([])
})

test('a certificate cannot be renamed', async () => {
  const { call } = await makeApi()
  const refused = await call('PUT', `${ALL}/a`, { name: 'b', ...PEM })
  expect([refused.status, refused.body.error]).toEqual([422, 'name: is "b", but this is a; a name cannot change'])
})

describe('one that is obtained', () => {
  const PENDING: CertificateRecord = {
    name: 'app.example.com',
    keys: [],
    updatedAt: null,
    usedBy: ['web-lb', 'api-lb'],
    remarks: [],
    obtained: { renewAt: '2026-11-21T10:00:00.000Z', isUnderWay: false, lastError: 'the CA said no', failures: 3 },
  }

  async function makeApiWith(...records: CertificateRecord[]) {
    const made = await makeApi()
    made.engine.obtainedOnes = records
    return made
  }

  test('is listed beside those that are stored, also before it has come', async () => {
    const { call } = await makeApiWith(PENDING)
    await call('POST', ALL, { name: 'my-cert', ...PEM })
    const { items } = (await call('GET', ALL)).body
    expect(items.map(({ name }: { name: string }) => name)).toEqual(['my-cert', 'app.example.com'])
    expect(items[1]).toEqual({
      name: 'app.example.com',
      domains: [],
      notAfter: null,
      issuer: null,
      keys: [],
      usedBy: ['web-lb', 'api-lb'],
      updatedAt: null,
      problems: [],
      obtained: PENDING.obtained,
    })
    expect((await call('GET', `${ALL}/app.example.com`)).body).toEqual(items[1])
    expect((await call('GET', `${ALL}/app.exmaple.com`)).body.error).toMatch(/did you mean app\.example\.com\?$/)
  })

  test('is not removed, and what to do instead is told', async () => {
    const { call } = await makeApiWith(PENDING)
    const refused = await call('DELETE', `${ALL}/app.example.com`)
    expect([refused.status, refused.body.code, refused.body.error]).toEqual([
      409,
      'in_use',
      'certificate app.example.com is obtained for web-lb, api-lb and would come again; take the domain out of the tls settings of web-lb, api-lb instead',
    ])
    expect((await call('GET', `${ALL}/app.example.com`)).status).toBe(200)
  })

  test('keeps its name from nobody: a certificate is stored, replaced and removed under it', async () => {
    const { call } = await makeApiWith({ ...PENDING, name: 'intranet' })
    const added = await call('POST', ALL, { name: 'intranet', ...PEM })
    expect([added.status, added.body.obtained]).toEqual([201, null])
    expect((await call('PUT', `${ALL}/intranet`, PEM)).status).toBe(200)
    const { items } = (await call('GET', ALL)).body
    expect(items.map(({ obtained }: { obtained: object | null }) => obtained === null)).toEqual([true, false])
    expect((await call('DELETE', `${ALL}/intranet`)).status).toBe(200)
    expect((await call('DELETE', `${ALL}/intranet`)).status).toBe(409)
    expect((await call('PUT', `${ALL}/intranet`, PEM)).status).toBe(201)
  })
})
