// Each option of a balanced service: what the resource says for it, or what is told.
import { describe, expect, test } from 'vitest'
import type { KontenaService } from '../../../src/sources/kontena/kontena.ts'
import type { PoolSpec } from '../../../src/spec/schema.ts'
import { problemsOf, routesOf, service, specOf, tcpService, tell } from './balancers.ts'

/** The pool of the one service there is. */
function poolOf(one: KontenaService): PoolSpec {
  return specOf(tell([one]), 'lb-web').pools?.['main'] ?? {}
}

test("the seed's example, as a user would write it", () => {
  const web = service('web', { balance: 'roundrobin', virtual_hosts: 'www.kontena.io,kontena.io' })
  const api = service('api', { balance: 'roundrobin', virtual_path: '/api' })
  const word = tell([web, api])
  expect(specOf(word, 'lb-web')).toMatchObject({
    type: 'http',
    port: 80,
    routes: [
      { match: { host: 'www.kontena.io', path: '/' }, pool: 'main' },
      { match: { host: 'kontena.io', path: '/' }, pool: 'main' },
    ],
    pools: { main: { algorithm: 'roundrobin', backends: [{ target: '10.81.1.2:80' }] } },
  })
  expect(specOf(word, 'lb-api')).toMatchObject({
    routes: [{ match: { path: '/api' }, pool: 'main' }],
    pools: { main: { rewrite: { regex: '^/api(?:/|$)(.*)$', to: '/\\1' } } },
  })
  const galera = tcpService('galera', { balance: 'leastcon', external_port: '3306' })
  expect(specOf(tell([galera]), 'lb-galera')).toEqual({
    type: 'tcp',
    port: 3306,
    algorithm: 'leastconn',
    backends: [{ target: '10.81.1.3:3306' }],
  })
})

describe('balance', () => {
  test.each([
    ['roundrobin', { algorithm: 'roundrobin' }],
    ['static-rr', { algorithm: 'roundrobin' }],
    ['leastconn', { algorithm: 'leastconn' }],
    ['leastcon', { algorithm: 'leastconn' }],
    [' LeastConn ', { algorithm: 'leastconn' }],
    ['source', { algorithm: 'source' }],
    ['random', { algorithm: 'random' }],
    ['first', { algorithm: 'first' }],
    ['uri', { algorithm: 'hash', hashKey: 'path' }],
    ['hdr(X-User)', { algorithm: 'hash', hashKey: 'header:X-User' }],
    ['url_param user', { algorithm: 'hash', hashKey: 'query:user' }],
  ])('%j', (balance, pool) => {
    expect(poolOf(service('web', { balance }))).toMatchObject(pool)
    expect(problemsOf(tell([service('web', { balance })]), 'lb-web')).toEqual([])
  })

  test('is roundrobin where nothing is said, of tcp too', () => {
    expect(poolOf(service('web'))).toMatchObject({ algorithm: 'roundrobin' })
    expect(specOf(tell([tcpService('web')]), 'lb-web')).toMatchObject({ algorithm: 'roundrobin', port: 5000 })
  })
})

describe('hosts and paths', () => {
  test.each<[string, Record<string, string>, string[], string | undefined]>([
    ['neither', {}, ['- /'], undefined],
    ['both empty', { virtual_hosts: '', virtual_path: '' }, ['- /'], undefined],
    ['hosts', { virtual_hosts: ' A.test , *.b.test,' }, ['*.b.test /', 'a.test /'], undefined],
    ['IPv6, with brackets or without', { virtual_hosts: '[::1],fd00::2' }, ['[::1] /', '[fd00::2] /'], undefined],
    ['a path', { virtual_path: '/api/' }, ['- /api'], '^/api(?:/|$)(.*)$'],
    ['a path of regular characters', { virtual_path: '/a.b+c' }, ['- /a.b+c'], '^/a\\.b\\+c(?:/|$)(.*)$'],
    ['paths', { virtual_path: '/a, /a/b' }, ['- /a', '- /a/b'], '^(?:/a/b(?:/|$)|/a(?:/|$))(.*)$'],
    ['everything', { virtual_path: '/' }, ['- /'], undefined],
    ['both', { virtual_hosts: 'a.test,b.test', virtual_path: '/x' }, ['a.test /x', 'b.test /x'], '^/x(?:/|$)(.*)$'],
    ['a path that is kept', { virtual_path: '/api', keep_virtual_path: 'true' }, ['- /api'], undefined],
    ['not quite true', { virtual_path: '/api', keep_virtual_path: 'True' }, ['- /api'], '^/api(?:/|$)(.*)$'],
    [
      'a plain prefix',
      { virtual_path: '/api,/b/', path_match: 'prefix' },
      ['- /api*', '- /b'],
      '^(?:/api/?|/b(?:/|$))(.*)$',
    ],
  ])('%s', (_, options, routes, regex) => {
    const spec = specOf(tell([service('web', options)]), 'lb-web')
    expect(routesOf(spec)).toEqual(routes)
    expect(spec.pools?.['main']?.rewrite?.regex).toBe(regex)
  })
})

describe('what else the pool is told', () => {
  test.each<[string, Record<string, string>, object]>([
    ['an empty cookie', { cookie: '' }, { sticky: { mode: 'cookie', cookieName: 'KONTENA_SERVERID' } }],
    ['a cookie by its name', { cookie: 'APP' }, { sticky: { mode: 'cookie', cookieName: 'APP' } }],
    [
      'a cookie line that says the same',
      { cookie: 'cookie APP insert indirect nocache httponly' },
      { sticky: { mode: 'cookie', cookieName: 'APP' } },
    ],
    [
      'any other cookie line',
      { cookie: 'APP insert nocache secure domain .kontena.io maxidle 30m attr SameSite=Lax' },
      {
        customSettings: [
          'cookie APP insert nocache secure domain .kontena.io maxidle 30m attr SameSite=Lax dynamic',
          expect.stringMatching(/^dynamic-cookie-key [0-9a-f]{16}$/),
        ],
      },
    ],
    [
      'a check by a request',
      { health_check_uri: '/health?x=1' },
      { healthCheck: { type: 'http', path: '/health?x=1' } },
    ],
    ['a check on another port', { health_check_port: '9000' }, { healthCheck: { port: 9000 } }],
    [
      'raw lines',
      { custom_settings: 'option allbackups\r\n\n# nothing\n  acl x path /x' },
      { customSettings: ['option allbackups', 'acl x path /x'] },
    ],
    [
      'raw lines of old',
      { custom_settings: 'reqadd X-A:\\ b\nrspdel ^Server:.*\nreqrep ^([^\\ :]*)\\ /old/(.*) \\1\\ /new/\\2' },
      {
        customSettings: [
          'http-request add-header X-A b',
          'http-response del-header Server',
          "http-request replace-path ^/old/(.*) '/new/\\1'",
        ],
      },
    ],
    [
      'timeouts',
      { custom_settings: 'timeout server 5m\ntimeout queue 500' },
      { timeouts: { server: '5m', queue: '500ms' } },
    ],
  ])('%s', (_, options, pool) => {
    expect(poolOf(service('web', options))).toMatchObject(pool)
  })

  test('passwords become hashes, the same each time; hashes stay as they are', () => {
    const hash = `$6$rounds=1000$salt$${'x'.repeat(86)}`
    const text = `user ann insecure-password "open sesame"\n\nuser bob password ${hash} groups a\ngroup a\n`
    const web = service('web', { basic_auth_secrets: text })
    const { auth } = poolOf(web)
    expect(auth).toMatchObject({ basic: { realm: 'web', forward: true, users: { bob: hash } } })
    expect(auth?.basic?.users['ann']).toMatch(/^\$6\$rounds=1000\$/)
    expect(poolOf(web).auth).toEqual(auth)
    expect(JSON.stringify(tell([web]))).not.toContain('sesame')
  })

  test.each(['v1', 'v2'])('the PROXY protocol %s, of http and tcp', (send) => {
    for (const one of [service('web', { send_proxy: send }), tcpService('web', { send_proxy: send })])
      expect(specOf(tell([one]), 'lb-web')).toMatchObject({ proxyProtocol: { send } })
  })

  test('a timeout of clients is a port of its own', () => {
    const spec = specOf(
      tell([tcpService('web', { custom_settings: 'timeout client 1h\ntimeout server 1h' })]),
      'lb-web',
    )
    expect(spec).toMatchObject({ timeouts: { client: '1h', server: '1h' } })
    expect(spec).not.toHaveProperty('customSettings')
  })

  test('another service stands in as it is, for the paths of this one', () => {
    const web = service('web', { virtual_path: '/web', fallback: 'spare' })
    const spare = service('spare', { virtual_path: '/spare', balance: 'source', cookie: '' })
    const { pools } = specOf(tell([web, spare]), 'lb-web')
    expect(pools?.['main']).toMatchObject({ fallback: 'fallback' })
    expect(pools?.['fallback']).toMatchObject({
      algorithm: 'source',
      sticky: { mode: 'cookie' },
      rewrite: { regex: '^/web(?:/|$)(.*)$' },
    })
  })
})

describe('what keeps a service from serving', () => {
  test.each<[Record<string, string>, RegExp, ('http' | 'tcp')?]>([
    [{ balance: 'leastcom' }, /KONTENA_LB_BALANCE is "leastcom"; use .*; did you mean leastcon/],
    [{ balance: 'uri' }, /use roundrobin, leastconn, source, random or first$/, 'tcp'],
    [{ virtual_hosts: 'a b' }, /VIRTUAL_HOSTS has "a b"; write www\.example\.com/],
    [{ virtual_hosts: '*' }, /has "\*"; leave the variable out for any host/],
    [{ virtual_hosts: ',' }, /VIRTUAL_HOSTS has no host in it/],
    [{ virtual_path: 'api' }, /VIRTUAL_PATH has "api"; a path starts with '\/'/],
    [{ virtual_path: `/${'a'.repeat(600)}` }, /VIRTUAL_PATH is too long to be taken off; .*KEEP_VIRTUAL_PATH=true/],
    [{ path_match: 'exact' }, /PATH_MATCH is "exact"; use segment .* or prefix/],
    [{ cookie: 'APP insert evil' }, /KONTENA_LB_COOKIE has "evil"/],
    [{ cookie: 'APP domain a\nbackend x' }, /KONTENA_LB_COOKIE has "backend"/],
    [{ cookie: 'A;B insert' }, /KONTENA_LB_COOKIE has the name "A;B"/],
    [{ basic_auth_secrets: 'ann:hunter2' }, /line 1 of KONTENA_LB_BASIC_AUTH_SECRETS is not a user; write `user NAME/],
    [{ basic_auth_secrets: 'user ann password hunter2' }, /has a password that is not a hash HAProxy can check/],
    [{ basic_auth_secrets: 'user ann password $1$x$hunter2' }, /is a hash of MD5/],
    [{ basic_auth_secrets: '# hunter2' }, /names no user/],
    [{ custom_settings: 'a\nbackend x' }, /line 2 of KONTENA_LB_CUSTOM_SETTINGS: .* would open the section backend/],
    [{ custom_settings: 'server x 1.1.1.1:80' }, /line 1 .*: server is set by Fairlead itself/],
    [{ custom_settings: 'acl x "y' }, /with a quote that does not end/],
    [{ custom_settings: 'reqsetbe ^x y' }, /"reqsetbe" is no longer known to HAProxy/],
    [{ health_check_uri: 'health' }, /health_check uri is "health"; it starts with '\/'/],
    [{ health_check_port: '0' }, /health_check port is "0"; use 1 to 65535/],
    [{ send_proxy: 'v3' }, /KONTENA_LB_SEND_PROXY is "v3"; use none, v1 or v2$/],
    [{ https_redirect: 'yes' }, /KONTENA_LB_HTTPS_REDIRECT is "yes"; use false or true$/],
    [{ external_port: '0' }, /KONTENA_LB_EXTERNAL_PORT has "0"; write a port from 1 to 65535/, 'tcp'],
    [{ external_port: '90:80:1' }, /has "90:80:1"/, 'tcp'],
    [{ external_port: '90:80,90:81' }, /has 90 twice/, 'tcp'],
    [{ external_port: '80' }, /is 80, where load balancer lb has http; use another port/, 'tcp'],
    [{ external_port: '443' }, /is 443, where load balancer lb has https/, 'tcp'],
    [{ external_port: '1000' }, /is 1000, where load balancer lb has the statistics page/, 'tcp'],
  ])('%j', (options, message, mode = 'http') => {
    const bad = mode === 'http' ? service('bad', options) : tcpService('bad', options)
    const word = tell([bad, service('good', { virtual_hosts: 'good.test' })])
    expect(word.find(({ name }) => name === 'lb-bad')).toHaveProperty('broken')
    const [problem] = problemsOf(word, 'lb-bad')
    expect(problem).toMatch(message)
    expect(problem).toMatch(/^fatal: (tcp )?service bad of lb: /)
    expect(problem).not.toContain('hunter2')
    expect(specOf(word, 'lb-good')).toBeDefined()
  })

  test('what whoever tells of it found', () => {
    expect(problemsOf(tell([service('web', {}, { faults: ['it is odd'] })]), 'lb-web')).toEqual([
      'fatal: service web of lb: it is odd',
    ])
  })
})

describe('what is told though it serves', () => {
  test.each<[Record<string, string>, RegExp, ('http' | 'tcp')?]>([
    [{ balance: '' }, /KONTENA_LB_BALANCE is empty and counts as not set/],
    [{ basic_auth_secrets: ' ' }, /KONTENA_LB_BASIC_AUTH_SECRETS is empty and counts as not set/],
    [{ health_check_uri: '' }, /health_check uri is empty/],
    [{ external_port: '90' }, /KONTENA_LB_EXTERNAL_PORT counts only with KONTENA_LB_MODE=tcp/],
    [{ cookie: '' }, /KONTENA_LB_COOKIE counts only with KONTENA_LB_MODE=http/, 'tcp'],
    [{ virtual_host: 'a.test' }, /no "KONTENA_LB_VIRTUAL_HOST"; did you mean KONTENA_LB_VIRTUAL_HOSTS/],
    [
      { virtual_hosts: 'a.test,b:80' },
      /VIRTUAL_HOSTS has "b:80"; write hosts without a port.*; its other hosts are served/,
    ],
    [{ virtual_path: '/a,b' }, /VIRTUAL_PATH has "b"; .*; its other paths are served/],
    [{ keep_virtual_path: 'yes', virtual_path: '/a' }, /is "yes", which is not true: the path is taken off/],
    [{ custom_settings: 'rspadd X:\\ y' }, /is taken as http-response add-header X y: HAProxy 2.1 dropped it/],
    [{ custom_settings: 'timeout client 5m' }, /timeout client is of the port, which all services share/],
    [{ fallback: 'nobody' }, /FALLBACK is nobody, which is no http service of lb; nobody stands in/],
    [{ fallback: 'web' }, /FALLBACK is web, which is the service itself/],
    [{ https_redirect: 'true' }, /HTTPS_REDIRECT waits until load balancer lb has a certificate/],
  ])('%j', (options, message, mode = 'http') => {
    const word = tell([mode === 'http' ? service('web', options) : tcpService('web', options)])
    expect(specOf(word, 'lb-web')).toBeDefined()
    const problems = problemsOf(word, 'lb-web')
    expect(problems).toEqual([expect.stringMatching(message)])
    expect(problems[0]).not.toMatch(/^fatal/)
  })

  test('remarks of whoever tells of it, and other options that are nobody of ours', () => {
    const web = service('web', { something_else: 'x' }, { remarks: ['its links are odd'] })
    expect(problemsOf(tell([web]), 'lb-web')).toEqual(['service web of lb: its links are odd'])
  })
})

test('upstreams: sorted, each address once, what is none left out, what stops in maintenance', () => {
  const upstreams = [
    { name: 'web-3', target: '[fd00::1]:80' },
    { name: 'web-1', target: 'service-a:9292', stopping: true as const },
    { name: 'web-2', target: '10.0.0.1:80', stopping: true as const },
    { name: 'web-4', target: '10.0.0.1:80' },
    { name: 'web-5', target: '10.0.0.1' },
  ]
  const word = tell([service('web', {}, { upstreams })])
  expect(specOf(word, 'lb-web').pools?.['main']?.backends).toEqual([
    { target: 'service-a:9292', state: 'maint' },
    { target: '10.0.0.1:80' },
    { target: '[fd00::1]:80' },
  ])
  expect(problemsOf(word, 'lb-web')).toEqual([
    'service web of lb: upstreams web-2 and web-4 have the same address: they count as one server',
    'service web of lb: upstream web-5 is left out: "10.0.0.1" is not address:port, for example 10.81.1.2:80',
  ])
})
