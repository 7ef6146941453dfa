// A CA at its worst: what the client does then, what it tells, and that it neither waits long nor leaves anything behind.
import { generateKeyPairSync, X509Certificate } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { openAccount } from '../../../src/certs/acme/account.ts'
import { makeAccountKey, readAccountKey } from '../../../src/certs/acme/account-key.ts'
import { AcmeFailure } from '../../../src/certs/acme/acme-failure.ts'
import { findCertificateId } from '../../../src/certs/acme/certificate-id.ts'
import type { Challenge } from '../../../src/certs/acme/challenge.ts'
import { type CertificateWish, obtainCertificate } from '../../../src/certs/acme/obtain.ts'
import type { Hands } from '../../../src/certs/acme/prove-names.ts'
import { readTrust } from '../../../src/certs/acme/read-trust.ts'
import { readRenewalInfo } from '../../../src/certs/acme/renewal-info.ts'
import { revokeCertificate } from '../../../src/certs/acme/revoke.ts'
import { Session, type SessionOptions } from '../../../src/certs/acme/session.ts'
import { formatStep, type Step } from '../../../src/certs/acme/steps.ts'
import { outcomeOf } from '../../../src/io/outcome.ts'
import { FakeCa } from '../../fakes/fake-ca.ts'
import { makeCertificate } from '../../live/kit/certificates.ts'

const ACCOUNT = { contact: ['ops@example.com'], termsAccepted: true }
const DAYS_3 = String(3 * 86_400)

const { signal } = new AbortController()
const ignore = () => {}
const key = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey

let ca: FakeCa
let session: Session
let published: Challenge[]
let steps: Step[]
const hands: Hands = {
  kindsFor: () => ['http-01', 'dns-01'],
  report: (step) => void steps.push(step),
  publish: async (challenge) => void published.push(challenge),
  unpublish: async (challenge) => void published.splice(published.indexOf(challenge), 1),
}

beforeEach(async () => {
  published = []
  steps = []
  ca = await new FakeCa().start()
  session = await makeSession()
})

async function makeSession(options: Partial<SessionOptions> = {}): Promise<Session> {
  const accountKey = await readAccountKey(makeAccountKey())
  const trust = ca.authority.certificate
  return new Session({
    directoryUrl: ca.directoryUrl,
    accountKey,
    trust,
    version: '1.2.3',
    random: () => 0,
    ...options,
  })
}

function obtain(wish: Partial<CertificateWish> = {}, by: Partial<Hands> = {}, until = signal) {
  return obtainCertificate(session, { names: ['www.example.com'], key, ...wish }, { ...hands, ...by }, until)
}

async function failureOf(promise: Promise<unknown>): Promise<AcmeFailure> {
  const ended = await outcomeOf(promise)
  if (ended.ok || !(ended.error instanceof AcmeFailure)) throw new Error('it should have failed', { cause: ended })
  expect(ended.error.message).not.toMatch(/TTTTTTTT|https:\/\/localhost/)
  return ended.error
}

describe('with an account', () => {
  beforeEach(async () => {
    await openAccount(session, ACCOUNT, hands.report, signal)
  })

  test('all is well: two names, every step, and a User-Agent that says who asks', async () => {
    const made = await obtain({ names: ['example.com', 'www.example.com'] })
    expect(made.names).toEqual(['example.com', 'www.example.com'])
    expect(steps.map(formatStep)).toEqual([
      'account',
      'order',
      'challenge example.com http-01',
      'challenge www.example.com http-01',
      'valid example.com',
      'valid www.example.com',
      'finalize',
      `certificate until ${made.notAfter.slice(0, 10)}`,
    ])
    expect([...ca.userAgents]).toEqual(['fairlead/1.2.3'])
    // Nonces come with answers: one request was enough to have the first.
    expect(ca.count('HEAD /nonce')).toBe(1)
    expect(published).toEqual([])
  })

  test('six nonces in a row are refused: it goes on', async () => {
    ca.nonceRefusals = 6
    await obtain()
  })

  test('every nonce is refused: it gives up after a bounded number', async () => {
    ca.nonceRefusals = Infinity
    const before = ca.asked.length
    const failure = await failureOf(revoke())
    expect(failure.code).toBe('acme-busy')
    expect(ca.asked.length - before).toBeLessThan(25)
  }, 30_000)

  test('rate limited for days: told at once, never slept through', async () => {
    ca.answers.set('/new-order', ca.refusal(429, 'rateLimited', 'too many', { 'retry-after': DAYS_3 }))
    const failure = await failureOf(obtain())
    expect(failure.code).toBe('acme-rate-limited')
    const days = (Date.parse(failure.retryAt ?? '') - Date.now()) / 86_400_000
    expect(days).toBeGreaterThan(2.9)
    expect(days).toBeLessThan(3.1)
    expect(failure.message).toContain(`ask again after ${failure.retryAt?.slice(0, 10)}`)
    expect(ca.count('POST /new-order')).toBe(1)
  })

  test('two of three names are not validated: each is told with the CA’s words, and nothing stays published', async () => {
    const token = 'T'.repeat(30)
    const url = `http://b.example.com/.well-known/acme-challenge/${token}-0-1`
    ca.failing.set('b.example.com', { type: 'urn:ietf:params:acme:error:unauthorized', detail: `${url} answered 404` })
    ca.failing.set('c.example.com', {
      type: 'urn:ietf:params:acme:error:compound',
      detail: 'several things',
      subproblems: [
        { type: 'urn:ietf:params:acme:error:connection', detail: 'refused', identifier: { value: 'c.example.com' } },
      ],
    })
    const failure = await failureOf(obtain({ names: ['a.example.com', 'b.example.com', 'c.example.com'] }))
    expect(failure.code).toBe('acme-validation')
    expect(failure.names.map(({ name, type }) => [name, type])).toEqual([
      ['b.example.com', 'unauthorized'],
      ['c.example.com', 'connection'],
    ])
    expect(failure.message).toContain(
      'c.example.com was not validated by http-01: "refused" (connection), so open port 80',
    )
    expect(failure.message).not.toContain('a.example.com')
    expect(published).toEqual([])
    expect(ca.count('POST /finalize')).toBe(0)
  })

  test('the account is removed: told so, and opening it again helps', async () => {
    ca.accounts.clear()
    expect((await failureOf(obtain())).code).toBe('acme-account-unknown')
    await openAccount(session, ACCOUNT, ignore, signal)
    await obtain()
  })

  test('the connection is cut at finalize: the same order is gone on with by its URL', async () => {
    ca.answers.set('/finalize', (response) => response.destroy())
    const failure = await failureOf(obtain())
    expect(failure.code).toBe('acme-unreachable')
    const order = steps.find((step) => step.kind === 'order')
    steps = []
    await obtain(order?.kind === 'order' ? { orderUrl: order.url } : {})
    expect(steps.map(formatStep).slice(0, 2)).toEqual(['order resumed', 'finalize'])
    expect(ca.count('POST /new-order')).toBe(1)
  })

  test.each([
    ['is gone', (): void => void ca.orders.splice(0)],
    ['has become invalid', (): void => ca.orders.forEach((order) => void Object.assign(order, { status: 'invalid' }))],
  ])('an order that %s is placed anew', async (_, spoil) => {
    await outcomeOf(obtain({}, { publish: () => Promise.reject(new Error('not now')) }))
    const order = steps.find((step) => step.kind === 'order')
    spoil()
    await obtain(order?.kind === 'order' ? { orderUrl: order.url } : {})
    expect(ca.count('POST /new-order')).toBe(2)
  })

  test('an order for other names is not taken for this one', async () => {
    await outcomeOf(obtain({}, { publish: () => Promise.reject(new Error('not now')) }))
    const order = steps.find((step) => step.kind === 'order')
    const made = await obtain({
      names: ['other.example.com'],
      ...(order?.kind === 'order' ? { orderUrl: order.url } : {}),
    })
    expect(made.names).toEqual(['other.example.com'])
    expect(ca.count('POST /new-order')).toBe(2)
  })

  test('a CA that wants hours to issue is not waited for', async () => {
    ca.answers.set('/finalize', (response) => {
      ca.orders[0]!.status = 'processing'
      const order = { status: 'processing', identifiers: [], authorizations: [], finalize: 'https://ca.example/f' }
      response.writeHead(200, { 'retry-after': '7200' }).end(JSON.stringify(order))
    })
    const failure = await failureOf(obtain())
    expect(failure.code).toBe('acme-pending')
    expect(Date.parse(failure.retryAt ?? '') - Date.now()).toBeGreaterThan(7_000_000)
  })

  test('aborted while it waits: it ends with the reason, and nothing stays published', async () => {
    const abort = new AbortController()
    const reason = new Error('the daemon stops')
    ca.answers.set('/challenge', (response) => {
      response.end('{}')
      abort.abort(reason)
    })
    await expect(obtain({}, {}, abort.signal)).rejects.toBe(reason)
    expect(published).toEqual([])
  })

  test('aborted while publishing hangs, and taking back fails: it ends, and what is left is told', async () => {
    const abort = new AbortController()
    const reason = new Error('the daemon stops')
    const publish = () => {
      abort.abort(reason)
      return new Promise<void>(() => {})
    }
    const unpublish = () => Promise.reject(new Error('DNS is away'))
    await expect(obtain({}, { publish, unpublish }, abort.signal)).rejects.toBe(reason)
    expect(steps.map(formatStep)).toContain('challenge www.example.com could not be cleaned up: DNS is away')
  })

  test('a wildcard is never tried by http-01', async () => {
    const failure = await failureOf(obtain({ names: ['*.example.com'] }, { kindsFor: () => ['http-01'] }))
    expect(failure.code).toBe('acme-no-challenge')
    expect(failure.message).toContain('set up dns-01')
    await obtain({ names: ['*.example.com'] })
    expect(steps.map(formatStep)).toContain('challenge *.example.com dns-01')
  })

  test('profile, end and predecessor are sent where the CA knows of them', async () => {
    ca.meta = { profiles: { classic: 'x', shortlived: 'y' } }
    ca.hasRenewalInfo = true
    session = await makeSession()
    await openAccount(session, ACCOUNT, ignore, signal)
    await obtain({ profile: 'shortlived', notAfter: '2026-12-01T00:00:00Z', replaces: 'aaa.bbb' })
    expect(ca.payloads.get('/new-order')?.[0]).toEqual({
      identifiers: [{ type: 'dns', value: 'www.example.com' }],
      notAfter: '2026-12-01T00:00:00Z',
      profile: 'shortlived',
      replaces: 'aaa.bbb',
    })
    const failure = await failureOf(obtain({ profile: 'tlsserver' }))
    expect(failure.message).toBe('the CA has no profile tlsserver; choose one of classic, shortlived')
    ca.answers.set('/new-order', ca.refusal(409, 'alreadyReplaced', 'replaced before'))
    await obtain({ replaces: 'aaa.bbb' })
    expect(ca.payloads.get('/new-order')?.at(-1)).not.toHaveProperty('replaces')
  })

  test('a certificate for a key that is not ours is not taken', async () => {
    const other = await makeCertificate(['www.example.com'])
    ca.answers.set('/certificate', (response) => response.end(other.certificate))
    expect((await failureOf(obtain())).code).toBe('acme-certificate')
  })

  test('what is revoked already is well', async () => {
    ca.answers.set('/revoke', ca.refusal(400, 'alreadyRevoked', 'done before'))
    await revoke()
    ca.answers.set('/revoke', ca.refusal(403, 'unauthorized', 'not yours'))
    expect((await failureOf(revoke())).message).toContain('"not yours" (unauthorized)')
  })

  async function revoke() {
    const { certificate } = await makeCertificate(['www.example.com'])
    await revokeCertificate(session, new X509Certificate(certificate), 'keyCompromise', signal)
  }
})

describe('without an account yet', () => {
  test('terms that are not accepted: their page is told, and nothing is sent', async () => {
    const failure = await failureOf(openAccount(session, { ...ACCOUNT, termsAccepted: false }, ignore, signal))
    expect(failure.code).toBe('acme-terms')
    expect(failure.message).toContain('read https://ca.example/terms')
    expect(ca.count('POST /new-account')).toBe(0)
  })

  test('contact and consent are what is sent', async () => {
    await openAccount(session, ACCOUNT, ignore, signal)
    expect(ca.payloads.get('/new-account')).toEqual([
      { contact: ['mailto:ops@example.com'], termsOfServiceAgreed: true },
    ])
  })

  test('a CA that hangs, one that is not there, one that is not trusted, and one that is none', async () => {
    ca.answers.set('/directory', () => {})
    session = await makeSession({ timeoutMs: 100 })
    expect((await failureOf(openAccount(session, ACCOUNT, ignore, signal))).code).toBe('acme-timeout')
    session = await makeSession({ directoryUrl: 'https://127.0.0.1:1/directory' })
    expect((await failureOf(openAccount(session, ACCOUNT, ignore, signal))).message).toContain(
      'cannot be reached (ECONNREFUSED)',
    )
    session = await makeSession({ trust: undefined })
    expect((await failureOf(openAccount(session, ACCOUNT, ignore, signal))).message).toContain(
      'give its root with --acme-ca',
    )
    ca.answers.set('/directory', (response) => response.end('<html>Welcome to nginx!</html>'))
    session = await makeSession()
    expect((await failureOf(openAccount(session, ACCOUNT, ignore, signal))).code).toBe('acme-not-acme')
    session = await makeSession({ directoryUrl: `${ca.directoryUrl}/nowhere?secret=abc` })
    const failure = await failureOf(openAccount(session, ACCOUNT, ignore, signal))
    expect(failure.code).toBe('acme-not-acme')
    expect(failure.message).not.toContain('abc')
  })

  test('renewal information: a window, when to ask again within bounds, and none where the CA has none', async () => {
    const certificate = new X509Certificate(ca.authority.certificate)
    expect(await readRenewalInfo(session, certificate, signal)).toBeNull()
    ca.hasRenewalInfo = true
    session = await makeSession({ now: () => Date.parse('2026-01-01T00:00:00Z') })
    const path = `/renewal-info/${findCertificateId(certificate)}`
    const explanationURL = 'https://ca.example/why'
    const answer = (start: string, end: string, headers: Record<string, string> = {}) =>
      ca.answers.set(path, (response) => {
        response.writeHead(200, headers).end(JSON.stringify({ suggestedWindow: { start, end }, explanationURL }))
      })
    const window = { start: '2026-02-01T00:00:00.000Z', end: '2026-02-02T22:00:00.000Z' }
    answer('2026-02-01T00:00:00Z', '2026-02-03T00:00:00+02:00', { 'retry-after': '21600' })
    expect(await readRenewalInfo(session, certificate, signal)).toEqual({
      window,
      explanationUrl: explanationURL,
      askAgainAt: '2026-01-01T06:00:00.000Z',
    })
    answer(window.start, window.end, { 'retry-after': '9999999' })
    expect((await readRenewalInfo(session, certificate, signal))?.askAgainAt).toBe('2026-01-02T00:00:00.000Z')
    answer(window.start, window.end, { 'retry-after': '0' })
    expect((await readRenewalInfo(session, certificate, signal))?.askAgainAt).toBe('2026-01-01T00:01:00.000Z')
    answer(window.end, window.start)
    expect((await failureOf(readRenewalInfo(session, certificate, signal))).code).toBe('acme-not-acme')
  })
})

test('--acme-ca: a file that is not there, and one without a CA', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'fairlead-trust-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const path = join(folder, 'ca.pem')
  expect((await failureOf(readTrust(path))).message).toBe(
    `--acme-ca ${path}: there is no such file; give the PEM file of the ACME server’s CA`,
  )
  await writeFile(path, (await makeCertificate(['www.example.com'])).certificate)
  expect((await failureOf(readTrust(path))).code).toBe('acme-trust')
  await writeFile(path, ca.authority.certificate)
  expect(await readTrust(path)).toContain('BEGIN CERTIFICATE')
})
