// What a CA does wrong, and what goes wrong here: the old certificate serves, the reason is told, and it goes on by itself.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { waitFor } from '../../src/io/deadline.ts'
import { CaProxy, type Trouble } from './kit/ca-proxy.ts'
import { askTls, shakeHands } from './kit/certificates.ts'
import { type Daemon, Daemons } from './kit/daemon.ts'
import { findFreePort } from './kit/free-port.ts'
import { type Origin, startOrigins } from './kit/origin.ts'
import { Pebble } from './kit/pebble.ts'
import { ask } from './kit/prober.ts'

const daemons = new Daemons()
const NAME = 'app.example.com'
/** Of a customer of a CA's. */
const SECRET = 'zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W'
let origin: Origin
let pebble: Pebble
let proxy: CaProxy
let folder: string
let root: string
let http: number
let https: number

beforeAll(async () => {
  ;[origin] = (await startOrigins('a')) as [Origin]
  http = await findFreePort()
  pebble = await Pebble.start({ httpPort: http })
  proxy = await CaProxy.start(pebble)
  folder = await mkdtemp(join(tmpdir(), 'fairlead-acme-'))
  await writeFile(join(folder, 'trust.pem'), proxy.trust)
  root = await pebble.root()
  https = await findFreePort()
})
afterEach(async () => {
  await daemons.close()
  proxy.trouble = () => null
  proxy.window = null
  proxy.profiles = []
  proxy.orders.length = 0
})
afterAll(async () => {
  proxy?.close()
  await pebble?.close()
  origin?.close()
  await rm(folder, { recursive: true, force: true })
})

function start(options: { stateDir?: string; flags?: string[] } = {}): Promise<Daemon> {
  const { flags = [], ...rest } = options
  const acme = ['--acme-directory', proxy.directoryUrl, '--acme-ca', join(folder, 'trust.pem')]
  return daemons.start({ ...rest, flags: [...acme, ...flags] })
}

async function serve(daemon: Daemon, tls: object = { domain: NAME }): Promise<void> {
  const spec = { port: http, backends: [{ target: origin.target }], tls: { port: https, ...tls } }
  const { status, body } = await daemon.ask('PUT', '/v1/load-balancers/web', { name: 'web', spec })
  expect(status, JSON.stringify(body)).toBeLessThan(300)
}

async function readTls(daemon: Daemon) {
  return (await daemon.ask('GET', '/v1/load-balancers/web')).body.status.tls
}

async function untilServed(daemon: Daemon) {
  await waitFor(async () => (await readTls(daemon))?.obtained[0].state === 'serving', {
    timeoutMs: 60_000,
    what: 'a certificate that serves',
  })
  return shakeHands(https, NAME, { ca: root, rejectUnauthorized: true })
}

function untilFailed(daemon: Daemon, failures = 1) {
  const failed = async () => {
    const [first] = (await readTls(daemon))?.obtained ?? []
    return first && first.failures >= failures && !first.isUnderWay ? first : null
  }
  return waitFor(failed, { timeoutMs: 60_000, what: 'a try that fails' })
}

const isOrder: (trouble: Awaited<ReturnType<Trouble>>) => Trouble =
  (trouble) =>
  ({ path }) =>
    path === '/order-plz' ? trouble : null

test('no CA at first: http serves and leads nowhere, https answers all the same, and it is obtained once the CA is back', async () => {
  proxy.trouble = () => 'cut'
  const daemon = await start()
  await serve(daemon)
  const { lastError, renewAt } = await untilFailed(daemon)
  expect(lastError).toMatch(/^localhost:\d+ .*(closed|reset|hang up|broke)/i)
  expect(Date.parse(renewAt)).toBeGreaterThan(Date.now())
  expect((await ask(http)).status).toBe(200)
  expect((await askTls(https, NAME)).status).toBe(200)
  const told = await daemon.run(['lb', 'tls', 'get', 'web'])
  expect(told.out).toMatch(/app\.example\.com, no certificate yet, tried again .* UTC; failed \d+ times?: localhost/)
  const stillDown = await daemon.run(['lb', 'tls', 'renew', 'web'])
  expect([stillDown.code, stillDown.err]).toEqual([1, expect.stringMatching(/tried again by itself .* UTC\n$/)])
  proxy.trouble = () => null
  expect((await daemon.run(['lb', 'tls', 'renew', 'web'])).code).toBe(0)
  expect((await shakeHands(https, NAME, { ca: root, rejectUnauthorized: true })).error).toBeUndefined()
  expect((await ask(http)).status).toBe(301)
})

test('a limit of days: the CA is left alone until then, also over a restart, and the old certificate serves', async () => {
  const daemon = await start()
  await serve(daemon)
  const before = await untilServed(daemon)
  const refusal = {
    status: 429,
    body: { type: 'urn:ietf:params:acme:error:rateLimited', detail: 'too many certificates' },
    headers: { 'retry-after': String(3 * 86_400) },
  }
  proxy.trouble = isOrder(refusal)
  expect((await daemon.run(['lb', 'tls', 'renew', 'web'])).code).toBe(1)
  const { lastError, renewAt } = await untilFailed(daemon)
  expect(lastError).toMatch(/rate limited: "too many certificates" \(rateLimited\); ask again after \d{4}-\d\d-\d\d/)
  expect(Date.parse(renewAt)).toBeGreaterThan(Date.now() + 2.9 * 86_400_000)
  await daemon.stop()
  let orders = 0
  proxy.trouble = ({ path }) => (path === '/order-plz' && orders++ >= 0 ? refusal : null)
  const again = await start({ stateDir: daemon.stateDir })
  expect(await untilServed(again)).toEqual(before)
  const { obtained, lastError: told } = await readTls(again)
  expect([obtained[0].renewAt, orders, told]).toEqual([renewAt, 0, lastError])
})

test('the CA has lost our account: a new one is opened and the same order goes through', async () => {
  const daemon = await start()
  await serve(daemon)
  const before = await untilServed(daemon)
  let refusals = 0
  const gone = {
    status: 400,
    body: { type: 'urn:ietf:params:acme:error:accountDoesNotExist', detail: 'unknown account' },
  }
  proxy.trouble = ({ path }) => (path === '/order-plz' && refusals++ === 0 ? gone : null)
  const renewed = await daemon.run(['lb', 'tls', 'renew', 'web'])
  expect([renewed.code, renewed.err.match(/account/g)?.length]).toEqual([0, 1])
  expect((await shakeHands(https, NAME)).fingerprint).not.toBe(before.fingerprint)
})

test('killed between the order and its certificate: the next start goes on with the same order', async () => {
  const daemon = await start()
  let asked = 0
  // The certificate is issued, and is not handed out.
  proxy.trouble = ({ path }) => (path.startsWith('/certZ/') && asked++ >= 0 ? 'cut' : null)
  await serve(daemon)
  await waitFor(() => asked > 0, { timeoutMs: 60_000, what: 'the certificate to be asked for' })
  await daemon.kill()
  proxy.trouble = () => null
  const orders = proxy.orders.length
  const again = await start({ stateDir: daemon.stateDir })
  if ((await readTls(again)).obtained[0].failures > 0) await again.run(['lb', 'tls', 'renew', 'web'])
  await untilServed(again)
  expect([orders, proxy.orders.length]).toEqual([1, 1])
})

test('renewal information and profiles: the CA is asked, its window is kept to, and told which certificate is replaced', async () => {
  const [soon, later] = [Date.now() - 60_000, Date.now() - 1000].map((ms) => new Date(ms).toISOString())
  proxy.profiles = ['classic', 'shortlived']
  proxy.window = { start: '2040-01-01T00:00:00Z', end: '2040-01-02T00:00:00Z' }
  const daemon = await start({ flags: ['--acme-profile', 'shortlived'] })
  await serve(daemon)
  const before = await untilServed(daemon)
  await waitFor(() => proxy.askedWindows.length > 0, { timeoutMs: 60_000, what: 'the CA to be asked' })
  expect(proxy.orders).toEqual([expect.objectContaining({ profile: 'shortlived' })])
  await daemon.stop()
  // Suddenly it has to be replaced: it is, as soon as the CA is asked again.
  proxy.window = { start: soon ?? '', end: later ?? '' }
  await forgetWindow(daemon)
  const again = await start({ stateDir: daemon.stateDir, flags: ['--acme-profile', 'shortlived'] })
  await waitFor(async () => (await shakeHands(https, NAME)).fingerprint !== before.fingerprint, {
    timeoutMs: 60_000,
    what: 'another certificate',
  })
  expect(proxy.orders[1]).toMatchObject({ profile: 'shortlived', replaces: proxy.askedWindows[0] })
  proxy.window = null
  await again.stop()
  const other = await start({ stateDir: daemon.stateDir, flags: ['--acme-profile', 'longlived'] })
  expect((await other.run(['lb', 'tls', 'renew', 'web'])).err).toMatch(
    /no profile longlived; choose one of classic, shortlived/,
  )
})

test('a failed name is tried at the test server first, and the CA itself only when that is content', async () => {
  const other = await CaProxy.start(pebble)
  await writeFile(join(folder, 'both.pem'), proxy.trust + other.trust)
  const flags = ['--acme-ca', join(folder, 'both.pem'), '--acme-test-directory', other.directoryUrl]
  const daemon = await daemons.start({ flags: ['--acme-directory', proxy.directoryUrl, ...flags] })
  await pebble.failDns(NAME)
  await serve(daemon)
  expect((await untilFailed(daemon)).lastError).toMatch(/app\.example\.com was not validated by http-01/)
  expect([proxy.orders.length, other.orders.length]).toEqual([1, 0])
  expect((await daemon.run(['lb', 'tls', 'renew', 'web'])).code).toBe(1)
  expect([proxy.orders.length, other.orders.length]).toEqual([1, 1])
  await pebble.mendDns(NAME)
  expect((await daemon.run(['lb', 'tls', 'renew', 'web'])).code).toBe(0)
  expect([proxy.orders.length, other.orders.length]).toEqual([2, 2])
  expect((await shakeHands(https, NAME, { ca: root, rejectUnauthorized: true })).error).toBeUndefined()
  other.close()
})

test('the first CA is down: the next one in order issues', async () => {
  const other = await CaProxy.start(pebble)
  await writeFile(join(folder, 'both.pem'), proxy.trust + other.trust)
  proxy.trouble = () => 'cut'
  const directories = ['--acme-directory', proxy.directoryUrl, '--acme-directory', other.directoryUrl]
  const daemon = await daemons.start({ flags: [...directories, '--acme-ca', join(folder, 'both.pem')] })
  await serve(daemon)
  await untilServed(daemon)
  expect([proxy.orders.length, other.orders.length]).toEqual([0, 1])
  other.close()
})

test('a CA that takes its own customers only: it is told who we are, and says what to give where it is not', async () => {
  const own = await Pebble.start({ httpPort: http, bindings: { customer: SECRET } })
  const acme = ['--acme-directory', own.directoryUrl, '--acme-ca', own.trustFile]
  const stranger = await daemons.start({ flags: acme })
  await serve(stranger)
  expect((await untilFailed(stranger)).lastError).toMatch(/own customers only; give the key id and the MAC key/)
  await stranger.stop()

  const customer = await daemons.start({
    stateDir: stranger.stateDir,
    flags: acme,
    env: { FAIRLEAD_ACME_EAB: `customer:${SECRET}` },
  })
  expect((await customer.run(['lb', 'tls', 'renew', 'web'])).code).toBe(0)
  expect(`${stranger.output}${customer.output}`).not.toContain(SECRET)
  await own.close()
})

test('autoRenew: false keeps a certificate until it ends, and says so', async () => {
  const daemon = await start({ flags: ['--acme-lifetime', '8s'] })
  await serve(daemon, { domain: NAME, autoRenew: false })
  const before = await untilServed(daemon)
  expect((await readTls(daemon)).obtained[0].renewAt).toBeNull()
  await waitFor(async () => (await readTls(daemon)).obtained[0].state === 'expired', {
    timeoutMs: 60_000,
    what: 'its end',
  })
  expect([(await shakeHands(https, NAME)).fingerprint, proxy.orders.length]).toEqual([before.fingerprint, 1])
  await waitFor(async () => daemon.messages.some((line) => /certificate for app\.example\.com expired on/.test(line)), {
    timeoutMs: 60_000,
    what: 'the log to say so',
  })
})

/** As if the CA's time to be asked again had come. */
async function forgetWindow({ stateDir }: Daemon): Promise<void> {
  const path = join(stateDir, 'certificates', 'obtained', `${NAME}.json`)
  const record = JSON.parse(await readFile(path, 'utf8'))
  await writeFile(path, JSON.stringify({ ...record, askWindowAt: null }))
}
