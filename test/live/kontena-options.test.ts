// What clients and servers see of each option of a balanced service of Kontena's, told by a real HAProxy.
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { waitFor } from '../../src/io/deadline.ts'
import type { KontenaService } from '../../src/sources/kontena/kontena.ts'
import { toWord } from '../../src/sources/kontena/to-word.ts'
import { balancer, service, tcpService } from '../sources/kontena/balancers.ts'
import { type Daemon, Daemons } from './kit/daemon.ts'
import { findFreePort } from './kit/free-port.ts'
import { type Origin, startOrigins } from './kit/origin.ts'
import { type AskOptions, ask } from './kit/prober.ts'
import { EchoServer, Tunnel } from './kit/tunnels.ts'

const daemons = new Daemons()
let daemon: Daemon
let origins: Origin[]
const ports = { http: 0, https: 0, stats: 0, tcp: 0, more: 0, told: 0 }

const echo = new EchoServer()

/** A server of tcp that keeps what it is told, and answers nothing. */
let told = ''
const listener = createServer((socket) => {
  socket.on('error', () => {})
  socket.on('data', (piece) => {
    told += piece.toString()
    if (told.includes('GET')) socket.destroy()
  })
})

const to = (...targets: (Origin | undefined)[]) => ({
  upstreams: targets.map((one, index) => ({ name: `web-${index + 1}`, target: one?.target ?? '' })),
})
const echoes = () => ({ upstreams: [{ name: 'db-1', target: echo.tcpTarget }] })

/** Each has a host of its own, unless it is about hosts. */
function listServices(): KontenaService[] {
  const [a, b] = origins
  const web = (name: string, options: Record<string, string>, ...of: (Origin | undefined)[]) =>
    service(name, { virtual_hosts: `${name}.test`, ...options }, to(...(of.length > 0 ? of : [a])))
  return [
    web('plain', {}, a, b),
    web('least', { balance: 'leastcon' }, a, b),
    web('hosts', { virtual_hosts: 'one.test, *.two.test,[::1]' }),
    service('everything', { virtual_path: '/every' }, to(a)),
    web('strip', { virtual_path: '/api,/b.c' }),
    web('keep', { virtual_path: '/api', keep_virtual_path: 'true' }),
    web('segment', { virtual_path: '/api' }),
    web('prefix', { virtual_path: '/api', path_match: 'prefix' }),
    web('above', { virtual_hosts: '*.order.test', virtual_path: '/api' }, b),
    web('below', { virtual_hosts: 'www.order.test' }),
    web('cookie', { cookie: '' }, a, b),
    web('own-cookie', { cookie: 'cookie APP insert indirect nocache secure' }, a, b),
    web('secret', { basic_auth_secrets: 'user ann insecure-password "open sesame"\nuser bob insecure-password x' }),
    web('custom', { custom_settings: 'rspadd X-Old:\\ yes\nhttp-response set-header X-New yes' }),
    web('sick', { health_check_uri: '/health' }, origins[2]),
    web('checked-elsewhere', { health_check_port: String(origins[1]?.port) }),
    service(
      'proxied',
      { virtual_hosts: 'proxied.test', send_proxy: 'v1' },
      { upstreams: [{ name: 'x', target: `127.0.0.1:${ports.told}` }] },
    ),
    web('covered', { fallback: 'plain', health_check_uri: '/health' }, origins[2]),
    web('empty', { virtual_hosts: '*.plain.test' }),
    service('stats', { virtual_hosts: 'stats.test' }, to(a)),
    service('http-in', { virtual_hosts: 'http-in.test' }, to(a)),
    service('nobody', { virtual_hosts: 'nobody.test' }, { upstreams: [] }),
    service('lost', { virtual_hosts: 'lost.test' }, { upstreams: [{ name: 'x', target: 'no.such.invalid:80' }] }),
    service('bad', { virtual_hosts: 'bad.test', balance: 'fastest' }, to(a)),
    tcpService('plain', { external_port: `${ports.tcp}` }, echoes()),
    tcpService(
      'pair',
      { external_port: `${ports.more}:${echo.tcpTarget.split(':')[1]}` },
      { upstreams: [{ name: 'p', target: '127.0.0.1:1' }] },
    ),
  ]
}

beforeAll(async () => {
  origins = await startOrigins('a', 'b', 'c')
  if (origins[2]) origins[2].healthy = false
  await echo.listen()
  for (const key of Object.keys(ports) as (keyof typeof ports)[]) ports[key] = await findFreePort()
  await new Promise<void>((resolve) => listener.listen(ports.told, '127.0.0.1', resolve))
  const word = toWord([balancer(listServices(), { ports })], [])
  const resources = word.flatMap((one) => ('broken' in one ? [] : [one.resource]))
  expect(word.length - resources.length).toBe(1)
  const file = join(await daemons.folder(), 'services.json')
  await writeFile(file, JSON.stringify(resources))
  daemon = await daemons.start({ flags: ['--source', `file=${file}`] })
  await waitFor(async () => (await ask(ports.http, at('sick'))).status === 503, { timeoutMs: 60_000, what: 'a check' })
})
afterAll(async () => {
  for (const origin of origins) origin.close()
  echo.close()
  listener.close()
  await daemons.close()
})

/** A request for a service's own host. */
function at(name: string, path = '/', headers: Record<string, string> = {}): AskOptions {
  return { path, headers: { host: `${name}.test`, ...headers } }
}

/** Who answered what path, or the status. */
async function answerTo(options: AskOptions): Promise<string> {
  const { status, body } = await ask(ports.http, options)
  if (status !== 200) return String(status)
  const { name, path } = JSON.parse(body)
  return `${name} ${path}`
}

describe('who answers, and the path a server sees', () => {
  test.each<[string, string, string, string]>([
    ['VIRTUAL_HOSTS, one of several', 'one.test', '/', 'a /'],
    ['VIRTUAL_HOSTS, with a port and in capitals', 'ONE.test:8080', '/', 'a /'],
    ['VIRTUAL_HOSTS, a wildcard, any depth', 'x.y.two.test', '/', 'a /'],
    ['VIRTUAL_HOSTS, never the apex of a wildcard', 'two.test', '/', '503'],
    ['VIRTUAL_HOSTS, IPv6', '[::1]:80', '/', 'a /'],
    ['VIRTUAL_PATH, taken off', 'any.test', '/every/x?q=1', 'a /x?q=1'],
    ['VIRTUAL_PATH, by whole segments', 'any.test', '/everyx', '503'],
    ['VIRTUAL_PATH, the first of two', 'strip.test', '/api/x', 'a /x'],
    ['VIRTUAL_PATH, the second of two', 'strip.test', '/b.c', 'a /'],
    ['VIRTUAL_PATH, host and path', 'strip.test', '/', '503'],
    ['KEEP_VIRTUAL_PATH', 'keep.test', '/api/x', 'a /api/x'],
    ['PATH_MATCH=segment', 'segment.test', '/apix', '503'],
    ['PATH_MATCH=prefix', 'prefix.test', '/apix/y', 'a /x/y'],
    ['PATH_MATCH=prefix, the path itself', 'prefix.test', '/api', 'a /'],
    ['host and path before a host alone', 'www.order.test', '/api/x', 'b /x'],
    ['a host alone', 'www.order.test', '/apix', 'a /apix'],
    ['a service called stats', 'stats.test', '/', 'a /'],
    ['a service called http-in', 'http-in.test', '/', 'a /'],
    ['nobody there, though a path would be', 'nobody.test', '/every', '503'],
    ['a name that does not resolve', 'lost.test', '/', '503'],
    ['health_check port', 'checked-elsewhere.test', '/', 'a /'],
  ])('%s', async (_, host, path, expected) => {
    expect(await answerTo({ path, headers: { host } })).toBe(expected)
  })
})

test('BALANCE: in turn, or by least connections', async () => {
  for (const name of ['plain', 'least']) {
    const seen = [1, 2, 3, 4].map(async () => (await ask(ports.http, at(name))).headers['x-origin'])
    expect(new Set(await Promise.all(seen)), name).toEqual(new Set(['a', 'b']))
  }
})

test.each([
  ['cookie', 'KONTENA_SERVERID', /; path=\/; HttpOnly$/],
  ['own-cookie', 'APP', /; path=\/; Secure$/],
])('COOKIE: a client of %s stays on its server', async (name, cookieName, attributes) => {
  const first = await ask(ports.http, at(name))
  const [cookie = ''] = first.headers['set-cookie'] ?? []
  expect(cookie).toMatch(new RegExp(`^${cookieName}=`))
  expect(cookie).toMatch(attributes)
  const again = [1, 2, 3, 4].map(() => ask(ports.http, at(name, '/', { cookie: cookie.split(';')[0] ?? '' })))
  for (const { headers } of await Promise.all(again)) expect(headers['x-origin']).toBe(first.headers['x-origin'])
})

test('BASIC_AUTH_SECRETS: a password is asked for by the name of the service, and no answer or file shows it', async () => {
  const refused = await ask(ports.http, at('secret'))
  expect([refused.status, refused.headers['www-authenticate']]).toEqual([401, 'Basic realm="secret"'])
  const login = (text: string) => at('secret', '/', { authorization: `Basic ${Buffer.from(text).toString('base64')}` })
  expect(await answerTo(login('ann:open sesame'))).toBe('a /')
  expect(await answerTo(login('bob:x'))).toBe('a /')
  expect(await answerTo(login('ann:x'))).toBe('401')
  const shown = await daemon.ask('GET', '/v1/load-balancers/lb-secret')
  expect(JSON.stringify(shown.body)).not.toContain('open sesame')
  expect(daemon.output).not.toContain('open sesame')
  for (const entry of await readdir(daemon.stateDir, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    if (entry.isFile()) expect((await readFile(path)).includes('open sesame'), path).toBe(false)
  }
})

test('CUSTOM_SETTINGS: lines of old HAProxy and of new', async () => {
  const { headers } = await ask(ports.http, at('custom'))
  expect(headers).toMatchObject({ 'x-old': 'yes', 'x-new': 'yes' })
})

test('FALLBACK: another service stands in while nobody is well', async () => {
  await waitFor(async () => /^[ab] /.test(await answerTo(at('covered'))), { timeoutMs: 60_000, what: 'the other' })
})

test('SEND_PROXY: servers are told the client', async () => {
  await ask(ports.http, at('proxied'))
  expect(told).toMatch(/PROXY TCP4 127\.0\.0\.1 127\.0\.0\.1 \d+ \d+\r\nGET \/ /)
})

test('EXTERNAL_PORT: connections of tcp, also to another port of the service', async () => {
  for (const port of [ports.tcp, ports.more]) (await Tunnel.tcp(port)).close()
})

test('what a client says about itself reaches no server', async () => {
  const spoofed = { 'x-forwarded-proto': 'https', 'x-forwarded-port': '443', 'x-forwarded-for': '192.0.2.1' }
  const { body } = await ask(ports.http, at('plain', '/', spoofed))
  expect(JSON.parse(body).headers).toMatchObject({
    'x-forwarded-proto': 'http',
    'x-forwarded-port': String(ports.http),
    'x-forwarded-for': '127.0.0.1',
    host: 'plain.test',
  })
})

test.each([
  ['a host of no service', 'bad', 'No service here'],
  ['a service without servers', 'nobody', 'Service unavailable'],
])('%s: a page for people', async (_, name, title) => {
  const { status, headers, body } = await ask(ports.http, at(name))
  expect([status, headers['content-type']]).toEqual([503, 'text/html; charset=utf-8'])
  expect(body).toContain(`<h1>${title}</h1>`)
})
