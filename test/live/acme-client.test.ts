// Certificates from a real ACME CA that refuses three of ten nonces: both ways to prove a name, and what it says when they fail.
import { execFile } from 'node:child_process'
import { createPrivateKey, generateKeyPairSync, type KeyObject, X509Certificate } from 'node:crypto'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openAccount } from '../../src/certs/acme/account.ts'
import { makeAccountKey, readAccountKey } from '../../src/certs/acme/account-key.ts'
import { AcmeFailure } from '../../src/certs/acme/acme-failure.ts'
import { findCertificateId } from '../../src/certs/acme/certificate-id.ts'
import type { Challenge, ChallengeKind } from '../../src/certs/acme/challenge.ts'
import { obtainCertificate } from '../../src/certs/acme/obtain.ts'
import type { Hands } from '../../src/certs/acme/prove-names.ts'
import { readTrust } from '../../src/certs/acme/read-trust.ts'
import { revokeCertificate } from '../../src/certs/acme/revoke.ts'
import { Session } from '../../src/certs/acme/session.ts'
import { formatStep, type Step } from '../../src/certs/acme/steps.ts'
import { parsePem } from '../../src/certs/parse-pem.ts'
import { outcomeOf } from '../../src/io/outcome.ts'
import { Pebble } from './kit/pebble.ts'

const run = promisify(execFile)
const ACCOUNT = { contact: ['ops@example.com'], termsAccepted: true }

const { signal } = new AbortController()
const ignore = () => {}

function makeKey(): KeyObject {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
}

async function openSession(pebble: Pebble): Promise<Session> {
  const [accountKey, trust] = [await readAccountKey(makeAccountKey()), await readTrust(pebble.trustFile)]
  return new Session({ directoryUrl: pebble.directoryUrl, accountKey, trust, version: '0.0.0' })
}

/** Publishes for Pebble to see, and writes down what was done. */
function makeHands(pebble: Pebble, kinds: readonly ChallengeKind[] = ['http-01', 'dns-01']) {
  const steps: Step[] = []
  const published: Challenge[] = []
  const hands: Hands = {
    kindsFor: () => kinds,
    report: (step) => void steps.push(step),
    publish: async (challenge) => {
      published.push(challenge)
      if (challenge.kind === 'dns-01') await pebble.addText(challenge.record, challenge.value)
      else pebble.answers.set(`/.well-known/acme-challenge/${challenge.token}`, challenge.content)
    },
    unpublish: async (challenge) => {
      published.splice(published.indexOf(challenge), 1)
      if (challenge.kind === 'dns-01') await pebble.removeTexts(challenge.record)
      else pebble.answers.delete(`/.well-known/acme-challenge/${challenge.token}`)
    },
  }
  return { hands, steps, published, said: () => steps.map(formatStep) }
}

async function failureOf(promise: Promise<unknown>): Promise<AcmeFailure> {
  const ended = await outcomeOf(promise)
  if (ended.ok || !(ended.error instanceof AcmeFailure)) throw new Error('it should have failed', { cause: ended })
  return ended.error
}

describe('a CA that refuses three of ten nonces', () => {
  let pebble: Pebble
  let session: Session
  beforeAll(async () => {
    pebble = await Pebble.start({ noncesRefused: 30, refusedNames: ['blocked.example'] })
    session = await openSession(pebble)
    await openAccount(session, ACCOUNT, ignore, signal)
  })
  afterAll(() => pebble?.close())

  test('http-01: a certificate for two names, its chain up to the CA’s root, and every step told', async () => {
    const { hands, said, published } = makeHands(pebble)
    const key = makeKey()
    const notAfter = new Date(Date.now() + 90_000).toISOString().replace(/\.\d+/, '')
    const names = ['www.example.com', 'example.com']
    const { pem, ...told } = await obtainCertificate(session, { names, key, notAfter }, hands, signal)
    expect([...told.names].sort()).toEqual(['example.com', 'www.example.com'])
    expect(Date.parse(told.notAfter)).toBe(Date.parse(notAfter))
    const [leaf, intermediate] = [...pem.matchAll(/-----BEGIN CERTIFICATE[\s\S]*?END CERTIFICATE-----/g)].map(
      ([text]) => new X509Certificate(text),
    )
    const root = new X509Certificate(await pebble.root())
    expect(leaf?.checkPrivateKey(key) && leaf.verify(intermediate!.publicKey)).toBe(true)
    expect(intermediate?.verify(root.publicKey)).toBe(true)
    expect((await parsePem(pem)).ok).toBe(true)
    expect(said().sort()).toEqual([
      `certificate until ${notAfter.slice(0, 10)}`,
      'challenge example.com http-01',
      'challenge www.example.com http-01',
      'finalize',
      'order',
      'valid example.com',
      'valid www.example.com',
    ])
    expect(published).toEqual([])
    expect(pebble.answers.size).toBe(0)
  })

  test('dns-01: apex and wildcard have two values at one record; http-01 is not tried for the wildcard', async () => {
    const { hands, said, published } = makeHands(pebble, ['dns-01'])
    const names = ['*.example.net', 'example.net']
    const told = await obtainCertificate(session, { names, key: makeKey() }, hands, signal)
    expect([...told.names].sort()).toEqual(names)
    expect(said()).toEqual(expect.arrayContaining(['challenge *.example.net dns-01', 'challenge example.net dns-01']))
    expect(published).toEqual([])
    const mixed = makeHands(pebble)
    await obtainCertificate(session, { names: ['*.example.org'], key: makeKey() }, mixed.hands, signal)
    expect(mixed.said()).toContain('challenge *.example.org dns-01')
  })

  test('an RSA key; revoked once and again; the ARI id is what openssl reads', async () => {
    const { hands } = makeHands(pebble)
    const key = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
    const { pem } = await obtainCertificate(session, { names: ['rsa.example.com'], key }, hands, signal)
    const certificate = new X509Certificate(pem)
    expect(certificate.publicKey.asymmetricKeyType).toBe('rsa')
    const shown = run('openssl', ['x509', '-noout', '-serial', '-ext', 'authorityKeyIdentifier'])
    shown.child.stdin?.end(pem)
    const { stdout } = await shown
    const bytes = (pattern: RegExp) => (pattern.exec(stdout)?.[1] ?? '').replaceAll(':', '')
    const [keyId, serial] = [bytes(/^ +(?:keyid:)?([0-9A-F:]{40,})$/m), bytes(/serial=(.+)/)]
    const [ours = '', oursSerial = ''] = (findCertificateId(certificate) ?? '').split('.')
    expect(Buffer.from(ours, 'base64url').toString('hex').toUpperCase()).toBe(keyId)
    expect(Buffer.from(oursSerial, 'base64url').toString('hex').toUpperCase().replace(/^00/, '')).toBe(serial)
    await revokeCertificate(session, certificate, 'superseded', signal)
    await revokeCertificate(session, certificate, 'superseded', signal)
  })

  test('an order is gone on with by its URL, and one that was done gives its certificate again', async () => {
    const first = makeHands(pebble)
    const key = makeKey()
    const names = ['resumed.example.com']
    const broken: Hands = { ...first.hands, publish: () => Promise.reject(new Error('no room')) }
    await expect(obtainCertificate(session, { names, key }, broken, signal)).rejects.toThrow('no room')
    const order = first.steps.find((step) => step.kind === 'order')
    if (order?.kind !== 'order') throw new Error('no order')
    const second = makeHands(pebble)
    const made = await obtainCertificate(session, { names, key, orderUrl: order.url }, second.hands, signal)
    expect(second.said()[0]).toBe('order resumed')
    const third = makeHands(pebble)
    const again = await obtainCertificate(session, { names, key, orderUrl: order.url }, third.hands, signal)
    expect(again.pem).toBe(made.pem)
    expect(third.said()).toEqual(['order resumed', `certificate until ${made.notAfter.slice(0, 10)}`])
    // With a key that the certificate is not for, it is ordered anew.
    const fourth = makeHands(pebble)
    const other = await obtainCertificate(session, { names, key: makeKey(), orderUrl: order.url }, fourth.hands, signal)
    expect(other.pem).not.toBe(made.pem)
  })

  test('terms are accepted by a person, or there is no account', async () => {
    const newcomer = await openSession(pebble)
    const failure = await failureOf(openAccount(newcomer, { ...ACCOUNT, termsAccepted: false }, ignore, signal))
    expect(failure.code).toBe('acme-terms')
    expect(newcomer.account).toBeNull()
  })

  test('the same account key finds the same account', async () => {
    const url = session.account
    expect(await openAccount(session, ACCOUNT, ignore, signal)).toBe(url)
  })

  test('a wrong answer, a name without DNS, and a name it refuses: the CA’s words and what to do, never the token', async () => {
    const wrong = makeHands(pebble)
    let proof = ''
    const publish = async (challenge: Challenge) => {
      if (challenge.kind !== 'http-01') throw new Error('http-01 was asked for')
      proof = challenge.content
      pebble.answers.set(`/.well-known/acme-challenge/${challenge.token}`, `${challenge.content}x`)
    }
    const names = ['wrong.example.com']
    const refused = await failureOf(
      obtainCertificate(session, { names, key: makeKey() }, { ...wrong.hands, publish }, signal),
    )
    expect(refused.code).toBe('acme-validation')
    expect(refused.message).toMatch(
      /wrong\.example\.com was not validated by http-01: ".+" \(\w+\), so DNS does not point here/,
    )
    const [token = '', thumbprint = ''] = proof.split('.')
    expect(refused.message).not.toContain(token)
    expect(refused.message).not.toContain(thumbprint)
    expect(pebble.answers.size).toBe(0)

    await pebble.failDns('lost.example.com')
    const lost = await failureOf(
      obtainCertificate(session, { names: ['lost.example.com'], key: makeKey() }, makeHands(pebble).hands, signal),
    )
    expect(lost.names.map(({ name }) => name)).toEqual(['lost.example.com'])
    expect(lost.message).toMatch(/see that the name has an A or AAAA record/)

    const blocked = await failureOf(
      obtainCertificate(session, { names: ['blocked.example'], key: makeKey() }, makeHands(pebble).hands, signal),
    )
    expect(blocked.code).toBe('acme-names')
    expect(blocked.message).toContain('blocked.example')
  })

  test('a profile that it does not have is not asked for', async () => {
    const wish = { names: ['profile.example.com'], key: makeKey(), profile: 'nonsense' }
    const failure = await failureOf(obtainCertificate(session, wish, makeHands(pebble).hands, signal))
    expect(failure.code).toBe('acme-profile')
  })
})

describe('a CA that takes its own customers only', () => {
  const macKey = 'zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W'
  let pebble: Pebble
  beforeAll(async () => {
    pebble = await Pebble.start({ bindings: { 'customer-1': macKey } })
  })
  afterAll(() => pebble?.close())

  test('the binding makes an account; none, and a wrong one, do not', async () => {
    const session = await openSession(pebble)
    expect((await failureOf(openAccount(session, ACCOUNT, ignore, signal))).code).toBe('acme-binding')
    const wrong = {
      keyId: 'customer-1',
      macKey: Buffer.from('somebody else’s key of some length').toString('base64url'),
    }
    const refused = await failureOf(openAccount(session, { ...ACCOUNT, binding: wrong }, ignore, signal))
    expect(refused.code).toBe('acme-account-refused')
    expect(refused.message).not.toContain(wrong.macKey)
    await openAccount(session, { ...ACCOUNT, binding: { keyId: 'customer-1', macKey } }, ignore, signal)
    const { hands } = makeHands(pebble)
    const made = await obtainCertificate(session, { names: ['customer.example.com'], key: makeKey() }, hands, signal)
    expect(createPrivateKey(made.pem).type).toBe('private')
  })
})
