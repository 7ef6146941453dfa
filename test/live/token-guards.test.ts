// Signed tokens (JWT) as a guard, told by real servers and clients.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { waitFor } from '../../src/io/deadline.ts'
import { type Daemon, Daemons } from './kit/daemon.ts'
import { findFreePort } from './kit/free-port.ts'
import { type Origin, startOrigins } from './kit/origin.ts'
import { ask } from './kit/prober.ts'
import { inSeconds, makeEc, makeRsa, makeToken, toPem } from './kit/tokens.ts'

const SECRET = 'a secret of more than 16 bytes'
const [rsa, other, ec] = [makeRsa(), makeRsa(), makeEc()]

const daemons = new Daemons()
let daemon: Daemon
let origin: Origin
beforeAll(async () => {
  const [first] = await startOrigins('a')
  if (!first) throw new Error('no origin')
  origin = first
  daemon = await daemons.start()
})
afterAll(async () => {
  origin.close()
  await daemons.close()
})

/** Writes a file a load balancer may name. */
async function file(name: string, content: string): Promise<string> {
  const path = join(daemon.stateDir, name)
  await writeFile(path, content)
  return path
}

const serve = (name: string, jwt: object) =>
  daemon.serve(name, { backends: [{ target: origin.target }], healthCheck: { type: 'none' }, auth: { jwt } })

const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

/** "user", or why the token was refused. */
async function tell(port: number, headers: Record<string, string>): Promise<string> {
  const { status, body, headers: back } = await ask(port, { headers })
  if (status === 200) return `${JSON.parse(body).headers['x-forwarded-user']}`
  return `${status} ${/error_description="(.*)"/.exec(String(back['www-authenticate']))?.[1] ?? back['www-authenticate']}`
}

test('a token is held against its signature, times, issuer and audience; the server gets who it is', async () => {
  const port = await serve('strict', {
    ...{ keyFile: await file('rsa.pem', toPem(rsa.publicKey)), algorithm: 'RS256' },
    ...{ issuer: 'https://id.example.com/"x"', audience: ['web', 'api'] },
  })
  const good = { iss: 'https://id.example.com/"x"', aud: 'web', sub: 'ann', exp: inSeconds(60) }
  const { exp: _exp, ...endless } = good
  const { aud: _aud, ...forNobody } = good
  const claims: [object, string][] = [
    [good, 'ann'],
    [{ ...good, aud: ['x', 'y', 'api'] }, 'ann'],
    [{ ...good, nbf: inSeconds(-1) }, 'ann'],
    [{ ...good, sub: 'a\r\nX-Admin: 1' }, 'undefined'],
    [{ ...good, exp: inSeconds(-1) }, '401 it has expired'],
    [{ ...good, exp: -5 }, '401 it has expired'],
    [endless, '401 it does not say until when it is good'],
    [{ ...good, nbf: inSeconds(30) }, '401 it is not good yet'],
    [{ ...good, iss: 'https://id.example.com' }, '401 it is of another issuer'],
    [{ ...good, aud: ['x'] }, '401 it is for somebody else'],
    [forNobody, '401 it is for somebody else'],
  ]
  for (const [payload, expected] of claims) {
    const token = makeToken({ alg: 'RS256' }, payload, rsa.privateKey)
    expect(await tell(port, { ...bearer(token), 'x-forwarded-user': 'root' }), JSON.stringify(payload)).toBe(expected)
  }
  const unsigned = '401 it is not signed as it should be'
  const token = makeToken({ alg: 'RS256' }, good, rsa.privateKey)
  const others: [string, string][] = [
    [makeToken({ alg: 'RS256' }, good, other.privateKey), unsigned],
    [makeToken({ alg: 'RS512' }, good, rsa.privateKey), unsigned],
    // A public key taken for a secret: the oldest trick.
    [makeToken({ alg: 'HS256' }, good, toPem(rsa.publicKey)), unsigned],
    [makeToken({ alg: 'none' }, good, ''), unsigned],
    [`${token.slice(0, -8)}AAAAAAAA`, unsigned],
    ['x', unsigned],
    [
      makeToken({ alg: 'RS256', crit: ['b64'] }, good, rsa.privateKey),
      '401 it has an extension that is not known here',
    ],
  ]
  const before = origin.hits
  for (const [wrong, expected] of others) expect(await tell(port, bearer(wrong)), wrong).toBe(expected)
  expect(await tell(port, {})).toBe('401 Bearer')
  expect(origin.hits).toBe(before)
})

test('each kind of key; a secret is shown nowhere', async () => {
  const payload = { sub: 'ann', exp: inSeconds(60) }
  const secretFile = await file('secret', `${SECRET}\n`)
  const cases: [string, object, string][] = [
    ['hs', { keyFile: secretFile, algorithm: 'HS256' }, makeToken({ alg: 'HS256' }, payload, SECRET)],
    ['ec', { publicKey: toPem(ec.publicKey) }, makeToken({ alg: 'ES256' }, payload, ec.privateKey)],
    [
      'ec-file',
      { keyFile: await file('ec.pem', toPem(ec.publicKey)) },
      makeToken({ alg: 'ES256' }, payload, ec.privateKey),
    ],
  ]
  for (const [name, jwt, token] of cases) expect(await tell(await serve(name, jwt), bearer(token)), name).toBe('ann')
  const shown = JSON.stringify((await daemon.ask('GET', '/v1/configuration')).body) + daemon.output
  for (const text of [SECRET, Buffer.from(SECRET).toString('hex')]) expect(shown).not.toContain(text)
})

test('a token may stand in a cookie or another header, and stay with the load balancer', async () => {
  const token = makeToken({ alg: 'ES256' }, { sub: 'ann', exp: inSeconds(60) }, ec.privateKey)
  const publicKey = toPem(ec.publicKey)
  const cookie = await serve('cookie', { publicKey, cookie: 'TOKEN' })
  expect(await tell(cookie, { cookie: `a=b; TOKEN=${token}` })).toBe('ann')
  expect(await tell(cookie, { cookie: `TOKEN=${token}; TOKEN=x` })).toMatch(/^400/)
  expect(await tell(cookie, bearer(token))).toMatch(/^401/)
  const header = await serve('header', { publicKey, header: 'X-Token', forward: false })
  const { body } = await ask(header, { headers: { 'x-token': token } })
  expect(JSON.parse(body).headers).toMatchObject({ 'x-forwarded-user': 'ann' })
  expect(JSON.parse(body).headers).not.toHaveProperty('x-token')
})

test('a JWKS file is followed: new keys are taken up, and the last good ones stay when it breaks', async () => {
  const jwk = (key: typeof rsa, kid: string) => ({ ...key.publicKey.export({ format: 'jwk' }), kid, use: 'sig' })
  const write = (...keys: object[]) => file('jwks.json', JSON.stringify({ keys }))
  const port = await serve('jwks', { jwksFile: await write(jwk(rsa, 'one'), jwk(ec, 'two')) })
  const token = (kid: string, key: typeof rsa, alg = 'RS256') =>
    bearer(makeToken({ alg, kid }, { sub: kid, exp: inSeconds(60) }, key.privateKey))
  expect(await tell(port, token('one', rsa))).toBe('one')
  expect(await tell(port, token('two', ec, 'ES256'))).toBe('two')
  expect(await tell(port, token('two', rsa))).toMatch(/^401/)
  expect(await tell(port, token('three', other))).toMatch(/^401/)
  await write(jwk(ec, 'two'), jwk(other, 'three'))
  const isTaken = async () => (await tell(port, token('three', other))) === 'three'
  await waitFor(isTaken, { timeoutMs: 60_000, what: 'the new key to be taken up' })
  expect(await tell(port, token('one', rsa))).toMatch(/^401/)
  await file('jwks.json', '{"keys": [')
  const problems = async () => (await daemon.ask('GET', '/v1/load-balancers/jwks')).body.status.problems
  await waitFor(async () => (await problems()).length > 0, { timeoutMs: 60_000, what: 'the trouble to be told' })
  expect(JSON.stringify(await problems())).toContain('jwks.json is no JWKS document')
  expect(await tell(port, token('three', other))).toBe('three')
})

test('a key that cannot be used is refused at once, with the reason', async () => {
  const wrong: [object, RegExp][] = [
    [{ keyFile: '/nowhere/key.pem' }, /the file \/nowhere\/key.pem cannot be read: there is no such file on this node/],
    [{ keyFile: await file('short', 'short'), algorithm: 'HS256' }, /holds a secret of 5 bytes/],
    [{ publicKey: toPem(ec.publicKey), algorithm: 'RS256' }, /is an ec key, for ES256, not RS256/],
  ]
  for (const [jwt, reason] of wrong) {
    const spec = { port: await findFreePort(), backends: [{ target: origin.target }], auth: { jwt } }
    const { status, body } = await daemon.ask('POST', '/v1/load-balancers', { name: 'wrong', spec })
    expect(status).toBe(422)
    expect(JSON.stringify(body)).toMatch(reason)
  }
})
