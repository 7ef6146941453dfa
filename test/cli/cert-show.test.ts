// cert show: the page of one stored certificate, and what a program reads.
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type FakeApi, startFakeApi } from '../fakes/fake-api.ts'
import { runCommand } from './run-command.ts'

const KEY = {
  keyType: 'ecdsa',
  fingerprint: 'AB12',
  fingerprintSha256: 'CD34',
  names: ['a.test', '*.a.test'],
  notBefore: '2026-01-01T00:00:00.000Z',
  notAfter: '2027-01-01T00:00:00.000Z',
  issuer: 'CN=Issuing CA',
  chain: ['CN=a.test', 'CN=Issuing CA'],
  complete: true,
}
const INFO = {
  name: 'my-cert',
  domains: KEY.names,
  notAfter: KEY.notAfter,
  keys: [KEY],
  usedBy: ['web-lb', 'api-lb'],
  updatedAt: '2026-11-20T09:30:00.000Z',
  problems: [] as object[],
}

let api: FakeApi
beforeEach(async () => {
  api = await startFakeApi()
})
afterEach(() => api.close())

function show(info: object, words = '') {
  api.on('GET /v1/certificates/my-cert', info)
  return runCommand(`cert show my-cert ${words}`, { stateDir: api.stateDir })
}

test('names, key, chain, dates, fingerprint, and who uses it', async () => {
  const { out, exitCode } = await show(INFO)
  expect(exitCode).toBe(0)
  expect(out).toBe(`my-cert
  names   a.test, *.a.test
  key     ecdsa
  subject CN=a.test
  issuer  CN=Issuing CA
  from    2026-01-01T00:00:00.000Z
  until   2027-01-01T00:00:00.000Z
  sha-256 CD34
  chain   complete
          1. CN=a.test
          2. CN=Issuing CA

  used by web-lb, api-lb
  stored  2026-11-20T09:30:00.000Z
`)
})

test('a chain that ends too early, remarks, nobody who uses it, and a second key', async () => {
  const rsa = { ...KEY, keyType: 'rsa', chain: ['CN=a.test'], complete: false }
  const problems = [{ code: 'certificate', message: 'it expires\x1b[2J soon' }]
  const { out } = await show({ ...INFO, keys: [KEY, rsa], usedBy: [], problems })
  expect(out).toContain(
    'chain   ends at CN=a.test, whose issuer browsers do not know; where clients do not either, add its certificate to the file\n',
  )
  expect(out).toContain('key     rsa')
  expect(out).toContain('used by nobody')
  expect(out).toContain('it expires soon')
})

test('for a program, as the API has it', async () => {
  expect(JSON.parse((await show(INFO, '-o json')).out)).toEqual(INFO)
})

test('one that is not there', async () => {
  const { exitCode, err } = await runCommand('cert show nope', { stateDir: api.stateDir })
  expect(exitCode).toBe(3)
  expect(err).not.toBe('')
})
