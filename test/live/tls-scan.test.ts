// What a scanner sees of our TLS ends: versions, ciphers, groups, chains, names, protocols, renegotiation, tickets.
import { X509Certificate } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type ConnectionOptions, connect, getCiphers, type TLSSocket } from 'node:tls'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { probeHaproxy } from '../../src/haproxy/find-haproxy.ts'
import { GUIDELINE_CIPHERS, GUIDELINE_SUITES } from '../../src/model/tls-guideline.ts'
import { HAPROXY } from '../render/settings.ts'
import { type MadeCertificate, makeCertificate, readSentChain } from './kit/certificates.ts'
import { type Daemon, Daemons } from './kit/daemon.ts'
import { findFreePort } from './kit/free-port.ts'
import { startOrigins } from './kit/origin.ts'
import { TlsServer } from './kit/tls-server.ts'

const daemons = new Daemons()
const [origin] = await startOrigins('a')
let daemon: Daemon
let root: MadeCertificate
let intermediate: MadeCertificate
/** By name: `app` has an RSA and an ECDSA one for the same name. */
const made: Record<string, MadeCertificate> = {}
const ports = { http: 0, intermediate: 0, modern: 0, own: 0 }
/** A list in the order in which the server is to pick: the weakest first, which no client would. */
const OWN_CIPHERS = ['AES128-SHA', 'ECDHE-RSA-AES256-SHA', 'ECDHE-RSA-AES128-GCM-SHA256']

beforeAll(async () => {
  root = await makeCertificate([], { isAuthority: true, subject: '/CN=Test Root' })
  intermediate = await makeCertificate([], { isAuthority: true, subject: '/CN=Test Intermediate', by: root })
  for (const [name, host, keyType] of [
    ['rsa', 'app.test', 'rsa'],
    ['ecdsa', 'app.test', 'ec'],
    ['wild', '*.wild.test', 'ec'],
    ['exact', 'one.wild.test', 'ec'],
  ] as const)
    made[name] = await makeCertificate([host], { keyType, by: intermediate })
  for (const name of Object.keys(ports) as (keyof typeof ports)[]) ports[name] = await findFreePort()
  daemon = await daemons.start()
  const folder = await daemons.folder()
  const both = join(folder, 'app.pem')
  // In no order, and with the root.
  await writeFile(both, [root.certificate, made['rsa']!.pem, intermediate.certificate, made['ecdsa']!.pem].join(''))
  const files: Record<string, string> = { app: both }
  for (const name of ['wild', 'exact']) {
    files[name] = join(folder, `${name}.pem`)
    await writeFile(files[name], made[name]!.pem + intermediate.certificate)
  }
  await serve('app', 'app.test', { port: ports.intermediate, certificateFile: files['app'] })
  await serve('wild', '*.wild.test', { port: ports.intermediate, certificateFile: files['wild'] })
  await serve('exact', 'one.wild.test', { port: ports.intermediate, certificateFile: files['exact'] })
  await serve(
    'modern',
    'app.test',
    { port: ports.modern, certificateFile: files['app'], settings: 'modern' },
    { port: await findFreePort() },
  )
  await serve(
    'own',
    'app.test',
    { port: ports.own, certificateFile: files['app'], ciphers: OWN_CIPHERS.join(':'), default: false },
    { port: await findFreePort() },
  )
})
afterAll(async () => {
  await daemons.close()
  origin?.close()
})

async function serve(name: string, host: string, tls: object, more: object = {}) {
  const routes = [{ match: { host }, backends: [{ target: origin!.target }] }]
  const answer = await daemon.ask('PUT', `/v1/load-balancers/${name}`, {
    spec: { port: ports.http, tls, routes, ...more },
  })
  expect([answer.status, answer.body.error]).toEqual([201, undefined])
}

type Seen = {
  error?: string
  version?: string | null
  cipher?: string
  alpn?: string | false | null
  who?: string
  isReused?: boolean
}

/** What a client that offers exactly this sees. Nothing is too weak for it to offer. */
function shake(
  port: number,
  options: ConnectionOptions = {},
  then?: (socket: TLSSocket) => Promise<void>,
): Promise<Seen> {
  const { ciphers = 'ALL', ...more } = options
  return new Promise((resolve) => {
    const socket = connect({
      host: '127.0.0.1',
      port,
      servername: 'app.test',
      rejectUnauthorized: false,
      minVersion: 'TLSv1',
      // Those of TLS 1.3 are no list without one of TLS 1.2.
      ciphers: `${ciphers}${ciphers.startsWith('TLS_') ? ':ALL' : ''}:@SECLEVEL=0`,
      ...more,
    })
    socket.setTimeout(10_000, () => socket.destroy(new Error('timeout')))
    socket.once('error', (error: NodeJS.ErrnoException) => resolve({ error: error.code ?? error.message }))
    socket.once('close', () => resolve({ error: 'closed' }))
    socket.once('secureConnect', () => {
      const seen: Seen = {
        version: socket.getProtocol(),
        cipher: socket.getCipher().name,
        alpn: socket.alpnProtocol,
        who: nameOf(socket.getPeerX509Certificate()),
        isReused: socket.isSessionReused(),
      }
      void Promise.resolve(then?.(socket)).then(() => {
        socket.destroy()
        resolve(seen)
      })
    })
  })
}

/** Which of the certificates it is. */
function nameOf(certificate: X509Certificate | undefined): string {
  const found = Object.entries(made).find(
    ([, { certificate: pem }]) => new X509Certificate(pem).fingerprint256 === certificate?.fingerprint256,
  )
  return found?.[0] ?? 'another one'
}

const only = (version: 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3') => ({ minVersion: version, maxVersion: version })

/** Of all that a client can offer, what is taken, each offered alone. */
async function findAccepted(port: number, version: 'TLSv1.2' | 'TLSv1.3'): Promise<string[]> {
  const offered = getCiphers().filter((name) => name.startsWith('tls_') === (version === 'TLSv1.3'))
  const found: string[] = []
  for (const cipher of offered) {
    const { error, cipher: taken } = await shake(port, { ...only(version), ciphers: cipher.toUpperCase() })
    if (error === undefined) found.push(taken ?? '')
  }
  return found.sort()
}

const sorted = (names: readonly string[]) => [...names].sort()

describe('versions', () => {
  test.each([
    ['intermediate', 'TLSv1', false],
    ['intermediate', 'TLSv1.1', false],
    ['intermediate', 'TLSv1.2', true],
    ['intermediate', 'TLSv1.3', true],
    ['modern', 'TLSv1', false],
    ['modern', 'TLSv1.1', false],
    ['modern', 'TLSv1.2', false],
    ['modern', 'TLSv1.3', true],
  ] as const)('%s, %s: %s', async (settings, version, isSpoken) => {
    const seen = await shake(ports[settings], only(version))
    expect(seen).toMatchObject(isSpoken ? { version } : { error: 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION' })
  })
})

describe('ciphers', () => {
  test('intermediate takes those of the guideline and no others', async () => {
    expect(getCiphers()).toEqual(
      expect.arrayContaining(['aes128-sha', 'dhe-rsa-aes128-gcm-sha256', 'aes256-gcm-sha384']),
    )
    expect(await findAccepted(ports.intermediate, 'TLSv1.2')).toEqual(sorted(GUIDELINE_CIPHERS))
    expect(await findAccepted(ports.intermediate, 'TLSv1.3')).toEqual(sorted(GUIDELINE_SUITES))
  })

  test('modern takes those of TLS 1.3', async () => {
    expect(await findAccepted(ports.modern, 'TLSv1.2')).toEqual([])
    expect(await findAccepted(ports.modern, 'TLSv1.3')).toEqual(sorted(GUIDELINE_SUITES))
  })

  test('ciphers of a user are taken instead, and in their order', async () => {
    expect(await findAccepted(ports.own, 'TLSv1.2')).toEqual(sorted(OWN_CIPHERS))
    const order = OWN_CIPHERS.toReversed().join(':')
    expect(await shake(ports.own, { ...only('TLSv1.2'), ciphers: order })).toMatchObject({ cipher: OWN_CIPHERS[0] })
  })

  test('of the guideline’s the client chooses', async () => {
    const ofRsa = GUIDELINE_CIPHERS.filter((name) => name.includes('-RSA-'))
    for (const first of ofRsa) {
      const ciphers = [first, ...ofRsa.filter((name) => name !== first)].join(':')
      expect(await shake(ports.intermediate, { ...only('TLSv1.2'), ciphers })).toMatchObject({ cipher: first })
    }
    for (const first of GUIDELINE_SUITES) {
      const ciphers = [first, ...GUIDELINE_SUITES.filter((name) => name !== first)].join(':')
      expect(await shake(ports.modern, { ...only('TLSv1.3'), ciphers })).toMatchObject({ cipher: first })
    }
  })
})

test('keys are exchanged with the groups of the guideline that this OpenSSL knows, and with no others', async () => {
  const known = (await probeHaproxy(HAPROXY)).curves?.split(':') ?? []
  expect(known).toEqual(expect.arrayContaining(['X25519', 'prime256v1', 'secp384r1']))
  for (const port of [ports.intermediate, ports.modern]) {
    for (const ecdhCurve of known) expect(await shake(port, { ecdhCurve })).toMatchObject({ version: 'TLSv1.3' })
    for (const ecdhCurve of ['secp521r1', 'X448']) expect((await shake(port, { ecdhCurve })).error).toBeDefined()
  }
})

describe('chains', () => {
  test.each([
    ['intermediate', 'an RSA certificate', ['-tls1_2', '-cipher', 'ECDHE-RSA-AES128-GCM-SHA256']],
    ['intermediate', 'an ECDSA certificate', ['-tls1_2', '-cipher', 'ECDHE-ECDSA-AES128-GCM-SHA256']],
    ['modern', 'any', []],
  ] as const)('%s, %s: the leaf first, then the intermediate, and not the root', async (settings, _what, args) => {
    const sent = await readSentChain(ports[settings], 'app.test', args)
    expect(sent).toEqual(['CN=app.test', 'CN=TestIntermediate'])
  })

  test('is all that a client needs who trusts the root', async () => {
    const ca = { ca: root.certificate, rejectUnauthorized: true }
    for (const servername of ['app.test', 'one.wild.test', 'two.wild.test'])
      expect((await shake(ports.intermediate, { ...ca, servername })).error).toBeUndefined()
  })
})

describe('names', () => {
  const RSA = { sigalgs: 'rsa_pss_rsae_sha256:rsa_pkcs1_sha256' }
  test.each<[string, ConnectionOptions, string]>([
    ['an exact name', { servername: 'one.wild.test' }, 'exact'],
    ['a name of the wildcard', { servername: 'two.wild.test' }, 'wild'],
    ['a client of both kinds of key', {}, 'ecdsa'],
    ['a client of RSA', RSA, 'rsa'],
    ['a client of RSA with TLS 1.2', { ...only('TLSv1.2'), ciphers: 'ECDHE-RSA-AES128-GCM-SHA256' }, 'rsa'],
    ['a client of ECDSA with TLS 1.2', { ...only('TLSv1.2'), ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256' }, 'ecdsa'],
    ['no name: the oldest one’s', { servername: '' }, 'rsa'],
    ['a name nobody has', { servername: 'nobody.test' }, 'rsa'],
    ['two labels below a wildcard', { servername: 'a.b.wild.test' }, 'rsa'],
  ])('%s', async (_what, options, who) => {
    expect(await shake(ports.intermediate, options)).toMatchObject({ who })
  })
})

test.each([
  [['h2', 'http/1.1'], 'h2'],
  [['http/1.1', 'h2'], 'h2'],
  [['http/1.1'], 'http/1.1'],
  [undefined, false],
])('ALPN %j: %s', async (offered, taken) => {
  const options = offered === undefined ? {} : { ALPNProtocols: offered }
  for (const port of [ports.intermediate, ports.modern])
    expect(await shake(port, options)).toMatchObject({ alpn: taken })
})

/** A client that asks for another handshake on its connection; over when it had it. */
function negotiateAgain(socket: TLSSocket): Promise<void> {
  return new Promise((resolve) => {
    socket.renegotiate({ rejectUnauthorized: false }, (error) => {
      if (error === null) resolve()
    })
  })
}

describe('what would weaken a connection', () => {
  test('is not done: a client cannot negotiate again, which others let it do', async () => {
    const once = only('TLSv1.2')
    expect(await shake(ports.intermediate, once, negotiateAgain)).toEqual({ error: 'ERR_SSL_NO_RENEGOTIATION' })
    const other = await new TlsServer('other', made['rsa']!).listen()
    expect(await shake(Number(other.target.split(':')[1]), once, negotiateAgain)).toMatchObject({ who: 'rsa' })
    other.close()
  })

  test.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'a session of %s is resumed at its port, and at no other',
    async (version) => {
      let session: Buffer | undefined
      const keep = (socket: TLSSocket) =>
        new Promise<void>((resolve) => {
          const seen = socket.getSession()
          if (version === 'TLSv1.2' && seen) session = seen
          if (session) return resolve()
          socket.once('session', (one: Buffer) => {
            session = one
            resolve()
          })
        })
      expect(await shake(ports.intermediate, only(version), keep)).toMatchObject({ isReused: false })
      const resumed = { ...only(version), ...(session ? { session } : {}) }
      expect(await shake(ports.intermediate, resumed)).toMatchObject({ isReused: true })
      if (version === 'TLSv1.3') expect(await shake(ports.modern, resumed)).toMatchObject({ isReused: false })
    },
  )
})
