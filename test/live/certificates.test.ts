// Certificates that come, change and go in the running process, with real handshakes: none is refused, and nothing reloads.
import { X509Certificate } from 'node:crypto'
import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { Agent } from 'node:https'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { waitFor } from '../../src/io/deadline.ts'
import { request } from '../../src/io/line-socket.ts'
import { askTls, type MadeCertificate, makeCertificate, shakeHands } from './kit/certificates.ts'
import { type Daemon, Daemons, findHaproxies } from './kit/daemon.ts'
import { findFreePort } from './kit/free-port.ts'
import { startOrigins } from './kit/origin.ts'
import { ask } from './kit/prober.ts'

const daemons = new Daemons()
const [origin] = await startOrigins('a')
let daemon: Daemon
let folder: string
let httpPort: number
let tlsPort: number

beforeAll(async () => {
  folder = await daemons.folder()
  daemon = await daemons.start()
  httpPort = await findFreePort()
  tlsPort = await findFreePort()
  // Takes both ports, so that nothing after it needs a reload.
  await keep('base', await makeCertificate(['base.test']))
  expect((await put('base', { certificate: 'base' })).status).toBe(201)
})
afterAll(async () => {
  await daemons.close()
  origin?.close()
})

/** A load balancer of its own host on the shared ports. */
function put(name: string, tls: object, host = `${name}.test`) {
  const spec = {
    port: httpPort,
    tls: { port: tlsPort, ...tls },
    routes: [{ match: { host }, backends: [{ target: origin!.target }] }],
  }
  return daemon.ask('PUT', `/v1/load-balancers/${name}`, { spec })
}

function keep(name: string, { certificate, key }: MadeCertificate) {
  return daemon.ask('PUT', `/v1/certificates/${name}`, { certificate, key })
}

const sha1 = ({ certificate }: MadeCertificate) => new X509Certificate(certificate).fingerprint.replaceAll(':', '')
const seenFor = async (name: string) => (await shakeHands(tlsPort, name)).fingerprint
const reloads = async () => (await daemon.ask('GET', '/v1/nodes')).body.items[0].haproxy.reloads
const type = (command: string) => request(join(daemon.stateDir, 'run/worker.sock'), command, { timeoutMs: 5000 })
const listPath = () => `certs/0.0.0.0_${tlsPort}.list`
const statusOf = async (name: string) => (await daemon.ask('GET', `/v1/load-balancers/${name}`)).body.status
const waitUntilSeen = (name: string, made: MadeCertificate) =>
  waitFor(async () => (await seenFor(name)) === sha1(made), {
    timeoutMs: 60_000,
    intervalMs: 50,
    what: `the certificate of ${name}`,
  })

test('a stored certificate is served over HTTP/2 and HTTP/1.1; http is sent to https, whatever the method', async () => {
  const hands = await shakeHands(tlsPort, 'base.test')
  expect(hands).toMatchObject({ protocol: 'h2', version: 'TLSv1.3' })
  expect((await shakeHands(tlsPort, 'base.test', { ALPNProtocols: ['http/1.1'] })).protocol).toBe('http/1.1')
  expect((await shakeHands(tlsPort, 'base.test', { maxVersion: 'TLSv1.1', minVersion: 'TLSv1' })).error).toBeDefined()
  const answer = await askTls(tlsPort, 'base.test')
  expect([answer.status, JSON.parse(answer.body).headers['x-forwarded-proto']]).toEqual([200, 'https'])
  for (const [method, status] of [
    ['GET', 301],
    ['HEAD', 301],
    ['POST', 308],
    ['DELETE', 308],
  ] as const) {
    const redirect = await ask(httpPort, { method, path: '/x/y?z=1', headers: { host: `base.test:${httpPort}` } })
    expect([redirect.status, redirect.headers['location']]).toEqual([status, `https://base.test:${tlsPort}/x/y?z=1`])
  }
  expect((await statusOf('base')).tls).toMatchObject({
    domains: ['base.test'],
    source: 'certificate base',
    lastError: null,
  })
})

test('who asks for a name nobody serves gets the certificate of the oldest', async () => {
  expect(await seenFor('nobody.test')).toBe(await seenFor('base.test'))
})

test('certificates come, are replaced and go without a reload, while handshakes and requests go on', async () => {
  const before = await reloads()
  let isOver = false
  const failures: string[] = []
  let count = 0
  const client = async () => {
    while (!isOver) {
      const answer = await askTls(tlsPort, 'base.test')
      count++
      if (answer.status !== 200) failures.push(answer.error ?? String(answer.status))
    }
  }
  const clients = [client(), client()]
  for (let round = 0; round < 6; round++) {
    const [first, second] = [await makeCertificate([`r${round}.test`]), await makeCertificate([`r${round}.test`])]
    expect((await keep(`r${round}`, first)).status).toBe(201)
    const added = await put(`r${round}`, { certificate: `r${round}` })
    expect([added.status, added.body.status.lastApply.because]).toEqual([201, []])
    expect(await seenFor(`r${round}.test`)).toBe(sha1(first))
    const replaced = await keep(`r${round}`, second)
    expect([replaced.status, replaced.body.usedBy]).toEqual([200, [`r${round}`]])
    expect(await seenFor(`r${round}.test`)).toBe(sha1(second))
    expect((await keep('base', await makeCertificate(['base.test', `*.w${round}.test`]))).status).toBe(200)
    expect(await seenFor(`x.w${round}.test`)).toBeDefined()
  }
  for (let round = 0; round < 3; round++) {
    const gone = await daemon.ask('DELETE', `/v1/load-balancers/r${round}`)
    expect([gone.status, gone.body.lastApply?.reload ?? false]).toEqual([200, false])
    expect(await seenFor(`r${round}.test`)).toBe(await seenFor('base.test'))
    expect((await daemon.ask('DELETE', `/v1/certificates/r${round}`)).status).toBe(200)
  }
  isOver = true
  await Promise.all(clients)
  expect(failures).toEqual([])
  expect(count).toBeGreaterThan(20)
  expect(await reloads()).toBe(before)
})

test('RSA and ECDSA for one name are both served', async () => {
  const [rsa, ec] = [await makeCertificate(['both.test'], { keyType: 'rsa' }), await makeCertificate(['both.test'])]
  const kept = await daemon.ask('PUT', '/v1/certificates/both', { certificate: rsa.pem + ec.pem })
  expect(kept.body.keys.map(({ keyType }: { keyType: string }) => keyType)).toEqual(['rsa', 'ecdsa'])
  expect((await put('both', { certificate: 'both' })).status).toBe(201)
  const seen = async (sigalgs: string) =>
    (await shakeHands(tlsPort, 'both.test', { sigalgs, maxVersion: 'TLSv1.2' })).fingerprint
  expect(await seen('RSA+SHA256:RSA-PSS+SHA256')).toBe(sha1(rsa))
  expect(await seen('ECDSA+SHA256')).toBe(sha1(ec))
})

test('a file is followed; what is broken or half-written keeps the last good one, and is told', async () => {
  const path = join(folder, 'followed.pem')
  const [first, second] = [await makeCertificate(['followed.test']), await makeCertificate(['followed.test'])]
  await writeFile(path, first.pem)
  const added = await put('followed', { certificateFile: path })
  expect([added.status, added.body.status.lastApply.because]).toEqual([201, []])
  const before = await reloads()
  await writeFile(path, second.pem.slice(0, 400))
  const isTold = async () => (await statusOf('followed')).tls.lastError !== null
  await waitFor(isTold, { timeoutMs: 60_000, what: 'the trouble to be told' })
  expect(await seenFor('followed.test')).toBe(sha1(first))
  expect((await statusOf('followed')).state).toBe('Running')
  await writeFile(path, second.pem)
  await waitUntilSeen('followed.test', second)
  await waitFor(async () => !(await isTold()), { timeoutMs: 60_000, what: 'the trouble to be over' })
  await rm(path)
  await waitFor(isTold, { timeoutMs: 60_000, what: 'the missing file to be told' })
  expect((await statusOf('followed')).problems[0].message).toContain('there is no such file on this node')
  expect(await seenFor('followed.test')).toBe(sha1(second))
  expect(await reloads()).toBe(before)
})

test('a certificate HAProxy cannot use is not given to it', async ({ skip }) => {
  const authority = await makeCertificate([], { isAuthority: true })
  const [good, weak] = [
    await makeCertificate(['weak.test'], { by: authority }),
    await makeCertificate(['weak.test'], { by: authority, isWeak: true }),
  ]
  const refused = await keep('weak', weak)
  skip(refused.status === 201, 'the OpenSSL of this HAProxy takes SHA-1')
  expect([refused.status, refused.body.error]).toEqual([422, expect.stringContaining('HAProxy cannot use it')])
  const path = join(folder, 'weak.pem')
  await writeFile(path, good.pem)
  expect((await put('weak', { certificateFile: path })).status).toBe(201)
  const before = await reloads()
  await writeFile(path, weak.pem)
  const isTold = async () => (await statusOf('weak')).tls.lastError?.includes('HAProxy cannot use it') ?? false
  await waitFor(isTold, { timeoutMs: 60_000, what: 'the refusal to be told' })
  expect([await seenFor('weak.test'), await reloads()]).toEqual([sha1(good), before])
})

test('what is wrong is refused in one sentence, and nothing changes', async () => {
  const [one, other] = [await makeCertificate(['one.test']), await makeCertificate(['other.test'])]
  const wrong = await daemon.ask('POST', '/v1/certificates', {
    name: 'wrong',
    certificate: one.certificate,
    key: other.key,
  })
  expect(wrong.status).toBe(422)
  expect(wrong.body.error).toBe(
    'certificate: its private key does not belong to its certificate (CN=one.test); give the key that the certificate was made for',
  )
  expect((await daemon.ask('GET', '/v1/certificates/wrong')).status).toBe(404)
  const missing = await put('missing', { certificateFile: join(folder, 'missing.pem') })
  expect([missing.status, missing.body.error]).toEqual([
    422,
    expect.stringContaining('there is no such file on this node'),
  ])
  const unknown = await put('missing', { certificate: 'bsae' })
  expect([unknown.status, unknown.body.error]).toEqual([422, expect.stringContaining('there is no certificate bsae')])
  const used = await daemon.ask('DELETE', '/v1/certificates/base')
  expect([used.status, used.body.error]).toEqual([409, 'certificate base is used by base; give them another one first'])
  await keep('taken', await makeCertificate(['base.test']))
  const taken = await put('taken', { certificate: 'taken' })
  expect([taken.status, taken.body.error]).toEqual([
    409,
    expect.stringContaining('the name base.test of its certificate is served by load balancer base'),
  ])
  const older = await put('older', { certificate: 'base', minVersion: '1.3' })
  expect(older.status).toBe(201)
  expect((await put('newer', { certificate: 'base', minVersion: '1.2' })).status).toBe(409)
  await daemon.ask('DELETE', '/v1/load-balancers/older')
})

test('whatever somebody changes by hand is put right', async () => {
  const names = ['drift', 'unlisted', 'forgotten']
  const all = await Promise.all(names.map((name) => makeCertificate([`${name}.test`])))
  for (const [index, name] of names.entries()) {
    await keep(name, all[index]!)
    expect((await put(name, { certificate: name })).status).toBe(201)
  }
  const before = await reloads()
  const fileOf = (name: string) => `certs/${name}.ecdsa.0.0.0.0_${tlsPort}.pem`
  const other = await makeCertificate(['drift.test'])
  await type(`set ssl cert ${fileOf('drift')} <<\n${other.pem}`)
  expect(await type(`commit ssl cert ${fileOf('drift')}`)).toContain('Success!')
  for (const name of ['unlisted', 'forgotten'])
    expect(await type(`del ssl crt-list ${listPath()} ${fileOf(name)}`)).toContain('deleted')
  expect(await type(`del ssl cert ${fileOf('forgotten')}`)).toContain('deleted')
  const byDefault = `certs/default.0.0.0.0_${tlsPort}.pem`
  await type(`set ssl cert ${byDefault} <<\n${other.pem}`)
  expect(await type(`commit ssl cert ${byDefault}`)).toContain('Success!')
  expect(await seenFor('nobody.test')).toBe(sha1(other))
  await type('new ssl cert /stray.pem')
  await type(`set ssl cert /stray.pem <<\n${other.pem}`)
  await type('commit ssl cert /stray.pem')
  expect(await type(`add ssl crt-list ${listPath()} /stray.pem`)).toContain('Success!')
  const isThere = async () => (await type(`show ssl crt-list ${listPath()}`)).includes('/stray.pem')
  await waitFor(async () => !(await isThere()), { timeoutMs: 60_000, what: 'the stray certificate to go' })
  for (const [index, name] of names.entries()) await waitUntilSeen(`${name}.test`, all[index]!)
  expect(await seenFor('nobody.test')).toBe(await seenFor('base.test'))
  expect(await reloads()).toBe(before)
})

test('a restarted daemon and a new HAProxy serve every certificate, also one whose file is broken by now', async () => {
  const path = join(folder, 'lost.pem')
  const made = await makeCertificate(['lost.test'])
  await writeFile(path, made.pem)
  expect((await put('lost', { certificateFile: path })).status).toBe(201)
  const serials = async () =>
    Promise.all(['base', 'drift', 'both', 'followed', 'lost', 'nobody'].map((name) => seenFor(`${name}.test`)))
  const before = await serials()
  expect(before).not.toContain(undefined)
  const pid = await daemon.haproxyPid()
  await daemon.kill()
  await writeFile(path, 'broken')
  daemon = await daemons.start({ stateDir: daemon.stateDir, api: daemon.api })
  expect(await serials()).toEqual(before)
  expect([await daemon.haproxyPid(), (await statusOf('lost')).tls.lastError]).toEqual([
    pid,
    expect.stringContaining('it holds no certificate'),
  ])
  for (const one of await findHaproxies(daemon.stateDir)) process.kill(one, 'SIGKILL')
  await waitFor(async () => !(await serials()).includes(undefined), { timeoutMs: 60_000, what: 'HAProxy to be back' })
  expect(await serials()).toEqual(before)
  expect((await daemon.must('haproxy', 'check')).trim()).toContain('valid')
})

test('clients that keep their TLS connection lose nothing when HAProxy reloads', async () => {
  const before = await reloads()
  let isOver = false
  const failures: string[] = []
  let count = 0
  const client = async (pauseMs: number) => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    while (!isOver) {
      const answer = await askTls(tlsPort, 'base.test', { agent })
      count++
      if (answer.status !== 200) failures.push(answer.error ?? String(answer.status))
      await setTimeout(pauseMs)
    }
    agent.destroy()
  }
  const clients = [5, 5, 50, 400].map(client)
  for (let round = 0; round < 4; round++) {
    const spec = { port: await findFreePort(), backends: [{ target: origin!.target }] }
    expect((await daemon.ask('PUT', '/v1/load-balancers/reloads', { spec })).body.status.lastApply.reload).toBe(true)
  }
  await daemon.ask('DELETE', '/v1/load-balancers/reloads')
  isOver = true
  await Promise.all(clients)
  expect([failures, count > 100]).toEqual([[], true])
  expect(await reloads()).toBeGreaterThanOrEqual(before + 5)
})

test('keys are in files of ours alone, and in no log, model, answer or configuration', async () => {
  const files = (await readdir(daemon.stateDir, { recursive: true, withFileTypes: true })).filter((entry) =>
    entry.isFile(),
  )
  const withKey: string[] = []
  for (const { parentPath, name } of files) {
    const path = join(parentPath, name)
    if ((await readFile(path, 'latin1')).includes('PRIVATE KEY')) withKey.push(path)
  }
  const isOurs = /\/((haproxy\/certs|certificates)\/[^/]+\.pem|acme-account\.key)$/
  expect(withKey.filter((path) => !isOurs.test(path))).toEqual([])
  expect(withKey.length).toBeGreaterThan(3)
  for (const path of withKey) expect((await stat(path)).mode & 0o777).toBe(0o600)
  expect(daemon.output).not.toContain('PRIVATE KEY')
  const answers = ['/v1/certificates', '/v1/configuration', '/v1/load-balancers', '/v1/certificates/base']
  for (const path of answers) expect(JSON.stringify((await daemon.ask('GET', path)).body)).not.toContain('PRIVATE')
})

test('the command line', async () => {
  const made = await makeCertificate(['cli.test'])
  await writeFile(join(folder, 'cli.pem'), made.certificate)
  await writeFile(join(folder, 'cli.key'), made.key)
  const add = ['cert', 'add', 'cli', '--file', join(folder, 'cli.pem'), '--key', join(folder, 'cli.key')]
  expect(await daemon.must(...add)).toMatch(/^cli: stored, for cli\.test until 20\d\d-\d\d-\d\d\n$/)
  expect(await daemon.run(add)).toMatchObject({
    code: 4,
    err: expect.stringContaining('there is a certificate cli already'),
  })
  expect(await daemon.must(...add, '--replace')).toContain('stored')
  expect(await daemon.must('cert', 'list')).toMatch(/^cli +cli\.test +ecdsa +cli\.test +\d{4}-\d\d-\d\d +- +nobody$/m)
  await daemon.must('lb', 'create', '--name', 'cli', '--port', String(httpPort), '--no-wait')
  const set = await daemon.must('lb', 'tls', 'set', 'cli', '--certificate', 'cli', '--port', String(tlsPort))
  expect(set).toContain('no reload')
  expect(await daemon.must('lb', 'tls', 'get', 'cli')).toContain('serves  cli.test')
  expect(await daemon.must('lb', 'status', 'cli')).toContain('cli.test until')
  expect(await daemon.run(['cert', 'remove', 'cli'])).toMatchObject({
    code: 4,
    err: expect.stringContaining('used by cli'),
  })
  expect(await daemon.must('lb', 'tls', 'unset', 'cli')).toContain('no reload')
  expect(await daemon.must('cert', 'remove', 'cli')).toBe('cli: removed\n')
})
