// The variables of a load balancer itself: what its resources say for them, and what is told.
import { describe, expect, test } from 'vitest'
import type { Fragment } from '../../../src/model/fragment.ts'
import { readBundles } from '../../../src/sources/kontena/certificate-bundles.ts'
import type { BalancerTrial, KontenaBalancer } from '../../../src/sources/kontena/kontena.ts'
import { parseSyslogTarget } from '../../../src/sources/kontena/syslog-target.ts'
import { problemsOf, routesOf, service, specOf, tcpService, tell } from './balancers.ts'

const web = service('web', { virtual_hosts: 'web.test' })
const everything = service('everything')

/** What a load balancer with these variables says. */
function tellWith(environment: Record<string, string>, services = [web], more: Partial<KontenaBalancer> = {}) {
  return tell(services, [], { environment, ...more })
}

const tried = (certificateFiles: readonly string[], more: Partial<BalancerTrial> = {}): Partial<KontenaBalancer> => ({
  trial: { certificateFiles, faults: [], refused: {}, ...more },
})

describe('bundles of certificates', () => {
  const key = (kind: string) => `-----BEGIN ${kind}-----\nK\n-----END ${kind}-----`
  const bundle = (name: string, kind = 'PRIVATE KEY') =>
    `-----BEGIN CERTIFICATE-----\n${name}\n-----END CERTIFICATE-----\n${key(kind)}`
  const titlesOf = (environment: Record<string, string>) => readBundles(environment).map(({ title }) => title)

  test('each ends with its key, of any type; those of SSL_CERTS come first, then SSL_CERT_ by name', () => {
    const listed = [bundle('a'), bundle('b', 'RSA PRIVATE KEY'), bundle('c', 'EC PRIVATE KEY')]
    const found = readBundles({
      SSL_CERT_z: bundle('z'),
      'SSL_CERT_a.b': bundle('y'),
      SSL_CERTS: `${listed.join('\n')}\n\n`,
    })
    expect(found.map(({ title }) => title)).toEqual([
      'certificate 1 of SSL_CERTS',
      'certificate 2 of SSL_CERTS',
      'certificate 3 of SSL_CERTS',
      'SSL_CERT_a.b',
      'SSL_CERT_z',
    ])
    expect(found.map(({ pem }) => pem.trim())).toEqual([...listed, bundle('y'), bundle('z')])
  })

  test('empty variables are none; what stands after the last key is told as one without', () => {
    expect(titlesOf({ SSL_CERTS: '', SSL_CERT_a: ' \n', SSL_CERTIFICATE: bundle('x') })).toEqual([])
    expect(titlesOf({ SSL_CERTS: `${bundle('a')}\nrest` })).toHaveLength(2)
  })

  test("OpenSSL's own variables are no certificates, unless they hold one", () => {
    expect(titlesOf({ SSL_CERT_FILE: '/etc/ssl/ca.pem', SSL_CERT_DIR: '/etc/ssl/certs' })).toEqual([])
    expect(titlesOf({ SSL_CERT_FILE: bundle('a') })).toEqual(['SSL_CERT_FILE'])
  })
})

describe('certificates', () => {
  test('one resource has all of them and is the default; each service has the first', () => {
    const word = tellWith({ SSL_CERTS: 'x' }, [web], tried(['/a.pem', '/b.pem']))
    expect(specOf(word, 'lb').tls).toEqual({
      port: 443,
      certificateFile: ['/a.pem', '/b.pem'],
      default: true,
      redirect: false,
    })
    expect(specOf(word, 'lb-web').tls).toEqual({ port: 443, certificateFile: '/a.pem', redirect: false })
  })

  test('where a service takes everything, it speaks for the port', () => {
    const word = tellWith(
      { SSL_CERTS: 'x', KONTENA_LB_HEALTH_URI: '/up' },
      [everything, web],
      tried(['/a.pem', '/b.pem']),
    )
    expect(specOf(word, 'lb-everything')).toMatchObject({ monitorUri: '/up', tls: { default: true } })
    expect(specOf(word, 'lb-web')).not.toHaveProperty('monitorUri')
    expect(word.map(({ name }) => name)).toEqual(['lb-everything', 'lb-web'])
  })

  test('what is wrong with one is told of the load balancer, which serves', () => {
    const word = tellWith(
      { SSL_CERTS: 'x' },
      [web],
      tried([], { faults: ['certificate 1 of SSL_CERTS is left out: why'] }),
    )
    expect(problemsOf(word, 'lb')).toEqual(['load balancer lb: certificate 1 of SSL_CERTS is left out: why'])
    expect(specOf(word, 'lb')).not.toHaveProperty('tls')
  })

  test('a service that asks for it is sent to https; one that became wrong stays so', () => {
    const redirect = { virtual_hosts: 'web.test', https_redirect: 'true' }
    const before = tellWith({}, [service('web', redirect)], tried(['/a.pem']))
    expect(specOf(before, 'lb-web').tls).toMatchObject({ certificateFile: '/a.pem', redirect: true })
    const bad = service('web', { ...redirect, balance: 'fastest' })
    const word = tell([bad], before, tried(['/b.pem']))
    expect(specOf(word, 'lb-web').tls).toEqual({ port: 443, certificateFile: '/b.pem', redirect: true })
  })
})

test.each<[string, Record<string, string>, object, string[]]>([
  ['the health URI', { KONTENA_LB_HEALTH_URI: '/up' }, { monitorUri: '/up' }, []],
  ['one with a query', { KONTENA_LB_HEALTH_URI: '/up?x' }, {}, ['KONTENA_LB_HEALTH_URI: "/up?x" is not a path']],
  ['an empty one', { KONTENA_LB_HEALTH_URI: '' }, {}, ['KONTENA_LB_HEALTH_URI is empty and counts as not set']],
  ['the PROXY protocol', { KONTENA_LB_ACCEPT_PROXY: 'yes' }, { proxyProtocol: { accept: true } }, []],
  [
    'a word that means no',
    { KONTENA_LB_ACCEPT_PROXY: 'false' },
    { proxyProtocol: { accept: true } },
    ['counts all the same'],
  ],
  ['HTTP/2 off', { KONTENA_LB_HTTP2: 'false' }, { tls: { http2: false } }, []],
  ['another word for it', { KONTENA_LB_HTTP2: 'no' }, {}, ['KONTENA_LB_HTTP2 is "no" and counts as true']],
  ['ciphers', { KONTENA_LB_SSL_CIPHERS: 'A+B, !aNULL C' }, { tls: { ciphers: 'A+B:!aNULL:C' } }, []],
  ['ciphers with more behind', { KONTENA_LB_SSL_CIPHERS: 'A ssl-min-ver"' }, {}, ['is not a list of ciphers']],
  [
    'timeouts of every request',
    {
      KONTENA_LB_CUSTOM_SETTINGS:
        'timeout client 5m\ntimeout http-request 9s\ntimeout http-keep-alive 1s\ntimeout server 2m',
    },
    { timeouts: { client: '5m', httpRequest: '9s', keepAlive: '1s' }, pools: { main: { timeouts: { server: '2m' } } } },
    [],
  ],
  [
    'lines, of which one opens a section',
    { KONTENA_LB_CUSTOM_SETTINGS: 'option dontlognull\nfrontend x' },
    { pools: { main: { customSettings: ['option dontlognull'] } } },
    ['would open the section frontend'],
  ],
  [
    'lines HAProxy refused',
    { KONTENA_LB_CUSTOM_SETTINGS: 'bad line' },
    {},
    ['"bad line" is left out: HAProxy refuses it'],
  ],
])('%s', (_, environment, spec, told) => {
  const refused = { 'bad line': 'HAProxy refuses it: unknown keyword' }
  const word = tellWith(environment, [web], tried(['/a.pem'], { refused }))
  expect(specOf(word, 'lb')).toMatchObject(spec)
  const problems = problemsOf(word, 'lb')
  expect(problems).toHaveLength(told.length)
  for (const [index, part] of told.entries()) expect(problems[index]).toContain(part)
})

test('lines and timeouts of the load balancer are of each service, whose own count', () => {
  const environment = { KONTENA_LB_CUSTOM_SETTINGS: 'option a\ntimeout server 2m\ntimeout client 3m' }
  const own = service('web', { virtual_hosts: 'web.test', custom_settings: 'timeout server 9s\noption b' })
  const db = tcpService('db', { external_port: '3306' })
  const word = tellWith(environment, [own, db], tried([], { refused: { 'tcp option a': 'no' } }))
  expect(specOf(word, 'lb-web').pools?.['main']).toMatchObject({
    timeouts: { server: '9s' },
    customSettings: ['option a', 'option b'],
  })
  expect(specOf(word, 'lb-web')).not.toHaveProperty('timeouts')
  expect(specOf(word, 'lb-db').timeouts).toEqual({ server: '2m', client: '3m' })
  expect(specOf(word, 'lb-db')).not.toHaveProperty('customSettings')
})

test('a challenge is answered for every host, before every service', () => {
  const word = tellWith({ ACME_CHALLENGE_tok: 'tok.thumb', 'ACME_CHALLENGE_a b': 'x', ACME_CHALLENGE_c: 'a"b' }, [
    everything,
    web,
  ])
  const own = specOf(word, 'lb')
  const path = '/.well-known/acme-challenge'
  expect(routesOf(own)).toEqual([`- ${path}`, `web.test ${path}`])
  expect(own.pools?.['challenges']?.customSettings).toEqual([
    `http-request return status 200 content-type text/plain string "tok.thumb" if METH_GET { path ${path}/tok }`,
    'http-request return status 404 content-type text/plain string "There is no such challenge."',
  ])
  expect(problemsOf(word, 'lb')).toHaveLength(2)
})

test('statistics have a hash of the password; without one there are none', () => {
  const word = tellWith({ STATS_PASSWORD: 'open sesame' })
  const spec = specOf(word, 'lb-stats')
  expect(spec).toMatchObject({ port: 1000, pools: { main: { auth: { basic: { users: { stats: /^\$6\$/ } } } } } })
  expect(JSON.stringify(word)).not.toContain('sesame')
  expect(tellWith({ STATS_PASSWORD: '' }).map(({ name }) => name)).toEqual(['lb', 'lb-web'])
  expect(problemsOf(tellWith({ STATS_PASSWORD: 'a\nb' }), 'lb').join()).not.toContain('a\\nb')
})

test('lines of global are a section of their own, whatever is wrong with others', () => {
  const lines =
    'maxconn 5000\nstats socket /tmp/x level admin\nfrontend evil\nuser root\n# why\n\ntune.h2.max-concurrent-streams 50'
  const word = tellWith({ KONTENA_LB_GLOBAL_SETTINGS: lines, SYSLOG_TARGET: '10.0.0.9 local1' })
  const section = word.find(({ name }) => name === 'lb-global') as Fragment
  expect(section.text).toBe('global\n  maxconn 5000\n  tune.h2.max-concurrent-streams 50\n  log 10.0.0.9 local1 info\n')
  expect(problemsOf(word, 'lb')).toHaveLength(3)
})

test.each([
  ['127.0.0.1 local1 info', 'log 127.0.0.1 local1 info'],
  ['logs:514', 'log logs:514 local1 info'],
  ['/dev/log daemon', 'log /dev/log daemon info'],
  ['10.0.0.9 local9', null],
  ['10.0.0.9 local1 info notice', null],
  ['ring@x local1', null],
  ['', null],
])('a target of syslog: %j', (text, line) => {
  const parsed = parseSyslogTarget(text)
  expect(parsed.ok ? parsed.value : null).toBe(line)
})
