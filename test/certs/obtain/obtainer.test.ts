// Certificates that are obtained, through a CA, a disk and a clock that do as a test wants.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { makeAccountKey, readAccountKey } from '../../../src/certs/acme/account-key.ts'
import { Authority } from '../../../src/certs/obtain/authority.ts'
import type { ObtainNews, ObtainState } from '../../../src/certs/obtain/obtain-state.ts'
import { ObtainedStore } from '../../../src/certs/obtain/obtained-store.ts'
import { Obtainer } from '../../../src/certs/obtain/obtainer.ts'
import { waitFor } from '../../../src/io/deadline.ts'
import { Failure } from '../../../src/io/failure.ts'
import { FakeCa } from '../../fakes/fake-ca.ts'

const NAME = 'app.example.com'
const DAY_MS = 86_400_000

/** A disk that is full when a test says so. */
class FillingStore extends ObtainedStore {
  isFull = false

  override async putPem(name: string, pem: string): Promise<void> {
    if (this.isFull) throw new Failure('file-not-written', `${name}.pem could not be written: no space left on device`)
    await super.putPem(name, pem)
  }
}

let ca: FakeCa
let folder: string
let store: FillingStore
let aheadMs: number
let news: ObtainNews[]

beforeEach(async () => {
  ca = await new FakeCa().start()
  folder = await mkdtemp(join(tmpdir(), 'fairlead-obtain-'))
  await writeFile(join(folder, 'trust.pem'), ca.authority.certificate)
  store = new FillingStore(join(folder, 'obtained'))
  aheadMs = 0
  news = []
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
})

/** Works until the test is over, or `stop`. */
async function start({ termsAccepted = true } = {}) {
  const end = new AbortController()
  const authority = new Authority({
    directoryUrl: ca.directoryUrl,
    testDirectoryUrl: null,
    accountKey: await readAccountKey(makeAccountKey()),
    version: '1.2.3',
    trustFile: join(folder, 'trust.pem'),
    account: { contact: [], termsAccepted },
  })
  const obtainer = new Obtainer({
    store,
    authorities: [authority],
    publisher: { kindsFor: () => ['http-01'], publish: async () => {}, unpublish: async () => {} },
    profile: null,
    lifetimeMs: null,
    tell: (one) => news.push(one),
    changed: () => {},
    now: () => Date.now() + aheadMs,
    random: () => 0.5,
    lookMs: 20,
  })
  const ended = obtainer.run(end.signal)
  const stop = async () => {
    end.abort()
    await ended
  }
  onTestFinished(stop)
  return { obtainer, stop }
}

function untilState(obtainer: Obtainer, what: string, holds: (state: ObtainState) => boolean): Promise<ObtainState> {
  const look = () => {
    const state = obtainer.state(NAME)
    return state && !state.isUnderWay && holds(state) ? state : null
  }
  return waitFor(look, { timeoutMs: 60_000, what })
}

test('a full disk: the certificate is not lost, the reason is told, and it is fetched again, not ordered again', async () => {
  store.isFull = true
  const { obtainer } = await start()
  obtainer.want([{ name: NAME, autoRenew: true }])
  const { lastError, notAfter } = await untilState(obtainer, 'the failure', ({ failures }) => failures === 1)
  expect([lastError, notAfter]).toEqual([`${NAME}.pem could not be written: no space left on device`, null])
  store.isFull = false
  obtainer.renew(NAME)
  await untilState(obtainer, 'the certificate', (state) => state.notAfter !== null)
  expect([ca.count('POST /new-order'), ca.count('POST /finalize')]).toEqual([1, 1])
  expect((await obtainer.obtained(NAME)).pem).toMatch(/BEGIN CERTIFICATE[\s\S]+BEGIN PRIVATE KEY/)
})

test('whoever looks sees what is there and when it came, never its key, and a start knows both from the disk', async () => {
  const { obtainer, stop } = await start()
  expect([obtainer.certificate(NAME), obtainer.state(NAME)]).toEqual([undefined, undefined])
  obtainer.want([{ name: NAME, autoRenew: true }])
  expect([obtainer.certificate(NAME), obtainer.state(NAME)?.obtainedAt]).toEqual([undefined, null])
  const before = Date.now()
  const { obtainedAt, fingerprint } = await untilState(obtainer, 'the certificate', ({ notAfter }) => notAfter !== null)
  expect(Date.parse(obtainedAt ?? '')).toBeGreaterThanOrEqual(before)
  const seen = obtainer.certificate(NAME)
  expect(seen).toMatchObject({ fingerprint, names: [NAME], keyType: 'ecdsa', issuer: expect.stringMatching(/./) })
  expect(seen?.chain.length).toBeGreaterThan(0)
  expect(JSON.stringify(seen)).not.toContain('PRIVATE KEY')
  await stop()
  const { obtainer: again } = await start()
  again.want([{ name: NAME, autoRenew: true }])
  const after = await untilState(again, 'what is on the disk', ({ notAfter }) => notAfter !== null)
  expect([after.obtainedAt, again.certificate(NAME)]).toEqual([obtainedAt, seen])
})

test('a clock that jumps past the moment of renewal: it is renewed at once, and the old one stays until then', async () => {
  const { obtainer } = await start()
  obtainer.want([{ name: NAME, autoRenew: true }])
  const first = await untilState(obtainer, 'the certificate', ({ notAfter }) => notAfter !== null)
  expect(Date.parse(first.renewAt ?? '')).toBeLessThan(Date.now() + 61 * DAY_MS)
  expect(Date.parse(first.renewAt ?? '')).toBeGreaterThan(Date.now() + 50 * DAY_MS)
  aheadMs = 59 * DAY_MS
  const second = await untilState(obtainer, 'another one', ({ fingerprint }) => fingerprint !== first.fingerprint)
  expect([second.counts, second.lastError]).toEqual([{ obtained: 2, failed: 0 }, null])
  // The clock is wrong, so that it looks old too: the CA is not asked over and over.
  expect(Date.parse(second.renewAt ?? '')).toBeGreaterThan(Date.now() + 63 * DAY_MS)
})

test('a CA that is away when it is time: the old one serves, tries come closer as its end does, and one succeeds', async () => {
  const { obtainer } = await start()
  obtainer.want([{ name: NAME, autoRenew: true }])
  const first = await untilState(obtainer, 'the certificate', ({ notAfter }) => notAfter !== null)
  for (const path of ['/new-order', '/directory']) {
    ca.answers.set(path, ca.refusal(503, 'serverInternal', 'down for maintenance'))
    ca.stay.add(path)
  }
  aheadMs = 89.5 * DAY_MS
  const failed = await untilState(obtainer, 'a failure', ({ failures }) => failures === 1)
  expect(failed).toMatchObject({
    fingerprint: first.fingerprint,
    lastError: expect.stringContaining('down for maintenance'),
  })
  const { pem, remark } = await obtainer.obtained(NAME)
  expect([pem !== undefined, remark]).toEqual([
    true,
    expect.stringMatching(/down for maintenance.*tried 1 time, next \d{4}-/),
  ])
  ca.answers.clear()
  ca.stay.clear()
  aheadMs += 5 * 60_000
  await untilState(obtainer, 'another one', ({ fingerprint }) => fingerprint !== first.fingerprint)
})

test('a start goes on where the last one was: nothing is ordered for what is there, and nothing before its time', async () => {
  const one = await start()
  one.obtainer.want([{ name: NAME, autoRenew: true }])
  const first = await untilState(one.obtainer, 'the certificate', ({ notAfter }) => notAfter !== null)
  await one.stop()
  const two = await start()
  two.obtainer.want([{ name: NAME, autoRenew: true }])
  const second = await untilState(two.obtainer, 'what is known', ({ notAfter }) => notAfter !== null)
  expect([second.fingerprint, second.renewAt, ca.count('POST /new-order')]).toEqual([
    first.fingerprint,
    first.renewAt,
    1,
  ])
})

test('terms nobody has accepted: the CA is not asked, and what to do is told', async () => {
  const { obtainer } = await start({ termsAccepted: false })
  obtainer.want([{ name: NAME, autoRenew: true }])
  const { lastError } = await untilState(obtainer, 'the refusal', ({ failures }) => failures === 1)
  expect(lastError).toMatch(/^nobody has accepted the terms of localhost:\d+; .*--acme-accept-terms/)
  expect(ca.asked).toEqual([])
})

test('a name nobody wants any more is left alone; one that is wanted again has its certificate', async () => {
  const { obtainer } = await start()
  obtainer.want([{ name: NAME, autoRenew: true }])
  const first = await untilState(obtainer, 'the certificate', ({ notAfter }) => notAfter !== null)
  obtainer.want([])
  expect([obtainer.state(NAME), obtainer.renew(NAME)]).toEqual([undefined, false])
  aheadMs = 80 * DAY_MS
  obtainer.want([{ name: NAME, autoRenew: false }])
  const again = await untilState(obtainer, 'what is known', ({ notAfter }) => notAfter !== null)
  expect([again.fingerprint, again.renewAt, ca.count('POST /new-order')]).toEqual([first.fingerprint, null, 1])
})

test('every step is told, then the end', async () => {
  const { obtainer } = await start()
  obtainer.want([{ name: NAME, autoRenew: true }])
  await untilState(obtainer, 'the certificate', ({ notAfter }) => notAfter !== null)
  await waitFor(() => news.at(-1)?.kind === 'obtained', { timeoutMs: 60_000, what: 'the end to be told' })
  expect(news.map((one) => (one.kind === 'step' ? one.step.replace(/\d{4}.*/, '…') : one.kind))).toEqual([
    'account',
    'order',
    `challenge ${NAME} http-01`,
    `valid ${NAME}`,
    'finalize',
    'certificate until …',
    'obtained',
  ])
})
