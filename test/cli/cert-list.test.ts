// cert list: stored certificates and those that are obtained, one a line, and below them what went wrong.
import { stripVTControlCharacters } from 'node:util'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type FakeApi, startFakeApi } from '../fakes/fake-api.ts'
import { runCommand } from './run-command.ts'

const KEY = { keyType: 'ecdsa', names: ['app.example.com'] }
const STORED = {
  name: 'my-cert',
  domains: ['a.test', '*.a.test'],
  notAfter: '2027-01-01T00:00:00.000Z',
  issuer: "C=US, O=Let's Encrypt, CN=R11",
  keys: [{ ...KEY, names: ['a.test', '*.a.test'] }],
  usedBy: [],
  updatedAt: '2026-11-20T09:30:00.000Z',
  problems: [],
  obtained: null,
}
const OBTAINED = { renewAt: '2027-01-20T10:00:59.000Z', isUnderWay: false, lastError: null, failures: 0 }
const CAME = {
  ...STORED,
  name: 'app.example.com',
  domains: KEY.names,
  issuer: 'O=A CA without a name of its own',
  keys: [KEY],
  usedBy: ['web-lb', 'api-lb'],
  obtained: OBTAINED,
}
const NOT_YET = { ...CAME, domains: [], keys: [], notAfter: null, issuer: null, updatedAt: null }

let api: FakeApi
beforeEach(async () => {
  api = await startFakeApi()
})
afterEach(() => api.close())

function list(items: readonly object[], words = '', columns?: number) {
  api.on('GET /v1/certificates', { items })
  const given = { stateDir: api.stateDir, ...(columns === undefined ? {} : { columns }) }
  return runCommand(`cert list ${words}`, given)
}

test('issuer, end, renewal and users, and below the table why a try failed', async () => {
  const failed = { ...OBTAINED, lastError: 'the CA\x1b[2J said\nno', failures: 3 }
  const { out, exitCode } = await list([
    CAME,
    { ...NOT_YET, name: 'b.example.com', obtained: failed },
    { ...CAME, name: 'c.example.com', obtained: { ...OBTAINED, renewAt: null } },
    { ...CAME, name: 'd.example.com', obtained: { ...OBTAINED, renewAt: null, isUnderWay: true } },
    STORED,
  ])
  expect(exitCode).toBe(0)
  const issuer = 'O=A CA without a name of its own'
  expect(out.replace(/ {2,}/g, ' | ')).toBe(`NAME | DOMAINS | KEYS | ISSUER | UNTIL | RENEWED (UTC) | USED BY
app.example.com | app.example.com | ecdsa | ${issuer} | 2027-01-01 | 2027-01-20 10:00 | web-lb,api-lb
b.example.com | - | - | - | none yet | 2027-01-20 10:00 | web-lb,api-lb
c.example.com | app.example.com | ecdsa | ${issuer} | 2027-01-01 | never | web-lb,api-lb
d.example.com | app.example.com | ecdsa | ${issuer} | 2027-01-01 | being obtained | web-lb,api-lb
my-cert | a.test,*.a.test | ecdsa | R11 | 2027-01-01 | - | nobody
b.example.com: failed 3 times: the CA said no
`)
})

test('on a narrow terminal names, ends and renewals stay whole', async () => {
  const { out } = await list([CAME], '', 80)
  expect(out.split('\n')[1]).toMatch(
    /^app\.example\.com {2}app.*… {2}ecdsa {2}O=.*… {2}2027-01-01 {2}2027-01-20 10:00 {2}web.*…$/,
  )
  for (const line of stripVTControlCharacters(out).split('\n')) expect(line.length).toBeLessThanOrEqual(80)
})

test('a stored one that is damaged, and for a program everything', async () => {
  const items = [{ ...STORED, keys: [], domains: [], notAfter: null, issuer: null }, NOT_YET]
  expect((await list(items)).out).toMatch(/^my-cert +- +- +- +damaged +- +nobody$/m)
  expect(JSON.parse((await list(items, '-o json')).out)).toEqual({ items })
})
