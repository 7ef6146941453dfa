// Clients that prove by a certificate who they are: asked in the handshake, held against every request, told to servers.
import { rm, writeFile } from 'node:fs/promises'
import { connect as connectHttp2 } from 'node:http2'
import { Agent } from 'node:https'
import { join } from 'node:path'
import { type ConnectionOptions, connect } from 'node:tls'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { waitFor } from '../../src/io/deadline.ts'
import { request } from '../../src/io/line-socket.ts'
import { askTls, type MadeCertificate, makeCertificate, shakeHands } from './kit/certificates.ts'
import { type Daemon, Daemons, findHaproxies } from './kit/daemon.ts'
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
let [ours, theirs, client, stranger]: MadeCertificate[] = []
const at = (name: string) => join(folder, name)

beforeAll(async () => {
  folder = await daemons.folder()
  daemon = await daemons.start()
  httpPort = await findFreePort()
  tlsPort = await findFreePort()
  // Of one name, so that only the key tells them apart.
  ours = await makeCertificate([], { isAuthority: true })
  theirs = await makeCertificate([], { isAuthority: true })
  client = await makeCertificate([], { by: ours, subject: '/CN=alice, the "admin"' })
  stranger = await makeCertificate([], { by: theirs, subject: '/CN=alice, the "admin"' })
  await writeFile(at('ca.pem'), ours!.certificate)
  await writeFile(at('their-ca.pem'), theirs!.certificate)
  for (const name of ['open', 'guarded', 'asked', 'more'])
    await writeFile(at(`${name}.pem`), (await makeCertificate([`${name}.test`, `*.${name}.test`])).pem)
  expect((await put('open', {})).status).toBe(201)
  const first = await put('guarded', { clientCa: at('ca.pem') })
  expect([first.body.error, first.body.status?.lastApply.reload]).toEqual([undefined, true])
})
afterAll(async () => {
  await daemons.close()
  origin?.close()
  echo.close()
})

/** A busy machine may take longer to read a new file than an answer waits for it. */
async function put(name: string, tls: object, more: object = {}) {
  for (let tries = 0; ; tries++) {
    const answer = await putOnce(name, tls, more)
    if (tries === 5 || !String(answer.body.error).includes('has not been read yet')) return answer
  }
}

function putOnce(name: string, tls: object, more: object) {
  const spec = {
    port: httpPort,
    tls: { port: tlsPort, certificateFile: at(`${name}.pem`), ...tls },
    routes: [{ match: { host: `${name}.test` }, backends: [{ target: origin!.target }] }],
    ...more,
  }
  return daemon.ask('PUT', `/v1/load-balancers/${name}`, { spec })
}
const as = (one: MadeCertificate | undefined) => (one ? { cert: one.certificate, key: one.key } : {})
const told = (answer: { body: string }) => JSON.parse(answer.body).headers
const reloads = async () => (await daemon.ask('GET', '/v1/nodes')).body.items[0].haproxy.reloads
const type = (command: string) => request(join(daemon.stateDir, 'run/worker.sock'), command, { timeoutMs: 5000 })
const reload = async () => {
  const spec = { port: await findFreePort(), backends: [{ target: origin!.target }] }
  expect((await daemon.ask('PUT', '/v1/load-balancers/reloads', { spec })).body.status.lastApply.reload).toBe(true)
}

test('only a client with a certificate of the CA comes in, and the server is told whose it is, by HAProxy alone', async () => {
  expect((await askTls(tlsPort, 'guarded.test')).status).toBe(0)
  expect((await askTls(tlsPort, 'guarded.test', as(stranger))).status).toBe(0)
  const headers = { 'x-client-cert-subject': 'CN=root', 'X-Client-Cert-Verified': 'true', 'x-client-cert-other': '1' }
  const answer = await askTls(tlsPort, 'guarded.test', { ...as(client), headers })
  expect(answer.status).toBe(200)
  expect(told(answer)).toMatchObject({
    'x-client-cert-verified': 'true',
    'x-client-cert-subject': 'CN=alice\\, the \\"admin\\"',
  })
  expect(told(answer)).not.toHaveProperty('x-client-cert-other')
  // Others on the port ask nobody, and what their clients say of certificates goes too.
  const open = await askTls(tlsPort, 'open.test', { headers })
  expect([open.status, told(open)]).toEqual([200, expect.not.objectContaining({ 'x-client-cert-subject': 'CN=root' })])
  expect(told(open)['x-client-cert-verified']).toBe('false')
})

test('over http nobody comes in', async () => {
  const answer = await ask(httpPort, { headers: { host: 'guarded.test', 'x-client-cert-verified': 'true' } })
  expect([answer.status, answer.headers['location']]).toEqual([301, `https://guarded.test:${tlsPort}/`])
  const refused = await put('guarded', { clientCa: at('ca.pem'), redirect: false })
  expect([refused.status, refused.body.error]).toEqual([422, expect.stringContaining('spec.tls.redirect: would let')])
})

test('a connection for another host does not carry requests past the certificate', async () => {
  const headers = { host: 'guarded.test', 'x-client-cert-verified': 'true' }
  expect((await askTls(tlsPort, 'open.test', { headers })).status).toBe(421)
  expect((await askTls(tlsPort, 'open.test', { headers, ...as(client) })).status).toBe(421)
  const session = connectHttp2(`https://127.0.0.1:${tlsPort}`, { servername: 'open.test', rejectUnauthorized: false })
  const ask2 = (host: string) =>
    new Promise<number>((resolve, reject) => {
      const stream = session.request({ ':authority': host, 'x-client-cert-verified': 'true' })
      stream.on('response', (answer) => resolve(answer[':status'] ?? 0)).on('error', reject)
      stream.resume().end()
    })
  expect([
    await ask2('open.test'),
    await ask2('guarded.test'),
    await ask2('GUARDED.test'),
    await ask2('open.test'),
  ]).toEqual([200, 421, 421, 200])
  session.close()
})

/** A request on a TLS session that was begun for another name, or on another port. */
async function resume(from: { port: number; name: string }, to: typeof from, host: string, options: ConnectionOptions) {
  const begun = connect({
    host: '127.0.0.1',
    rejectUnauthorized: false,
    ...options,
    port: from.port,
    servername: from.name,
  })
  const session = await new Promise<Buffer>((resolve, reject) => {
    begun.once('session', resolve).once('error', reject)
    // Without tickets there may be no session that is worth an event.
    if (options.maxVersion) begun.once('data', () => resolve(begun.getSession() ?? Buffer.alloc(0)))
    begun.once('secureConnect', () => begun.write(`GET / HTTP/1.1\r\nHost: ${from.name}\r\n\r\n`))
  })
  begun.destroy()
  const version = options.maxVersion ? { maxVersion: options.maxVersion } : {}
  // It is worth something where it comes from, or it would prove nothing that it is worth nothing elsewhere.
  if (options.secureOptions === undefined) expect(await isResumed(from, { ...options, session })).toBe(true)
  return askTls(to.port, to.name, { headers: { host }, ...version, ...{ session } })
}

function isResumed({ port, name }: { port: number; name: string }, options: ConnectionOptions): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const again = connect({ host: '127.0.0.1', rejectUnauthorized: false, ...options, port, servername: name })
    again.once('error', reject)
    again.once('secureConnect', () => {
      resolve(again.isSessionReused())
      again.destroy()
    })
  })
}

test.for([undefined, 'TLSv1.2'] as const)(
  'a TLS session of another name or port is no way in (%s)',
  async (maxVersion) => {
    const version = maxVersion ? { maxVersion } : {}
    const guarded = { port: tlsPort, name: 'guarded.test' }
    expect((await resume({ port: tlsPort, name: 'open.test' }, guarded, 'guarded.test', version)).status).not.toBe(200)
    // Another port of the same name, with other CAs, whose sessions are not known here.
    const other = await findFreePort()
    const spec = {
      port: await findFreePort(),
      tls: { port: other, certificateFile: at('guarded.pem'), clientCa: at('their-ca.pem') },
      backends: [{ target: origin!.target }],
    }
    expect((await daemon.ask('PUT', '/v1/load-balancers/other', { spec })).status).toBeLessThan(300)
    const secureOptions = 0x4000 // SSL_OP_NO_TICKET
    for (const more of [{}, ...(maxVersion ? [{ secureOptions }] : [])]) {
      const options = { ...version, ...as(stranger), ...more }
      expect((await askTls(other, 'guarded.test', options)).status).toBe(200)
      expect((await resume({ port: other, name: 'guarded.test' }, guarded, 'guarded.test', options)).status).not.toBe(
        200,
      )
    }
  },
)

test('where it is optional servers are told that there is none', async () => {
  const before = await reloads()
  const added = await put('asked', { clientCa: at('ca.pem'), clientCertificate: 'optional' })
  expect(added.status).toBe(201)
  const none = await askTls(tlsPort, 'asked.test')
  expect([none.status, told(none)['x-client-cert-verified'], told(none)['x-client-cert-subject']]).toEqual([
    200,
    'false',
    undefined,
  ])
  expect(told(await askTls(tlsPort, 'asked.test', as(client)))['x-client-cert-verified']).toBe('true')
  expect((await askTls(tlsPort, 'asked.test', as(stranger))).status).toBe(0)
  expect((await askTls(tlsPort, 'open.test', { headers: { host: 'asked.test' } })).status).toBe(421)
  expect((await reloads()) - before).toBeLessThanOrEqual(1)
})

test('a second load balancer of a kind comes and goes without a reload; CAs and certificates are followed; what is broken keeps the last good ones', async () => {
  const before = await reloads()
  expect((await put('more', { clientCa: at('ca.pem') })).body.status.lastApply.because).toEqual([])
  await daemon.ask('DELETE', '/v1/load-balancers/more')
  expect((await put('more', { clientCa: at('ca.pem') })).body.status.lastApply.because).toEqual([])
  expect(await reloads()).toBe(before)
  const enter = async (name: string, one: MadeCertificate | undefined) =>
    (await askTls(tlsPort, `${name}.test`, as(one))).status
  expect([await enter('more', client), await enter('more', undefined), await enter('more', stranger)]).toEqual([
    200, 0, 0,
  ])
  await writeFile(at('ca.pem'), `${ours!.certificate}${theirs!.certificate}`)
  const isIn = async () => (await enter('more', stranger)) === 200 && (await enter('guarded', stranger)) === 200
  await waitFor(isIn, { timeoutMs: 60_000, what: 'the second CA to be known' })
  await writeFile(at('ca.pem'), client!.certificate)
  const problems = async () => JSON.stringify((await daemon.ask('GET', '/v1/load-balancers/more')).body.status.problems)
  const isTold = async () => (await problems()).includes("that is no CA's")
  await waitFor(isTold, { timeoutMs: 60_000, what: 'the trouble to be told' })
  expect([await enter('more', client), await enter('more', stranger), await enter('more', undefined)]).toEqual([
    200, 200, 0,
  ])
  await writeFile(at('ca.pem'), ours!.certificate)
  await waitFor(async () => (await enter('more', stranger)) === 0, {
    timeoutMs: 60_000,
    what: 'the second CA to be gone',
  })
  expect(await enter('more', client)).toBe(200)
  // Whatever somebody changes by hand is put right.
  const file = `certs/more.ecdsa.0.0.0.0_${tlsPort}.clients.pem`
  await type(`set ssl ca-file ${file} <<\n${theirs!.certificate}`)
  expect(await type(`commit ssl ca-file ${file}`)).toContain('Success!')
  await waitFor(async () => (await enter('more', client)) === 200 && (await enter('more', stranger)) === 0, {
    timeoutMs: 60_000,
    what: 'the CA to be put right',
  })
  const fingerprint = async () => (await shakeHands(tlsPort, 'more.test', as(client))).fingerprint
  for (let round = 0; round < 3; round++) {
    const seen = await fingerprint()
    await writeFile(at('more.pem'), (await makeCertificate(['more.test'])).pem)
    await waitFor(async () => (await fingerprint()) !== seen, { timeoutMs: 60_000, what: 'the new certificate' })
  }
  await daemon.ask('DELETE', '/v1/load-balancers/more')
  expect(await type('show ssl ca-file')).not.toContain('more')
  expect((await askTls(tlsPort, 'more.test', as(client))).status).toBe(0)
})

test('what is wrong is refused in one sentence', async () => {
  const refusal = async (tls: object) => (await put('more', tls)).body.error
  expect(await refusal({ clientCa: at('their-ca.pem') })).toContain(
    `with clientCa ${at('ca.pem')}; a shared port has one`,
  )
  const port = await findFreePort()
  expect(await refusal({ port, clientCa: at('missing.pem') })).toContain('there is no such file on this node')
  await writeFile(at('text.pem'), 'hello')
  expect(await refusal({ port, clientCa: at('text.pem') })).toContain('it holds no certificate')
  expect(await refusal({ port, clientCa: at('guarded.pem') })).toContain('give the CA')
  expect(await refusal({ clientCertificate: 'optional' })).toContain('needs clientCa')
  expect(await refusal({ clientCa: at('ca.pem'), certificateFile: undefined })).toContain(
    'needs a certificate to serve',
  )
  // All its names, one of which somebody serves to clients he asks.
  expect(await refusal({ certificateFile: at('guarded.pem') })).toContain('with other clientCa or clientCertificate')
  const dropped = await daemon.ask('PUT', '/v1/load-balancers/guarded/tls', { certificateFile: at('guarded.pem') })
  expect([dropped.status, dropped.body.error]).toEqual([422, expect.stringContaining('would let clients in without')])
})

test('a kept connection keeps its certificate over a reload, and nobody gains one', async () => {
  const agents = [as(client), {}].map((options) => new Agent({ keepAlive: true, maxSockets: 1, ...options }))
  const headers = { 'x-client-cert-verified': 'true', 'x-client-cert-subject': 'CN=root' }
  const guarded = () => askTls(tlsPort, 'guarded.test', { agent: agents[0]!, headers })
  const open = (host: string) => askTls(tlsPort, 'open.test', { agent: agents[1]!, headers: { ...headers, host } })
  expect([(await guarded()).status, (await open('open.test')).status]).toEqual([200, 200])
  await reload()
  const answer = await guarded()
  expect([answer.status, answer.headers['connection'], told(answer)['x-client-cert-subject']]).toEqual([
    200,
    'close',
    'CN=alice\\, the \\"admin\\"',
  ])
  expect((await open('guarded.test')).status).toBe(421)
  for (const agent of agents) agent.destroy()
  // A worker that asked nobody yet leaves clients' own words in.
  await daemon.ask('DELETE', '/v1/load-balancers/guarded')
  await daemon.ask('DELETE', '/v1/load-balancers/asked')
  const early = new Agent({ keepAlive: true, maxSockets: 1 })
  const spoof = (host: string) => askTls(tlsPort, 'open.test', { agent: early, headers: { ...headers, host } })
  expect((await spoof('open.test')).status).toBe(200)
  expect((await put('guarded', { clientCa: at('ca.pem') })).body.status.lastApply.reload).toBe(true)
  expect((await spoof('guarded.test')).status).toBe(421)
  early.destroy()
})

test('a restarted daemon and a new HAProxy ask as before, also when the file is gone by then', async () => {
  await daemon.kill()
  await rm(at('ca.pem'))
  daemon = await daemons.start({ stateDir: daemon.stateDir, api: daemon.api })
  const states = async () => [
    (await askTls(tlsPort, 'guarded.test', as(client))).status,
    (await askTls(tlsPort, 'guarded.test', as(stranger))).status,
    (await askTls(tlsPort, 'open.test', { headers: { host: 'guarded.test' } })).status,
  ]
  expect(await states()).toEqual([200, 0, 421])
  for (const one of await findHaproxies(daemon.stateDir)) process.kill(one, 'SIGKILL')
  await waitFor(async () => (await states())[0] === 200, { timeoutMs: 60_000, what: 'HAProxy to be back' })
  expect(await states()).toEqual([200, 0, 421])
  await writeFile(at('ca.pem'), ours!.certificate)
})

test('of tcp too', async () => {
  const port = await findFreePort()
  const tls = { certificateFile: at('open.pem'), clientCa: at('ca.pem') }
  const spec = { type: 'tcp', port, tls, backends: [{ target: echo.tcpTarget }] }
  expect((await daemon.ask('PUT', '/v1/load-balancers/db', { spec })).status).toBe(201)
  const say = (options: ConnectionOptions) => new TlsLine(port, null, options).say('hello')
  expect([await say(as(client)), await say(as(stranger)), await say({})]).toEqual(['hello', null, null])
})
