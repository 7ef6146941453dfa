// Which request reaches which pool, told by a real HAProxy: hosts, wildcards, paths, and everything clients do to them.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { waitFor } from '../../src/io/deadline.ts'
import { outcomeOf } from '../../src/io/outcome.ts'
import { merge } from '../../src/merge/merge.ts'
import { renderHaproxy } from '../../src/render/haproxy/render-haproxy.ts'
import { parseResource } from '../../src/spec/parse-resource.ts'
import { toFragment } from '../../src/spec/to-fragment.ts'
import { writeGeneration } from '../haproxy/check-files.ts'
import { HAPROXY, readOwnSettings } from '../render/settings.ts'
import { findFreePort } from './kit/free-port.ts'

/** Each pool's name with the matches that lead to it. */
const ROUTES: readonly (readonly [string, { host?: string; path?: string }])[] = [
  ['app', { host: 'app.example.com' }],
  ['app-api', { host: 'app.example.com', path: '/api' }],
  ['app-v2', { host: 'app.example.com', path: '/api/v2/' }],
  ['only-admin', { host: 'admin.example.com', path: '/admin' }],
  ['wild', { host: '*.example.com' }],
  ['wild-api', { host: '*.example.com', path: '/api' }],
  ['wild-eu', { host: '*.eu.example.com', path: '/eu' }],
  ['wild-deep', { host: '*.a.b.c.example.com' }],
  ['other-tld', { host: '*.org' }],
  ['six', { host: '[fd00::1]' }],
  ['four', { host: '10.0.0.1' }],
  ['local', { host: 'localhost', path: '/local' }],
  ['odd', { host: 'odd.example.net', path: "/a'b;c=d/%2F" }],
  ['star', { host: 'star.example.net', path: '/api*' }],
  ['star-v2', { host: 'star.example.net', path: '/api/v2' }],
  ['star-all', { host: 'star.example.net', path: '/all/*' }],
  ['any-api', { path: '/api' }],
  ['any-static', { path: '/static' }],
]

/** Host, path, and who answers; 404 where nobody takes the request. */
const REQUESTS: readonly (readonly [host: string, path: string, pool: string])[] = [
  // An exact host, and the longest path in it by whole segments.
  ['app.example.com', '/', 'app'],
  ['app.example.com', '/x/y', 'app'],
  ['app.example.com', '/api', 'app-api'],
  ['app.example.com', '/api/', 'app-api'],
  ['app.example.com', '/api/v1', 'app-api'],
  ['app.example.com', '/api/v2', 'app-v2'],
  ['app.example.com', '/api/v2/', 'app-v2'],
  ['app.example.com', '/api/v2/x', 'app-v2'],
  ['app.example.com', '/api/v20', 'app-api'],
  ['app.example.com', '/apix', 'app'],
  ['app.example.com', '/ap', 'app'],
  ['app.example.com', '/API', 'app'],
  ['app.example.com', '//api', 'app'],
  ['app.example.com', '/x/api', 'app'],
  // Queries and escapes are no segments.
  ['app.example.com', '/api?x=/api/v2', 'app-api'],
  ['app.example.com', '/?/api', 'app'],
  ['app.example.com', '/api%2Fv2', 'app'],
  ['app.example.com', '/api/%76%32', 'app-api'],
  ['app.example.com', '/api;v=2', 'app'],
  ['odd.example.net', "/a'b;c=d/%2F", 'odd'],
  ['odd.example.net', "/a'b;c=d/%2F/x", 'odd'],
  ['odd.example.net', "/a'b;c=d/%2f", '404'],
  // A star at the end of a path: inside of a segment too.
  ['star.example.net', '/apix/y', 'star'],
  ['star.example.net', '/api', 'star'],
  ['star.example.net', '/api/v2x', 'star'],
  ['star.example.net', '/api/v2/x', 'star-v2'],
  ['star.example.net', '/ap', '404'],
  ['star.example.net', '/all', 'star-all'],
  ['star.example.net', '/allx', '404'],
  // The host in any letters, with any port, and nothing behind a slash.
  ['APP.Example.COM', '/api', 'app-api'],
  ['app.example.com:80', '/api', 'app-api'],
  ['app.example.com:65535', '/', 'app'],
  ['aPP.example.com:8080', '/api/v2', 'app-v2'],
  ['app.example.com/api/v2', '/', 'app'],
  ['app.example.com/../x', '/api', 'app-api'],
  // Wildcards: any depth below, never the apex; the longest one first.
  ['www.example.com', '/', 'wild'],
  ['www.example.com', '/api/x', 'wild-api'],
  ['a.b.c.d.e.f.example.com', '/', 'wild'],
  ['example.com', '/', '404'],
  ['notexample.com', '/', '404'],
  ['www.example.com.evil.net', '/', '404'],
  ['x.eu.example.com', '/eu', 'wild-eu'],
  ['x.y.eu.example.com', '/eu/x', 'wild-eu'],
  ['eu.example.com', '/eu', 'wild'],
  ['x.a.b.c.example.com', '/', 'wild-deep'],
  ['x.y.a.b.c.example.com', '/api', 'wild-deep'],
  ['a.b.c.example.com', '/', 'wild'],
  ['www.fairlead.org', '/', 'other-tld'],
  ['a.b.c.d.e.f.fairlead.org', '/x', 'other-tld'],
  ['org', '/', '404'],
  ['WWW.EXAMPLE.COM:8443', '/API', 'wild'],
  // What has no matching path falls through: from the exact host to the wildcard to any host.
  ['admin.example.com', '/admin/x', 'only-admin'],
  ['admin.example.com', '/', 'wild'],
  ['admin.example.com', '/api', 'wild-api'],
  ['x.eu.example.com', '/', 'wild'],
  ['x.eu.example.com', '/api', 'wild-api'],
  ['localhost', '/local', 'local'],
  ['localhost', '/api', 'any-api'],
  ['localhost', '/', '404'],
  // Any host.
  ['nobody.net', '/api', 'any-api'],
  ['nobody.net', '/static/x.css', 'any-static'],
  ['nobody.net', '/staticx', '404'],
  ['', '/api', 'any-api'],
  ['.', '/api', 'any-api'],
  // Addresses, with their ports.
  ['[fd00::1]', '/', 'six'],
  ['[fd00::1]:8080', '/', 'six'],
  ['[FD00::1]:8080', '/api', 'six'],
  ['[fd00::2]', '/api', 'any-api'],
  ['[fd00::2]:80', '/', '404'],
  ['10.0.0.1', '/', 'four'],
  ['10.0.0.1:8080', '/', 'four'],
  ['10.0.0.2', '/', '404'],
]

/** The configuration: each pool answers its own name. */
function resourceOf(port: number): object {
  const pools = ROUTES.map(
    ([name]) =>
      [name, { customSettings: [`http-request return status 200 content-type text/plain string ${name}`] }] as const,
  )
  return {
    name: 'routing',
    spec: {
      bind: '127.0.0.1',
      port,
      pools: Object.fromEntries(pools),
      routes: ROUTES.map(([pool, match]) => ({ match, pool })),
    },
  }
}

/** Sends these bytes and answers everything that comes back until the other side closes. */
async function exchange(port: number, bytes: string): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1' })
  socket.write(bytes)
  return text(socket)
}

/** Who answered: the body of a 200, else the status. */
function answerer(answer: string): string {
  const status = /^HTTP\/1\.[01] (\d+)/.exec(answer)?.[1] ?? 'nothing'
  return status === '200' ? answer.slice(answer.indexOf('\r\n\r\n') + 4) : status
}

const settings = await readOwnSettings()

// With the converter that newer HAProxys have for it, and with what stands in for it before them.
const VARIANTS = [true, false].filter((hostOnly) => !hostOnly || settings.capabilities.hostOnly)

describe.each(VARIANTS)('with the converter host_only: %s', (hostOnly) => {
  const folder = mkdtempSync(join(tmpdir(), 'fl-routing-'))
  let haproxy: ChildProcess
  let port: number

  beforeAll(async () => {
    port = await findFreePort()
    const parsed = parseResource(resourceOf(port))
    const checked = parsed.ok
      ? toFragment(parsed.value, { source: 'store', id: 'routing', since: 1, version: 1 })
      : parsed
    if (!checked.ok) throw new Error(JSON.stringify(checked.problems))
    const { value } = merge([checked.value], { vpcs: [], addresses: new Map(), kept: new Map(), setAside: new Map() })
    mkdirSync(join(folder, 'run'))
    writeGeneration(
      folder,
      renderHaproxy(value, {
        ...settings,
        runDir: join(folder, 'run'),
        capabilities: { ...settings.capabilities, hostOnly },
      }),
    )
    haproxy = spawn(HAPROXY, ['-db', '-C', folder, '-f', 'config'], { stdio: 'inherit' })
    await waitFor(async () => (await outcomeOf(exchange(port, 'GET / HTTP/1.0\r\n\r\n'))).ok, {
      timeoutMs: 60_000,
      what: 'HAProxy to answer',
    })
  })

  afterAll(async () => {
    const gone = new Promise((resolve) => haproxy.once('exit', resolve))
    haproxy.kill('SIGTERM')
    await gone
    rmSync(folder, { recursive: true, force: true })
  })

  test.each(REQUESTS)('%j %j goes to %s', async (host, path, pool) => {
    const answer = await exchange(port, `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)
    expect(answerer(answer)).toBe(pool)
  })

  test.each([
    ['GET /api HTTP/1.0\r\n\r\n', 'any-api'],
    ['GET / HTTP/1.0\r\n\r\n', '404'],
    ['GET /api/v2 HTTP/1.0\r\nhost: app.example.com\r\n\r\n', 'app-v2'],
    ['POST /api HTTP/1.1\r\nHost: app.example.com\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc', 'app-api'],
    ['HEAD /nowhere HTTP/1.1\r\nHost: nobody.net\r\nConnection: close\r\n\r\n', '404'],
    ['OPTIONS * HTTP/1.1\r\nHost: app.example.com\r\nConnection: close\r\n\r\n', 'app'],
    ['GET http://app.example.com/api HTTP/1.1\r\nHost: app.example.com\r\nConnection: close\r\n\r\n', 'app-api'],
    ['GET http://app.example.com HTTP/1.1\r\nHost: app.example.com\r\nConnection: close\r\n\r\n', 'app'],
    [`GET /api/${'x'.repeat(2000)} HTTP/1.1\r\nHost: app.example.com\r\nConnection: close\r\n\r\n`, 'app-api'],
    [`GET / HTTP/1.1\r\nHost: ${'x.'.repeat(100)}example.com\r\nConnection: close\r\n\r\n`, 'wild'],
  ])('%j', async (bytes, pool) => {
    expect(answerer(await exchange(port, bytes))).toBe(pool)
  })

  test('each request of a connection finds its own way', async () => {
    const requests = [
      ['app.example.com', '/api'],
      ['www.example.com', '/'],
      ['nobody.net', '/'],
      ['app.example.com', '/api/v2'],
    ].map(
      ([host, path], index, all) =>
        `GET ${path} HTTP/1.1\r\nHost: ${host}\r\n${index === all.length - 1 ? 'Connection: close\r\n' : ''}\r\n`,
    )
    const answers = (await exchange(port, requests.join(''))).split(/(?=HTTP\/1\.1 )/)
    expect(answers.map(answerer)).toEqual(['app-api', 'wild', '404', 'app-v2'])
  })

  test('what no route takes is told so', async () => {
    const answer = await exchange(port, 'GET /nowhere HTTP/1.1\r\nHost: nobody.net\r\nConnection: close\r\n\r\n')
    expect(answer).toMatch(/^HTTP\/1\.1 404 /)
    expect(answer).toMatch(/^content-type: text\/plain\r$/im)
    expect(answer.slice(answer.indexOf('\r\n\r\n') + 4)).toBe('No route for this host and path.\n')
  })
})
