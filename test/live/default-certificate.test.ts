// The certificate for clients that ask for no name, or one nobody has: whose it is, how it changes without a reload, and what stands in for it.
import { X509Certificate } from 'node:crypto'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { waitFor } from '../../src/io/deadline.ts'
import { askTls, type MadeCertificate, makeCertificate, shakeHands } from './kit/certificates.ts'
import { type Daemon, Daemons } from './kit/daemon.ts'
import { findFreePort } from './kit/free-port.ts'
import { startOrigins } from './kit/origin.ts'
import { ask } from './kit/prober.ts'
import { TlsLine } from './kit/tls-server.ts'
import { EchoServer } from './kit/tunnels.ts'

const daemons = new Daemons()
const [origin] = await startOrigins('a')
const echo = await new EchoServer().listen()
let daemon: Daemon
let folder: string
let [httpPort, tlsPort] = [0, 0]
const made: Record<string, MadeCertificate> = {}
const at = (name: string) => join(folder, `${name}.pem`)

beforeAll(async () => {
  folder = await daemons.folder()
  daemon = await daemons.start()
  httpPort = await findFreePort()
  tlsPort = await findFreePort()
  for (const name of ['one', 'two', 'three']) {
    made[name] = await makeCertificate([`${name}.test`])
    await writeFile(at(name), made[name].pem)
    expect((await put(name)).status).toBe(201)
  }
})
afterAll(async () => {
  await daemons.close()
  origin?.close()
  echo.close()
})

/** A busy machine may take longer to read a new file than an answer waits for it. */
async function put(name: string, tls: object = {}, more: object = {}) {
  const answer = await putOnce(name, tls, more)
  const isUnread = async () => (await messagesOf(name)).join().includes('has not been read yet')
  if (answer.status < 300)
    await waitFor(async () => !(await isUnread()), { timeoutMs: 60_000, what: `the file of ${name}` })
  return answer
}

function putOnce(name: string, tls: object, more: object) {
  const spec = {
    port: httpPort,
    tls: { port: tlsPort, certificateFile: at(name), ...tls },
    routes: [{ match: { host: `${name}.test` }, backends: [{ target: origin!.target }] }],
    ...more,
  }
  return daemon.ask('PUT', `/v1/load-balancers/${name}`, { spec })
}

const sha1 = ({ certificate }: MadeCertificate) => new X509Certificate(certificate).fingerprint.replaceAll(':', '')
const reloads = async () => (await daemon.ask('GET', '/v1/nodes')).body.items[0].haproxy.reloads
const statusOf = async (name: string) => (await daemon.ask('GET', `/v1/load-balancers/${name}`)).body.status
const messagesOf = async (name: string): Promise<string[]> =>
  (await statusOf(name)).problems.map(({ message }: { message: string }) => message)

/** Whose certificate a client gets that asks for `servername`; for none where it is empty. */
async function seenFor(servername: string, port = tlsPort): Promise<string | undefined> {
  const { fingerprint, error } = await shakeHands(port, servername)
  if (fingerprint === undefined) return error
  const own = new X509Certificate(await readFile(join(daemon.stateDir, 'certificates/_default.pem')))
  if (fingerprint === own.fingerprint.replaceAll(':', '')) return 'self-signed'
  return Object.keys(made).find((name) => sha1(made[name]!) === fingerprint) ?? 'another'
}

/** Does it while clients without a name shake hands; answers what they saw, each once in this order. */
async function underLoad(work: () => Promise<void>): Promise<string[]> {
  const seen: string[] = []
  let isOver = false
  const client = async () => {
    while (!isOver) {
      const one = (await seenFor('')) ?? 'nothing'
      if (seen.at(-1) !== one) seen.push(one)
    }
  }
  const clients = [client(), client()]
  await work()
  isOver = true
  await Promise.all(clients)
  return [...new Set(seen)]
}

test('the oldest answers who asks for no name or an unknown one; requests go by their Host as ever', async () => {
  expect(await Promise.all(['', 'nobody.test', 'two.test', 'three.test'].map((name) => seenFor(name)))).toEqual([
    'one',
    'one',
    'two',
    'three',
  ])
  const host = (name: string) => ({ headers: { host: `${name}.test` } })
  expect((await askTls(tlsPort, '', host('two'))).status).toBe(200)
  expect((await askTls(tlsPort, 'nobody.test', host('nobody'))).status).toBe(404)
  expect([(await statusOf('one')).tls.default, (await statusOf('two')).tls.default]).toEqual([true, false])
  expect(await daemon.must('lb', 'tls', 'get', 'one')).toContain('default for clients that ask for no name')
})

test('who asks for it has it, of two the older one; it moves in the running process, and no handshake fails', async () => {
  const before = await reloads()
  const seen = await underLoad(async () => {
    const asked = await put('three', { default: true })
    expect([asked.status, asked.body.status.lastApply.because]).toEqual([200, []])
    expect(await seenFor('')).toBe('three')
    expect((await put('two', { default: true })).status).toBe(200)
    expect(await seenFor('nobody.test')).toBe('two')
    expect(await messagesOf('three')).toEqual([
      `the certificate of load balancer two, which is older and asks for it too, is the default on 0.0.0.0:${tlsPort}; take default out of one of them, or use another port`,
    ])
    expect([await messagesOf('two'), (await statusOf('three')).state]).toEqual([[], 'Running'])
    // Renewed, it is the default still.
    made['two'] = await makeCertificate(['two.test'])
    await writeFile(at('two'), made['two'].pem)
    await waitFor(async () => (await seenFor('two.test')) === 'two', { timeoutMs: 60_000, what: 'the renewed one' })
    expect(await seenFor('')).toBe('two')
    await put('two', { default: false })
    expect([await seenFor(''), await messagesOf('three')]).toEqual(['three', []])
    await put('three')
    expect(await seenFor('')).toBe('one')
  })
  expect(seen.filter((one) => !['one', 'two', 'three', 'another'].includes(one))).toEqual([])
  expect(seen).toEqual(expect.arrayContaining(['one', 'two', 'three']))
  expect(await reloads()).toBe(before)
})

test('when the oldest goes the next one answers, and ours where no other wants to, without a reload', async () => {
  const before = await reloads()
  const seen = await underLoad(async () => {
    await daemon.ask('DELETE', '/v1/load-balancers/one')
    expect(await seenFor('one.test')).toBe('three')
  })
  // Two wants not to be it.
  expect([seen, await reloads()]).toEqual([['one', 'three'], before])
  await daemon.ask('DELETE', '/v1/load-balancers/three')
  expect([await seenFor(''), await seenFor('two.test'), await reloads()]).toEqual(['self-signed', 'two', before])
  // A reload would read these files.
  expect((await daemon.must('haproxy', 'check')).trim()).toContain('valid')
})

test('strictSni refuses unknown names, as a port does that asks clients for certificates', async () => {
  const [plain, port] = [await findFreePort(), await findFreePort()]
  const refused = 'ERR_SSL_TLSV1_UNRECOGNIZED_NAME'
  const all = () => Promise.all(['', 'nobody.test', 'one.test'].map((name) => seenFor(name, port)))
  expect((await put('one', { port, strictSni: true }, { port: plain })).status).toBe(201)
  expect(await all()).toEqual([refused, refused, 'one'])
  const clash = await put('three', { port, default: true }, { port: plain })
  expect([clash.status, clash.body.error]).toEqual([
    409,
    expect.stringContaining('and refuses names that nobody serves (strictSni or clientCa)'),
  ])
  const opened = await put('one', { port }, { port: plain })
  expect(opened.body.status.lastApply.because).toEqual([`changed listener 0.0.0.0:${port} (tls)`])
  expect(await all()).toEqual(['one', 'one', 'one'])
  await writeFile(at('ca'), (await makeCertificate([], { isAuthority: true })).certificate)
  expect((await put('three', { port, clientCa: at('ca') }, { port: plain })).status).toBe(201)
  expect(await all()).toEqual([refused, refused, 'one'])
  const both = await put('one', { default: true, strictSni: true })
  expect([both.status, both.body.error]).toEqual([422, expect.stringContaining('stands beside strictSni')])
})

test('a domain without a certificate: https is self-signed and http is not sent there; a port of tcp changes its key', async () => {
  const [plain, port] = [await findFreePort(), await findFreePort()]
  const named = await put('named', { port, certificateFile: undefined, domain: 'named.test' }, { port: plain })
  expect([named.status, named.body.status.problems[0].message]).toEqual([
    201,
    expect.stringContaining('https answers with a self-signed one, and http is not sent there'),
  ])
  expect([await seenFor('named.test', port), (await ask(plain, { headers: { host: 'named.test' } })).status]).toEqual([
    'self-signed',
    200,
  ])
  expect((await askTls(port, 'named.test')).status).toBe(200)
  const own = join(daemon.stateDir, 'certificates/_default.pem')
  expect(new X509Certificate(await readFile(own)).subject).toBe('CN=Fairlead default certificate')
  expect((await stat(own)).mode & 0o777).toBe(0o600)
  expect(await daemon.must('cert', 'list')).not.toContain('default')
  const spec = { type: 'tcp', port: await findFreePort(), backends: [{ target: echo.tcpTarget }] }
  const tls = { certificateFile: at('db') }
  made['db'] = await makeCertificate(['db.test'], { keyType: 'rsa' })
  await writeFile(at('db'), made['db'].pem)
  expect((await daemon.ask('PUT', '/v1/load-balancers/db', { spec: { ...spec, tls } })).status).toBe(201)
  expect(await seenFor('', spec.port)).toBe('db')
  const before = await reloads()
  // Another type of key under the same name.
  made['db'] = await makeCertificate(['db.test'])
  await writeFile(at('db'), made['db'].pem)
  await waitFor(async () => (await seenFor('', spec.port)) === 'db', { timeoutMs: 60_000, what: 'the other key' })
  const client = new TlsLine(spec.port, null)
  expect([await client.say('hello'), await reloads()]).toEqual(['hello', before])
  client.end()
})

test('the command line asks for it', async () => {
  const flags = ['--port', String(tlsPort), '--certificate-file', at('two'), '--default']
  expect(await daemon.must('lb', 'tls', 'set', 'two', ...flags)).toContain('no reload')
  expect(await seenFor('')).toBe('two')
})
