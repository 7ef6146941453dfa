// A domain is all a user gives: certificates from a real ACME CA that refuses three of ten nonces, served by a real HAProxy.
import { stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { waitFor } from '../../src/io/deadline.ts'
import { askTls, makeCertificate, shakeHands } from './kit/certificates.ts'
import { type Daemon, Daemons } from './kit/daemon.ts'
import { findFreePort } from './kit/free-port.ts'
import { type Origin, startOrigins } from './kit/origin.ts'
import { Pebble } from './kit/pebble.ts'
import { ask } from './kit/prober.ts'

const HASH =
  '$6$rounds=1000$fairleadtestsalt$Avqr9DIgGf1Miii7qGe7lkojW1mGx2pMlq6ZRzC3OeDPj/bnDecv9RM1YaGnvsYoYpk8CVS9uTP7X3j0D7Jbk0'

const daemons = new Daemons()
let origin: Origin
let pebble: Pebble
let root: string
/** Port 80 as the CA sees it. */
let http: number

beforeAll(async () => {
  ;[origin] = (await startOrigins('a')) as [Origin]
  http = await findFreePort()
  pebble = await Pebble.start({ httpPort: http, noncesRefused: 30 })
  root = await pebble.root()
})
afterEach(() => daemons.close())
afterAll(async () => {
  await pebble?.close()
  origin?.close()
})

function start(...flags: string[]): Promise<Daemon> {
  return daemons.start({ flags: ['--acme-directory', pebble.directoryUrl, '--acme-ca', pebble.trustFile, ...flags] })
}

function askTrusting(port: number, name: string) {
  return askTls(port, name, { ca: root, rejectUnauthorized: true })
}

async function countReloads(daemon: Daemon): Promise<number> {
  const { body } = await daemon.ask('GET', '/metrics')
  const found = [...String(body).matchAll(/^fairlead_reloads_total\{[^}]*\} (\d+)/gm)]
  return found.reduce((sum, [, count]) => sum + Number(count), 0)
}

test('one command: https answers with the certificate that was issued, http leads there, and it is renewed in place', async () => {
  const daemon = await start()
  const https = await findFreePort()
  // What stands in the way of clients does not stand in the CA's.
  const spec = {
    port: http,
    backends: [{ target: origin.target }],
    rateLimit: { requests: 1, window: '60s' },
    auth: { basic: { users: { me: HASH } } },
  }
  expect((await daemon.ask('POST', '/v1/load-balancers', { name: 'web', spec })).status).toBe(201)
  const set = await daemon.run(['lb', 'tls', 'set', 'web', '--domain', 'App.Example.com', '--port', String(https)])
  const steps = ['account', 'order', 'challenge app.example.com http-01', 'valid app.example.com', 'finalize']
  const last = expect.stringMatching(/^app\.example\.com: certificate until \d{4}-\d\d-\d\d$/)
  const told = [...steps.map((step) => `app.example.com: ${step}`), last, '']
  expect([set.code, set.err.split('\n')]).toEqual([0, told])
  expect(set.out).toMatch(
    /^web: live in \d+ ms.*\napp\.example\.com: https serves, certificate until \d{4}-\d\d-\d\d\n$/,
  )
  expect((await askTrusting(https, 'app.example.com')).status).toBe(401)
  const redirected = await ask(http, { headers: { host: 'app.example.com' } })
  expect([redirected.status, redirected.headers['location']]).toEqual([301, `https://app.example.com:${https}/`])
  // Of a name that is not ours the CA's question goes where every request goes.
  const path = `/.well-known/acme-challenge/${'x'.repeat(43)}`
  expect((await ask(http, { path, headers: { host: 'other.example.com' } })).status).toBe(301)
  expect((await ask(http, { path, headers: { host: 'app.example.com' } })).body).toMatch(/^x{43}\.[\w-]{43}$/)

  const [reloads, before] = [await countReloads(daemon), await shakeHands(https, 'app.example.com')]
  const kept = connect({ host: '127.0.0.1', port: https, servername: 'app.example.com', ca: root })
  await new Promise((resolve) => kept.once('secureConnect', resolve))
  expect((await daemon.run(['lb', 'tls', 'renew', 'web'])).code).toBe(0)
  const after = await shakeHands(https, 'app.example.com')
  expect(after.fingerprint).not.toBe(before.fingerprint)
  expect([await countReloads(daemon), kept.destroyed]).toEqual([reloads, false])
  kept.destroy()

  // It is seen among the certificates, and stays for as long as somebody wants it.
  const [listed] = (await daemon.ask('GET', '/v1/certificates')).body.items
  expect([listed.name, listed.obtained.lastError, listed.usedBy]).toEqual(['app.example.com', null, ['web']])
  expect([listed.keys[0].fingerprint, listed.issuer]).toEqual([after.fingerprint, expect.stringMatching(/Pebble/)])
  const renewal = listed.obtained.renewAt.slice(0, 16).replace('T', ' ')
  expect(await daemon.must('cert', 'list')).toMatch(
    new RegExp(
      `^app\\.example\\.com +app\\.example\\.com +ecdsa +Pebble .* ${listed.notAfter.slice(0, 10)} +${renewal} +web$`,
      'm',
    ),
  )
  const shown = await daemon.must('cert', 'show', 'app.example.com')
  expect(shown).toContain(`  came    ${listed.updatedAt}\n  next    ${listed.obtained.renewAt}\n`)
  expect(shown).toMatch(/^ +1\. CN=app\.example\.com\n +2\. CN=Pebble/m)
  const refused = await daemon.run(['cert', 'remove', 'app.example.com'])
  expect([refused.code, refused.err]).toEqual([4, expect.stringContaining('out of the tls settings of web instead')])

  // A start orders nothing, and knows what it has.
  await daemon.stop()
  const again = await daemons.start({
    stateDir: daemon.stateDir,
    flags: ['--acme-directory', 'https://localhost:1/dir'],
  })
  expect(await shakeHands(https, 'app.example.com')).toEqual(after)
  const { body } = await again.ask('GET', '/v1/load-balancers/web')
  expect(body.status.tls).toMatchObject({
    domains: ['app.example.com'],
    lastError: null,
    source: 'domain app.example.com',
  })
  expect(Date.parse(body.status.tls.renewAt)).toBeLessThan(Date.parse(body.status.tls.notAfter))
  expect((await again.ask('GET', '/v1/certificates/app.example.com')).body).toEqual(listed)
  await again.must('lb', 'tls', 'unset', 'web')
  await waitFor(async () => (await again.ask('GET', '/v1/certificates')).body.items.length === 0, {
    timeoutMs: 10_000,
    what: 'a certificate that nobody wants to be listed no more',
  })
  const folder = join(daemon.stateDir, 'certificates', 'obtained')
  for (const file of ['app.example.com.pem', 'app.example.com.json', '../../acme-account.key'])
    expect((await stat(join(folder, file))).mode & 0o777, file).toBe(0o600)
  expect(`${daemon.output}${JSON.stringify(body)}`).not.toMatch(/PRIVATE KEY/)
})

test('tcp too: TLS ends here with a certificate that is obtained, proven on the port of somebody else’s http', async () => {
  const daemon = await start()
  await daemon.must('lb', 'create', '--name', 'web', '--port', String(http), '--target', origin.target)
  const port = await findFreePort()
  const spec = { type: 'tcp', port, backends: [{ target: origin.target }], tls: { domain: 'db.example.com' } }
  expect((await daemon.ask('POST', '/v1/load-balancers', { name: 'db', spec })).status).toBe(201)
  await waitFor(async () => (await askTrusting(port, 'db.example.com')).status === 200, {
    timeoutMs: 60_000,
    what: 'TLS with the certificate',
  })
})

test('a database whose clients have certificates: nobody comes in without, before the certificate is there and after', async () => {
  const daemon = await start()
  const folder = await daemons.folder()
  const ca = await makeCertificate([], { isAuthority: true })
  const { certificate: cert, key } = await makeCertificate([], { by: ca })
  await writeFile(join(folder, 'ca.pem'), ca.certificate)
  // Nobody proves the name on port 80 yet.
  const port = await findFreePort()
  const tls = { domain: 'db.example.com', clientCa: join(folder, 'ca.pem') }
  const spec = { type: 'tcp', port, backends: [{ target: origin.target }], tls }
  expect((await daemon.ask('POST', '/v1/load-balancers', { name: 'db', spec })).status).toBe(201)
  expect((await askTls(port, 'db.example.com', { cert, key })).status).toBe(0)
  await daemon.must('lb', 'create', '--name', 'web', '--port', String(http), '--target', origin.target)
  await daemon.must('lb', 'tls', 'renew', 'db')
  // Clients of databases often say no name.
  for (const name of ['db.example.com', '']) {
    const served = { ca: root, rejectUnauthorized: true, checkServerIdentity: () => undefined }
    expect((await askTls(port, name, { ...served, cert, key })).status, name).toBe(200)
    expect((await askTls(port, name, served)).status, name).toBe(0)
  }
})

test('twenty domains at once: each is served with a certificate of its own, and one that fails keeps nobody else waiting', async () => {
  const daemon = await start()
  const https = await findFreePort()
  const names = Array.from({ length: 20 }, (_, index) => `n${index}.example.com`)
  await pebble.failDns('n7.example.com')
  const tls = { domains: names, port: https }
  const spec = { port: http, backends: [{ target: origin.target }], tls }
  expect((await daemon.ask('POST', '/v1/load-balancers', { name: 'many', spec })).status).toBe(201)
  const obtained = async () => (await daemon.ask('GET', '/v1/load-balancers/many')).body.status.tls.obtained
  const isOver = async () =>
    (await obtained()).every(
      ({ tries, isUnderWay }: { tries: number; isUnderWay: boolean }) => tries > 0 && !isUnderWay,
    )
  await waitFor(isOver, { timeoutMs: 60_000, what: 'every name to be tried' })
  const seen = await Promise.all(names.map((name) => askTrusting(https, name)))
  expect(seen.map(({ status }, index) => [names[index], status])).toEqual(
    names.map((name) => [name, name === 'n7.example.com' ? 0 : 200]),
  )
  // Until the last of them has come, http serves, and a certificate nobody trusts answers for that one.
  expect((await ask(http, { headers: { host: 'n7.example.com' } })).status).toBe(200)
  expect((await askTls(https, 'n7.example.com')).status).toBe(200)
  const failed = (await obtained()).find(({ domain }: { domain: string }) => domain === 'n7.example.com')
  expect([failed.state, failed.failures > 0]).toEqual(['pending', true])
  expect(failed.lastError).toMatch(/n7\.example\.com was not validated by http-01: .*A or AAAA record/)
  expect(Date.parse(failed.renewAt)).toBeGreaterThan(Date.now())
  const table = await daemon.must('cert', 'list')
  expect(table).toMatch(/^n7\.example\.com +- +- +- +none yet +\d{4}-\d\d-\d\d \d\d:\d\d +many$/m)
  expect(table).toMatch(/^n7\.example\.com: failed \d times?: .*n7\.example\.com was not validated by http-01/m)
  expect(table.match(/^n\d+\.example\.com .* ecdsa /gm)).toHaveLength(19)
  const { status } = (await daemon.ask('GET', '/v1/load-balancers/many')).body
  expect(status.problems).toEqual([
    expect.objectContaining({
      path: 'spec.tls.domain',
      message: expect.stringContaining('no certificate for n7.example.com yet'),
    }),
  ])
})

test('short-lived certificates are renewed in time under load: no handshake fails, none is expired, nothing is reloaded', async () => {
  const daemon = await start('--acme-lifetime', '20s')
  const https = await findFreePort()
  const tls = { domain: 'short.example.com', port: https }
  const spec = { port: http, backends: [{ target: origin.target }], tls }
  await daemon.ask('POST', '/v1/load-balancers', { name: 'short', spec })
  await waitFor(async () => (await askTrusting(https, 'short.example.com')).status === 200, {
    timeoutMs: 60_000,
    what: 'the first certificate',
  })
  const reloads = await countReloads(daemon)
  const [fingerprints, failures] = [new Set<string>(), [] as unknown[]]
  const shakeOnce = async () => {
    const shaken = await shakeHands(https, 'short.example.com', { ca: root, rejectUnauthorized: true })
    if (shaken.fingerprint) fingerprints.add(shaken.fingerprint)
    else failures.push(shaken)
    return fingerprints.size >= 4
  }
  await waitFor(shakeOnce, { timeoutMs: 90_000, what: 'three renewals' })
  expect([failures, await countReloads(daemon)]).toEqual([[], reloads])
  const metrics = String((await daemon.ask('GET', '/metrics')).body)
  expect(metrics).toMatch(/^fairlead_certificates_obtained_total\{domain="short.example.com"\} [4-9]/m)
  expect(metrics).toMatch(/^fairlead_certificate_days_left\{domain="short.example.com"\} 0\.000/m)
})
