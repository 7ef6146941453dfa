// Networks, passwords and tokens: from what a user writes to who may reach a pool.
import { describe, expect, test } from 'vitest'
import { parseNetwork, withoutMapped } from '../../src/model/network.ts'
import { parsePasswordHash } from '../../src/model/password-hash.ts'
import { formatSpecProblem, parseResource } from '../../src/spec/parse-resource.ts'
import { toFragment } from '../../src/spec/to-fragment.ts'

const ORIGIN = { source: 'store', id: 'web', since: 1, version: 1 }
const HASH =
  '$6$rounds=1000$fairleadtestsalt$Avqr9DIgGf1Miii7qGe7lkojW1mGx2pMlq6ZRzC3OeDPj/bnDecv9RM1YaGnvsYoYpk8CVS9uTP7X3j0D7Jbk0'
const backends = [{ target: 'a:80' }]
const route = (keys: object) => ({ routes: [{ match: { path: '/x' }, backends, ...keys }] })
const users = (hash: unknown, name = 'ann') => ({ basic: { users: { [name]: hash } } })

/** The guards of the first pool, or what is wrong. */
function read(spec: object) {
  const parsed = parseResource({ name: 'web', spec })
  if (!parsed.ok) return parsed.problems.map(formatSpecProblem)
  const made = toFragment(parsed.value, ORIGIN)
  return made.ok ? made.value.pools[0]?.guards : made.problems.map(formatSpecProblem)
}

test('a pool about which nothing is said has none', () => {
  expect(read({ backends })).toBeUndefined()
})

test('networks have one form, in one order, each once', () => {
  const access = { allow: ['10.1.2.3/8', 'fd00:0::1', '10.0.0.0/8'], deny: ['::ffff:192.168.0.1', '0.0.0.0/0'] }
  expect(read({ backends, access })).toEqual({
    access: { allow: ['10.0.0.0/8', 'fd00::1'], deny: ['0.0.0.0/0', '192.168.0.1'] },
  })
})

test('a route takes over what stands at the top, key by key, but for what it states itself', () => {
  const top = { access: { deny: ['10.0.0.1'] }, auth: users(HASH), connections: { perSource: 5 } }
  const guards = read({ ...top, ...route({ auth: {}, connections: { perSource: 1 } }) })
  expect(guards).toEqual({
    access: { allow: [], deny: ['10.0.0.1'] },
    connections: { scope: expect.stringMatching(/^web\.route\.x-/), perSource: 1 },
  })
  expect(read({ ...top, ...route({}) })).toMatchObject({
    auth: { kind: 'basic', realm: 'Restricted', users: [['ann', HASH]], forward: false },
    connections: { scope: 'web', perSource: 5 },
  })
})

test('a token guard with its defaults', () => {
  expect(read({ backends, auth: { jwt: { jwksFile: '/etc/jwks.json', audience: 'web' } } })).toEqual({
    auth: {
      kind: 'jwt',
      source: { kind: 'jwks', path: '/etc/jwks.json', algorithm: null },
      keys: [],
      issuer: null,
      audience: ['web'],
      from: { by: 'header', name: 'Authorization' },
      forward: true,
    },
  })
})

test.each([
  ['::ffff:10.1.2.3/104', '10.0.0.0/8'],
  ['::FFFF:0a01:0203', '10.1.2.3'],
  ['2001:DB8:0::5/33', '2001:db8::/33'],
  ['::/0', '::/0'],
  ['10.0.0.0/32', '10.0.0.0'],
  ['1:2:3:4:5:6:7:8', '1:2:3:4:5:6:7:8'],
])('network %s is %s', (text, value) => {
  expect(parseNetwork(text)).toEqual({ ok: true, value })
})

test.each([
  '',
  '10.0.0.0/33',
  '10.0.0/8',
  '010.0.0.1',
  '::1/129',
  'fe80::1%eth0',
  '10.0.0.0/8 -f /etc/passwd',
  '1.2.3.4/',
  'any',
])('network %j is refused', (text) => {
  expect(parseNetwork(text)).toMatchObject({ ok: false, message: expect.stringContaining('is not a network') })
})

test('an IPv6 network is written around where IPv4 lies in it', () => {
  expect(withoutMapped('::/0')).toHaveLength(96)
  expect(withoutMapped('::/0').slice(0, 2)).toEqual(['8000::/1', '4000::/2'])
  expect(withoutMapped('::/95')).toEqual(['::/95'])
  expect(withoutMapped('::fffe:0:0/95')).toEqual(['::fffe:0:0/96'])
  expect(withoutMapped('fd00::/8')).toEqual(['fd00::/8'])
  expect(withoutMapped('10.0.0.0/8')).toEqual(['10.0.0.0/8'])
})

describe('hashes', () => {
  test.each([
    HASH,
    '$5$fairleadtestsalt$LHMNQaSLpBR.T77SpMuA1qVMC2BM.ZdFp.haNbTntJD',
    '$2y$05$fairleadfairleadfairluDvJvDF2PCyhBplk9g1AZ8dAWg6NAgyK',
    '$y$j5T$fairleadtestsalt$A4QklnEZ1m/ge4b8417OhoIvxG3XGXmp.tN4RPxfzG4',
  ])('%s', (hash) => {
    expect(parsePasswordHash(hash)).toEqual({ ok: true, value: hash })
  })

  test.each([
    ['hunter2', /is not a hash HAProxy can check; make one with `fairlead hash-password`/],
    [`${HASH} x`, /is not a hash/],
    [HASH.slice(0, -1), /is not a hash/],
    [HASH.replace('1000', '999'), /is not a hash/],
    [HASH.replace('1000', '50001'), /of 50001 rounds; .* use at most 50000 rounds/],
    ['$1$saltsalt$qjXMvbEw8oaL.CzflDtaK/', /MD5, which is guessed too fast/],
    ['$apr1$saltsalt$qjXMvbEw8oaL.CzflDtaK/', /MD5/],
    [
      '$argon2id$v=19$m=65536,t=3,p=4$c2FsdA$aGFzaA',
      /argon2, which HAProxy cannot check; make one of the same password/,
    ],
    ['$2b$12$fairleadfairleadfairluDvJvDF2PCyhBplk9g1AZ8dAWg6NAgyK', /of cost 12; .* use cost 4 to 8/],
  ])('%s is refused', (hash, reason) => {
    const parsed = parsePasswordHash(hash)
    expect(parsed).toMatchObject({ ok: false, message: expect.stringMatching(reason) })
    expect(!parsed.ok && parsed.message).not.toContain(hash)
  })
})

describe('is refused, with the way to mend it', () => {
  test.each([
    [{ backends, access: {} }, /^spec\.access: lets everybody in; give it allow or deny/],
    [{ backends, access: { allow: [] } }, /^spec\.access\.allow: is empty/],
    [{ backends, access: { allow: ['10.0.0.0/40'] } }, /^spec\.access\.allow\[0\]: "10.0.0.0\/40" is not a network/],
    [{ backends, auth: {} }, /^spec\.auth: asks for nothing; give it basic or jwt/],
    [{ backends, auth: { basic: { users: {} } } }, /^spec\.auth\.basic\.users: names nobody/],
    [{ backends, auth: users(HASH, 'a:b') }, /is not a user's name/],
    [{ backends, auth: users(HASH, 'a b') }, /is not a user's name/],
    [{ backends, auth: { basic: { ...users(HASH).basic, realm: 'a"b' } } }, /is not a realm/],
    [{ backends, auth: { ...users(HASH), jwt: { keyFile: '/k' } } }, /^spec\.auth: asks for basic and jwt; keep one/],
    [{ backends, auth: { jwt: {} } }, /^spec\.auth\.jwt: has no key or several; give one of keyFile/],
    [{ backends, auth: { jwt: { jwksFile: '/k', algorithm: 'HS256' } } }, /HS256 needs a secret, which only keyFile/],
    [{ backends, auth: { jwt: { keyFile: '/k', algorithm: 'none' } } }, /"none" is not one of HS256, /],
    [{ backends, auth: { jwt: { keyFile: '/k', issuer: 'a b' } } }, /is not an issuer or an audience/],
    [
      { backends, auth: { jwt: { keyFile: '/k', header: 'X-T', cookie: 't' } } },
      /^spec\.auth\.jwt\.cookie: stands beside header/,
    ],
    [{ type: 'tcp', port: 1, backends, auth: users(HASH) }, /^spec\.auth: needs type http; leave it out$/],
    [{ backends, connections: {} }, /^spec\.connections: limits nothing; give it perSource/],
    [
      { backends, rateLimit: { requests: 5, window: '1s', burst: 6 } },
      /^spec\.rateLimit\.burst: 6 is more than requests/,
    ],
    [
      { type: 'tcp', port: 1, backends, rateLimit: { requests: 5, window: '1s', key: 'path' } },
      /a path needs type http/,
    ],
    [
      { routes: [{ match: {}, pool: 'p', auth: users(HASH) }], pools: { p: { backends } } },
      /move auth to spec\.pools\.p/,
    ],
  ])('%j', (spec, message) => {
    expect(read(spec)).toEqual([expect.stringMatching(message)])
  })

  test.each([['open sesame'], [12_345_678], [['open sesame']]])(
    'a password in place of a hash is never said again: %j',
    (hash) => {
      const said = JSON.stringify(read({ backends, auth: users(hash) }))
      expect(said).toContain('hash-password')
      expect(said).not.toMatch(/sesame|12345678/)
    },
  )
})
