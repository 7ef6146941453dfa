// A resource in either dialect, and every wrong key of one: its path, what was given, what is allowed.
import { describe, expect, test } from 'vitest'
import { formatSpecProblem, parseResource, type SpecProblem } from '../../src/spec/parse-resource.ts'

function problemsOf(resource: unknown): readonly SpecProblem[] {
  const parsed = parseResource(resource)
  return parsed.ok ? [] : parsed.problems
}

/** The problems of a spec, one line each. */
function linesOf(spec: unknown): string[] {
  return problemsOf({ name: 'web', spec }).map(formatSpecProblem)
}

const EVERYTHING = {
  name: 'web',
  labels: { team: 'a', 'example.com/x': '' },
  spec: {
    type: 'http',
    vpc: 'prod',
    port: 8080,
    bind: '0.0.0.0',
    targetPort: 80,
    algorithm: 'leastcon',
    backends: [{ target: 'web-1:80', weight: 256, backup: true, maxConnections: 1, state: 'drain' }],
    healthCheck: {
      type: 'http',
      path: '/h',
      interval: '5s',
      timeout: '1s',
      rise: 1,
      fall: 1,
      status: 200,
      host: 'a',
      port: 1,
    },
    sticky: { mode: 'cookie', cookieName: 'S' },
    rateLimit: { requests: 1, window: '1s', action: 'tarpit', key: 'header:X' },
    customSettings: ['option x'],
    timeouts: {
      connect: '1s',
      server: '1s',
      queue: '1s',
      tunnel: '1s',
      client: '1s',
      httpRequest: '1s',
      keepAlive: '1s',
    },
    tls: {
      port: 443,
      domain: 'a',
      domains: ['b'],
      autoRenew: true,
      certificate: 'c',
      redirect: false,
      minVersion: '1.3',
    },
    routes: [
      { match: { host: '*.a', path: '/b' }, pool: 'p' },
      { match: {}, backends: [], timeouts: { server: '1s' } },
    ],
    pools: { p: { algorithm: 'random', healthCheck: { type: 'custom', send: '', expect: 'x' } } },
  },
}

describe('accepted', () => {
  test('every key there is, kept as the user wrote it', () => {
    expect(parseResource(EVERYTHING)).toEqual({ ok: true, value: EVERYTHING })
  })

  test('the least there can be', () => {
    expect(parseResource({ name: 'web', spec: {} }).ok).toBe(true)
  })

  test.each([
    [
      { kind: 'LoadBalancer', apiVersion: 'v1', name: 'web', spec: { port: 1 } },
      { name: 'web', spec: { port: 1 } },
    ],
    [
      { metadata: { name: 'web', labels: { a_b: 'c' } }, spec: {} },
      { name: 'web', labels: { a_b: 'c' }, spec: {} },
    ],
    [
      { name: 'web', spec: { vpc_id: 'prod', target_port: 80 } },
      { name: 'web', spec: { vpc: 'prod', targetPort: 80 } },
    ],
    [
      {
        name: 'web',
        spec: {
          health_check: {
            path: '/',
            interval_seconds: 5,
            timeout_seconds: 2,
            healthy_threshold: 1,
            unhealthy_threshold: 4,
          },
        },
      },
      { name: 'web', spec: { healthCheck: { path: '/', interval: '5s', timeout: '2s', rise: 1, fall: 4 } } },
    ],
    [
      {
        name: 'web',
        spec: { rate_limit: { requests: 1, window_seconds: 60 }, backends: [{ target: 'a:1', max_connections: 5 }] },
      },
      {
        name: 'web',
        spec: { rateLimit: { requests: 1, window: '60s' }, backends: [{ target: 'a:1', maxConnections: 5 }] },
      },
    ],
    [
      { name: 'web', spec: { listeners: [{ listen_port: 8000, target_port: 80, protocol: 'tcp' }] } },
      { name: 'web', spec: { type: 'tcp', port: 8000, targetPort: 80 } },
    ],
    [
      {
        name: 'web',
        spec: {
          listeners: [
            { listen_port: 80, target_port: 8080, protocol: 'http' },
            { listen_port: 443, protocol: 'https' },
          ],
        },
      },
      { name: 'web', spec: { type: 'http', port: 80, targetPort: 8080, tls: { port: 443 } } },
    ],
    [
      { name: 'web', spec: { pools: { a0: { rate_limit: { requests: 1, window: '1s' } } } } },
      { name: 'web', spec: { pools: { a0: { rateLimit: { requests: 1, window: '1s' } } } } },
    ],
  ])('%j', (given, understood) => {
    expect(parseResource(given)).toEqual({ ok: true, value: understood })
  })
})

describe('a wrong key is refused with its path', () => {
  test.each([
    [{ porrt: 80 }, 'spec.porrt: there is no key "porrt" here; did you mean port?'],
    [{ healthcheck: {} }, 'spec.healthcheck: there is no key "healthcheck" here; did you mean healthCheck?'],
    [
      { backends: [{ target: 'a:1', wieght: 1 }] },
      'spec.backends[0].wieght: there is no key "wieght" here; did you mean weight?',
    ],
    [
      { routes: [{ match: {}, backend: [] }] },
      'spec.routes[0].backend: there is no key "backend" here; did you mean backends?',
    ],
    [{ routes: [{ match: { hots: 'a' } }] }, /^spec\.routes\[0\]\.match\.hots: there is no key "hots" here;/],
    [
      { pools: { blue: { sticki: {} } } },
      'spec.pools.blue.sticki: there is no key "sticki" here; did you mean sticky?',
    ],
    [{ pools: { blue: { port: 1 } } }, /^spec\.pools\.blue\.port: there is no key "port" here;/],
    [{ timeouts: { conect: '1s' } }, 'spec.timeouts.conect: there is no key "conect" here; did you mean connect?'],
    [
      { pools: { a: { timeouts: { client: '1s' } } } },
      /^spec\.pools\.a\.timeouts\.client: there is no key "client" here; .*connect/,
    ],
    [{ tls: { domian: 'a' } }, /^spec\.tls\.domian: there is no key "domian" here;/],
    [{ zzzzzz: 1 }, /^spec\.zzzzzz: there is no key "zzzzzz" here; known: type, vpc, port,/],
    [
      { sticky: { mode: 'source', zzzzzz: 1 } },
      'spec.sticky.zzzzzz: there is no key "zzzzzz" here; known: mode, cookieName',
    ],
    [{ constructor: 1 }, /^spec\.constructor: there is no key "constructor" here;/],
    [{ [`x${'y'.repeat(500)}`]: 1 }, /there is no key "xy{50,60}/],
  ])('%j', (spec, line) => {
    expect(linesOf(spec)).toEqual([typeof line === 'string' ? line : expect.stringMatching(line)])
  })

  test('at the top of the resource too', () => {
    expect(problemsOf({ name: 'web', spec: {}, specs: {} }).map(formatSpecProblem)).toEqual([
      'specs: there is no key "specs" here; did you mean spec?',
    ])
    expect(problemsOf({ name: 'web', spec: {}, status: {} }).map(({ path }) => path)).toEqual(['status'])
    expect(problemsOf({ metadata: { name: 'web', foo: 1 }, spec: {} })).not.toEqual([])
  })

  test('also one that a JavaScript object would hide', () => {
    expect(problemsOf(JSON.parse('{"name":"web","spec":{},"__proto__":{"port":1}}'))).not.toEqual([])
    expect(problemsOf(JSON.parse('{"name":"web","spec":{"__proto__":{"port":1}}}'))).not.toEqual([])
  })

  test('every one of several, all at once', () => {
    const paths = problemsOf({
      nam: 1,
      spec: { port: 0, backends: [{ target: 'a:1', weight: 300 }, { target: 5 }], x: 1 },
    }).map(({ path }) => path)
    expect(paths.sort()).toEqual([
      'nam',
      'name',
      'spec.backends[0].weight',
      'spec.backends[1].target',
      'spec.port',
      'spec.x',
    ])
  })
})

describe('a wrong value is refused with what is allowed', () => {
  test.each([
    [{ type: 'htpp' }, 'spec.type: "htpp" is not one of http, tcp; did you mean http?'],
    [{ type: 'udp' }, 'spec.type: "udp" is not one of http, tcp'],
    [{ type: 5 }, 'spec.type: 5 is not one of http, tcp'],
    [
      { algorithm: 'roundrobbin' },
      'spec.algorithm: "roundrobbin" is not one of roundrobin, leastconn, source, random, first, hash, leastcon; did you mean roundrobin?',
    ],
    [{ port: 0 }, 'spec.port: 0 is too small; use 1 to 65535'],
    [{ port: 65_536 }, 'spec.port: 65536 is too large; use 1 to 65535'],
    [{ port: '80' }, 'spec.port: "80" is not allowed; use a whole number from 1 to 65535'],
    [{ port: 80.5 }, 'spec.port: 80.5 is not allowed; use a whole number from 1 to 65535'],
    [{ port: null }, 'spec.port: null is not allowed; use a whole number from 1 to 65535'],
    [{ backends: [{ target: 'a:1', weight: 300 }] }, 'spec.backends[0].weight: 300 is too large; use 0 to 256'],
    [{ backends: [{ target: 'a:1', weight: -1 }] }, 'spec.backends[0].weight: -1 is too small; use 0 to 256'],
    [{ backends: [{ target: 'a:1', backup: 'yes' }] }, 'spec.backends[0].backup: is "yes"; give a boolean'],
    [{ rateLimit: { window: '1s' } }, 'spec.rateLimit.requests: is missing; it is required'],
    [{ sticky: {} }, 'spec.sticky.mode: is missing; it is required'],
    [{ backends: [{}] }, 'spec.backends[0].target: is missing; it is required'],
    [{ backends: ['a:1'] }, 'spec.backends[0]: is "a:1"; give an object of keys'],
    [{ backends: { target: 'a:1' } }, 'spec.backends: is {"target":"a:1"}; give a list'],
    [{ routes: [{}] }, 'spec.routes[0].match: is missing; it is required'],
    [{ vpc: 'Prod' }, /^spec\.vpc: "Prod" is not a name; use a-z/],
    [{ bind: 'localhost' }, /^spec\.bind: "localhost" is not an address to listen on;/],
    [{ healthCheck: { interval: '5' } }, /^spec\.healthCheck\.interval: "5" is not a duration;/],
    [{ healthCheck: { path: 'health' } }, /^spec\.healthCheck\.path: "health" is not a request path;/],
    [{ healthCheck: { status: '2xx' } }, /^spec\.healthCheck\.status: "2xx" is not a status or a range of them;/],
    [{ healthCheck: { rise: 0 } }, 'spec.healthCheck.rise: 0 is too small; use 1 to 1000'],
    [{ sticky: { mode: 'cookie', cookieName: 'a b' } }, /^spec\.sticky\.cookieName: "a b" is not a cookie name;/],
    [{ rateLimit: { requests: 0, window: '1s' } }, 'spec.rateLimit.requests: 0 is too small; use 1 to 1000000000'],
    [{ rateLimit: { requests: 1, window: '1s', key: 'ip' } }, /^spec\.rateLimit\.key: "ip" is not a rate-limit key;/],
    [{ routes: [{ match: { path: '/a\nb' } }] }, /^spec\.routes\[0\]\.match\.path: "\/a\\nb" is not a path;/],
    [{ routes: [{ match: { host: 'a b' } }] }, /^spec\.routes\[0\]\.match\.host: "a b" is not a host;/],
    [{ pools: { 'A b': {} } }, /^spec\.pools\.A b: "A b" is not a name;/],
    [{ customSettings: ['backend x'] }, /^spec\.customSettings\[0\]: "backend x" would open the section backend;/],
    [{ customSettings: 'option x' }, 'spec.customSettings: is "option x"; give a list'],
  ])('%j', (spec, line) => {
    expect(linesOf(spec)).toEqual([typeof line === 'string' ? line : expect.stringMatching(line)])
  })

  test.each([
    [{ spec: {} }, 'name: is missing; it is required'],
    [{ name: 'web' }, 'spec: is missing; it is required'],
    [{ name: 'x'.repeat(64), spec: {} }, /^name: "x{56}…" is not a name;/],
    [{ name: 5, spec: {} }, 'name: is 5; give a string'],
    [{ name: 'web', spec: [] }, 'spec: is []; give an object of keys'],
    [{ name: 'web', spec: {}, labels: { 'a b': 'x' } }, /^labels\.a b: is not a label's name; use letters/],
    [{ name: 'web', spec: {}, labels: { a: 'x'.repeat(254) } }, 'labels.a: is too long; give at most 253 characters'],
    [{ name: 'web', spec: {}, labels: { a: 5 } }, 'labels.a: is 5; give a string'],
    [
      { name: 'web', spec: { backends: [{ target: '' }] } },
      'spec.backends[0].target: is empty; give it, or leave it out',
    ],
    [
      { name: 'web', spec: { customSettings: Array.from({ length: 201 }, () => 'retries 1') } },
      'spec.customSettings: is too long; give at most 200 items',
    ],
    [
      { name: 'web', spec: { healthCheck: { send: 'x'.repeat(1025) } } },
      'spec.healthCheck.send: is too long; give at most 1024 characters',
    ],
    [null, 'is null; give an object of keys'],
    [[], 'is []; give an object of keys'],
    ['web', 'is "web"; give an object of keys'],
  ])('%j', (resource, line) => {
    expect(problemsOf(resource).map(formatSpecProblem)).toEqual([
      typeof line === 'string' ? line : expect.stringMatching(line),
    ])
  })
})

describe('nothing of the other dialect is passed over in silence', () => {
  const http = { listen_port: 80, protocol: 'http' }
  test.each([
    ['another kind of object', { kind: 'Deployment', name: 'web', spec: {} }],
    ['a key of a listener nobody knows', { name: 'web', spec: { listeners: [{ ...http, foo: 1 }] } }],
    ['a port beside the listeners', { name: 'web', spec: { port: 81, listeners: [http] } }],
    ['an empty list of listeners', { name: 'web', spec: { listeners: [] } }],
    ['one thing in two words', { name: 'web', spec: { health_check: { interval: '5s', interval_seconds: 9 } } }],
  ])('%s', (_what, resource) => {
    expect(problemsOf(resource)).not.toEqual([])
  })

  test('the port of https beside other settings of tls', () => {
    const listeners = [http, { listen_port: 8443, protocol: 'https' }]
    const parsed = parseResource({ name: 'web', spec: { listeners, tls: { domain: 'a.example' } } })
    expect(parsed.ok && parsed.value.spec.tls).toEqual({ port: 8443, domain: 'a.example' })
  })
})
