// cert show: the page of one certificate, stored or obtained, and what a program reads.
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
  obtained: null,
}
const OBTAINED = { renewAt: '2026-11-01T10:00:00.000Z', isUnderWay: false, lastError: null, failures: 0 }

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

test('a certificate without a subject goes by its first name', async () => {
  const { out } = await show({ ...INFO, keys: [{ ...KEY, chain: ['', 'CN=Issuing CA'] }] })
  expect(out).toContain('subject none\n  issuer  CN=Issuing CA\n')
  expect(out).toContain('chain   complete\n          1. a.test\n          2. CN=Issuing CA\n')
})

test('one that is obtained: when it came, when the next does, and why the last try failed', async () => {
  const came = await show({ ...INFO, obtained: OBTAINED })
  expect(came.out).toContain(`          2. CN=Issuing CA

  used by web-lb, api-lb
  source  obtained from a CA
  came    2026-11-20T09:30:00.000Z
  next    2026-11-01T10:00:00.000Z
`)
  const pending = { ...INFO, keys: [], domains: [], notAfter: null, updatedAt: null }
  const failed = await show({ ...pending, obtained: { ...OBTAINED, lastError: 'the CA\x1b[2J said no', failures: 1 } })
  expect(failed.out).toBe(`my-cert
  used by web-lb, api-lb
  source  obtained from a CA
  came    not yet
  next    2026-11-01T10:00:00.000Z

  failed 1 time: the CA said no
`)
  const lines = async (info: object) => (await show(info)).out.split('\n').filter((line) => /came|next/.test(line))
  expect(await lines({ ...pending, obtained: { ...OBTAINED, renewAt: null, isUnderWay: true } })).toEqual([
    '  came    not yet',
    '  next    being obtained',
  ])
  expect(await lines({ ...INFO, updatedAt: null, obtained: { ...OBTAINED, renewAt: null } })).toEqual([
    '  came    at a time that is not known',
    '  next    never',
  ])
})

test('for a program, as the API has it', async () => {
  expect(JSON.parse((await show(INFO, '-o json')).out)).toEqual(INFO)
})

test('one that is not there', async () => {
  const { exitCode, err } = await runCommand('cert show nope', { stateDir: api.stateDir })
  expect(exitCode).toBe(3)
  expect(err).not.toBe('')
})
