// What clients see of each variable of a load balancer of Kontena's itself, told by a real HAProxy.

import { X509Certificate } from 'node:crypto'
import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { waitFor } from '../../src/io/deadline.ts'
import { askTls, type MadeCertificate, makeCertificate, shakeHands } from './kit/certificates.ts'
import { type Daemon, Daemons } from './kit/daemon.ts'
import { TestEtcd } from './kit/etcd.ts'
import { findFreePort } from './kit/free-port.ts'
import { startOrigins } from './kit/origin.ts'
import { ask } from './kit/prober.ts'

const daemons = new Daemons()
const etcds: TestEtcd[] = []
const [origin] = await startOrigins('a')
afterAll(async () => {
  await daemons.close()
  for (const etcd of etcds) await etcd.close()
  origin?.close()
})

/** A daemon that stands in for a load balancer with these variables, and one service, `web.test`. */
class Stand {
  readonly file: string
  readonly ports = { http: 0, https: 0, stats: 0, tcp: 0 }
  daemon!: Daemon

  constructor(folder: string) {
    this.file = join(folder, 'kontena.yml')
  }

  static async start(environment: Record<string, string>): Promise<Stand> {
    const stand = new Stand(await daemons.folder())
    for (const key of Object.keys(stand.ports) as (keyof Stand['ports'])[]) stand.ports[key] = await findFreePort()
    await stand.write(environment)
    stand.daemon = await daemons.start({ flags: ['--source', `kontena-yml=${stand.file}`] })
    return stand
  }

  /** JSON is YAML; the one name that always resolves is the service's. */
  async write(environment: Record<string, string>): Promise<void> {
    const { http, https, stats } = this.ports
    const lb = { image: 'kontena/lb:latest', ports: [`${http}:80`, `${https}:443`, `${stats}:1000`], environment }
    const variables = { KONTENA_LB_INTERNAL_PORT: origin!.port, KONTENA_LB_VIRTUAL_HOSTS: 'web.test' }
    const localhost = { image: 'nginx', environment: variables, links: ['lb'] }
    await writeFile(this.file, JSON.stringify({ lb, localhost }))
  }

  get(path: string, host = 'web.test', headers: Record<string, string> = {}) {
    return ask(this.ports.http, { path, headers: { host, ...headers } })
  }

  /** Everything that is told of all load balancers. */
  async problems(): Promise<string[]> {
    const { body } = await this.daemon.ask('GET', '/v1/load-balancers')
    const names: string[] = body.items.map(({ name }: { name: string }) => name)
    const all = await Promise.all(names.map((name) => this.daemon.ask('GET', `/v1/load-balancers/${name}`)))
    return all.flatMap((one) => one.body.status.problems.map(({ message }: { message: string }) => message))
  }

  /** Nothing of it may be in a file that others can read, in the log, or in an answer. */
  async showsNowhere(secret: string): Promise<void> {
    const { body } = await this.daemon.ask('GET', '/v1/load-balancers')
    const settings = await this.daemon.ask('GET', '/v1/configuration')
    expect(JSON.stringify([body, settings.body]) + this.daemon.output).not.toContain(secret)
    for (const file of await listFiles(this.daemon.stateDir)) {
      const found = await stat(file)
      if (found.isFile() && (await readFile(file, 'latin1')).includes(secret))
        expect([file, found.mode & 0o77]).toEqual([file, 0])
    }
  }
}

async function listFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
}

const sha1 = (made: MadeCertificate | undefined) =>
  new X509Certificate(made?.certificate ?? '').fingerprint.replaceAll(':', '')
const until = (what: string, condition: () => boolean | Promise<boolean>) =>
  waitFor(condition, { timeoutMs: 60_000, intervalMs: 50, what })

describe('with certificates', () => {
  const many = Array.from({ length: 30 }, (_, index) => `many-${index}.test`)
  const made: Record<string, MadeCertificate> = {}
  let stand: Stand
  const seenFor = async (name: string) => (await shakeHands(stand.ports.https, name)).fingerprint

  beforeAll(async () => {
    const names = ['first.test', 'Second.test', 'broken.test', 'named.test', ...many]
    await Promise.all(names.map(async (name) => (made[name] = await makeCertificate([name]))))
    const broken = `${made['broken.test']?.certificate}${made['named.test']?.key}`
    const bundles = ['first.test', ...many, 'Second.test'].map((name) => made[name]?.pem ?? '')
    stand = await Stand.start({
      SSL_CERTS: [...bundles.slice(0, 2), broken, ...bundles.slice(2)].join(''),
      SSL_CERT_AAA: made['named.test']?.pem ?? '',
      SSL_CERT_empty: '',
      KONTENA_LB_HEALTH_URI: '/health',
    })
    await until('the last certificate', async () => (await seenFor('second.test')) === sha1(made['Second.test']))
    await until('the status', async () => (await stand.problems()).some((message) => message.includes('SSL_CERTS')))
  })

  test.each([...many.slice(0, 2), many[29] ?? '', 'first.test', 'named.test'])(
    'the name %s has its own',
    async (name) => {
      expect(await seenFor(name)).toBe(sha1(made[name]))
    },
  )

  test('the first of SSL_CERTS answers any other name, and none', async () => {
    for (const name of ['nobody.test', 'broken.test', '']) expect(await seenFor(name)).toBe(sha1(made['first.test']))
  })

  test('the one whose key is another is named with its reason, and once in the log', async () => {
    const told =
      /load balancer .*lb: certificate 3 of SSL_CERTS is left out: its private key does not belong to its certificate \(CN=broken.test\)/
    expect((await stand.problems()).filter((message) => told.test(message))).toHaveLength(1)
    expect(stand.daemon.messages.filter((message) => told.test(message))).toHaveLength(1)
    expect((await stand.problems()).filter((message) => /is served by load balancer/.test(message))).toEqual([])
  })

  test('services answer by http and https, HTTP/2 too; servers are told which; what nobody serves is a page of 503', async () => {
    const [plain, encrypted] = [await stand.get('/x'), await askTls(stand.ports.https, 'web.test', { path: '/x' })]
    expect([plain.status, encrypted.status]).toEqual([200, 200])
    expect(JSON.parse(encrypted.body).headers).toMatchObject({
      'x-forwarded-proto': 'https',
      'x-forwarded-port': String(stand.ports.https),
    })
    expect((await shakeHands(stand.ports.https, 'web.test')).protocol).toBe('h2')
    const nobody = await askTls(stand.ports.https, 'nobody.test')
    expect([nobody.status, nobody.body]).toEqual([503, expect.stringContaining('<h1>No service here</h1>')])
  })

  test('KONTENA_LB_HEALTH_URI is 200 for any host, and exactly that path', async () => {
    for (const host of ['web.test', 'nobody.test']) {
      expect((await stand.get('/health', host)).status).toBe(200)
      expect((await askTls(stand.ports.https, host, { path: '/health' })).body).toContain('<h1>')
    }
    expect(JSON.parse((await stand.get('/health/x')).body)).toMatchObject({ name: 'a', path: '/health/x' })
    expect((await stand.get('/health/', 'nobody.test')).status).toBe(503)
  })

  test('keys are in files of their own for nobody else, and in no answer', async () => {
    const secret = made['first.test']?.key.split('\n')[1] ?? ''
    expect(secret.length).toBeGreaterThan(40)
    await stand.showsNowhere(secret)
  })

  test('without SSL_CERTS the first SSL_CERT_ by name answers; what is not needed any more is removed', async () => {
    await stand.write({ SSL_CERT_b: made['Second.test']?.pem ?? '', SSL_CERT_a: made['named.test']?.pem ?? '' })
    await until('another default', async () => (await seenFor('nobody.test')) === sha1(made['named.test']))
    expect(await seenFor('second.test')).toBe(sha1(made['Second.test']))
    expect((await stand.get('/health')).body).not.toContain('<h1>')
    await stand.write({ SSL_CERT_b: made['Second.test']?.pem ?? '' })
    await until('the only one', async () => (await seenFor('nobody.test')) === sha1(made['Second.test']))
    const pems = async () =>
      (await listFiles(join(stand.daemon.stateDir, 'kontena'))).filter((one) => one.endsWith('.pem'))
    expect((await pems()).length).toBeLessThanOrEqual(2)
    await stand.write({})
    await until('https to be closed', async () => (await seenFor('nobody.test')) === undefined)
    expect((await stand.get('/')).status).toBe(200)
  })
})

test('HTTP/2 off, ciphers, challenges, statistics and lines of the load balancer', async () => {
  const { pem } = await makeCertificate(['web.test'])
  const stand = await Stand.start({
    SSL_CERTS: pem,
    KONTENA_LB_HTTP2: 'false',
    KONTENA_LB_SSL_CIPHERS: 'ECDHE-ECDSA-AES256-GCM-SHA384',
    ACME_CHALLENGE_token: 'token.thumb',
    STATS_PASSWORD: 'open "sesame" now',
    KONTENA_LB_CUSTOM_SETTINGS:
      'http-response set-header X-Of-All yes\nno-such-word at all\ntimeout http-keep-alive 7s\nbackend other',
    KONTENA_LB_GLOBAL_SETTINGS: 'spread-checks 5\nno-such-global 1\nfrontend evil\n  bind :1',
    SYSLOG_TARGET: '127.0.0.1:514 local1 info',
  })
  const { https, stats } = stand.ports
  await until('an answer', async () => (await askTls(https, 'web.test')).status === 200)
  expect((await shakeHands(https, 'web.test')).protocol).toBe('http/1.1')
  const old = { maxVersion: 'TLSv1.2' }
  expect(
    (await shakeHands(https, 'web.test', { ...old, ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256' })).error,
  ).toBeDefined()
  expect((await shakeHands(https, 'web.test', { ...old, ciphers: 'ECDHE-ECDSA-AES256-GCM-SHA384' })).version).toBe(
    'TLSv1.2',
  )

  for (const host of ['web.test', 'nobody.test']) {
    const answer = await stand.get('/.well-known/acme-challenge/token', host)
    expect([answer.status, answer.body, answer.headers['content-type']]).toEqual([200, 'token.thumb', 'text/plain'])
    expect((await stand.get('/.well-known/acme-challenge/other', host)).status).toBe(404)
  }

  const password = `Basic ${Buffer.from('stats:open "sesame" now').toString('base64')}`
  expect((await ask(stats)).status).toBe(401)
  const page = await ask(stats, { headers: { authorization: password } })
  expect([page.status, page.body]).toEqual([200, expect.stringContaining('Statistics Report')])
  await stand.showsNowhere('sesame')

  expect((await stand.get('/')).headers['x-of-all']).toBe('yes')
  const problems = (await stand.problems()).join('\n')
  for (const part of [
    'KONTENA_LB_CUSTOM_SETTINGS: "no-such-word at all" is left out: HAProxy refuses it: unknown keyword',
    '"backend other" would open the section backend',
    'KONTENA_LB_GLOBAL_SETTINGS: "no-such-global 1" is left out: HAProxy refuses it: unknown keyword',
    '"frontend evil" would open the section frontend',
  ])
    expect(problems).toContain(part)
  const { body } = await stand.daemon.ask('GET', '/v1/configuration')
  const text = JSON.stringify(body)
  for (const part of ['spread-checks 5', 'log 127.0.0.1:514 local1 info', 'timeout http-keep-alive 7000ms'])
    expect(text).toContain(part)
})

test('the PROXY protocol for any word of KONTENA_LB_ACCEPT_PROXY; no statistics without a password; empty variables', async () => {
  const empty = ['SSL_CERTS', 'KONTENA_LB_HEALTH_URI', 'KONTENA_LB_CUSTOM_SETTINGS', 'STATS_PASSWORD', 'SYSLOG_TARGET']
  const stand = await Stand.start({
    KONTENA_LB_ACCEPT_PROXY: 'false',
    ...Object.fromEntries(empty.map((name) => [name, ''])),
  })
  await until('an answer to the PROXY protocol', async () =>
    (await askBehindProxy(stand.ports.http)).includes('"192.0.2.7"'),
  )
  expect((await stand.get('/')).status).not.toBe(200)
  expect((await ask(stand.ports.stats)).error).toBe('ECONNREFUSED')
  const problems = (await stand.problems()).join('\n')
  expect(problems).toContain('KONTENA_LB_ACCEPT_PROXY is "false" and counts all the same')
  expect(problems).toContain('KONTENA_LB_HEALTH_URI is empty and counts as not set')
})

test('beside etcd they are the variables of our own process; services that ask for it lead to https, challenges do not', async () => {
  const etcd = await TestEtcd.start()
  etcds.push(etcd)
  const [http, https] = [await findFreePort(), await findFreePort()]
  const made = await makeCertificate(['web.test'])
  const options = { virtual_hosts: 'web.test', https_redirect: 'true', 'upstreams/web-1': origin!.target }
  for (const [key, value] of Object.entries(options))
    await etcd.set(2, `/kontena/haproxy/lb/services/web/${key}`, value)
  const daemon = await daemons.start({
    flags: ['--source', `kontena=etcd://127.0.0.1:${etcd.port}?lb=lb&http=${http}&https=${https}`],
    env: { SSL_CERT_own: made.pem, ACME_CHALLENGE_tok: 'tok.thumb' },
  })
  const at = (path: string) => ask(http, { path, headers: { host: 'web.test' } })
  await until('the way to https', async () => (await at('/x')).headers['location'] === `https://web.test:${https}/x`)
  expect((await shakeHands(https, 'nobody.test')).fingerprint).toBe(sha1(made))
  expect((await askTls(https, 'web.test')).status).toBe(200)
  expect((await at('/.well-known/acme-challenge/tok')).body).toBe('tok.thumb')
  expect((await daemon.ask('GET', '/v1/load-balancers/lb')).body.status.problems).toEqual([])
})

function askBehindProxy(port: number): Promise<string> {
  return new Promise((resolve) => {
    let said = ''
    const socket = connect(port, '127.0.0.1', () =>
      socket.write(
        'PROXY TCP4 192.0.2.7 192.0.2.8 1234 80\r\nGET / HTTP/1.1\r\nHost: web.test\r\nConnection: close\r\n\r\n',
      ),
    )
    socket.setTimeout(5000, () => socket.destroy())
    socket.on('data', (piece) => (said += piece.toString()))
    socket.on('error', () => {})
    socket.on('close', () => resolve(said))
  })
}
