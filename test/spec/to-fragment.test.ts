// From a checked resource to a fragment: defaults, names, and what only makes sense together.
import { describe, expect, test } from 'vitest'
import type { Fragment } from '../../src/model/fragment.ts'
import { formatSpecProblem, parseResource } from '../../src/spec/parse-resource.ts'
import { toFragment } from '../../src/spec/to-fragment.ts'

const ORIGIN = { source: 'store', id: 'web', since: 1, version: 1 }

function convert(spec: object) {
  const parsed = parseResource({ name: 'web', spec })
  if (!parsed.ok) throw new Error(parsed.problems.map(formatSpecProblem).join('\n'))
  return toFragment(parsed.value, ORIGIN)
}

function fragmentOf(spec: object): Fragment {
  const checked = convert(spec)
  if (!checked.ok) throw new Error(checked.problems.map(formatSpecProblem).join('\n'))
  return checked.value
}

function linesOf(spec: object): string[] {
  const checked = convert(spec)
  return checked.ok ? [] : checked.problems.map(formatSpecProblem)
}

/** The only pool of a spec. */
function poolOf(spec: object) {
  const { pools } = fragmentOf({ backends: [{ target: 'a:80' }], ...spec })
  expect(pools).toHaveLength(1)
  return pools[0]!
}

describe('defaults', () => {
  test('of a load balancer about which nothing is said', () => {
    expect(fragmentOf({})).toMatchObject({
      name: 'web',
      vpc: null,
      listeners: [
        {
          address: '0.0.0.0',
          port: 80,
          mode: 'http',
          timeouts: { clientMs: null, httpRequestMs: null, keepAliveMs: null },
        },
      ],
      routes: [],
      pools: [],
      problems: [],
    })
  })

  test('of a pool, as the contract has them', () => {
    expect(poolOf({})).toEqual({
      id: 'web.main',
      owner: 'web',
      mode: 'http',
      algorithm: 'roundrobin',
      servers: [
        {
          name: 'a:80',
          host: 'a',
          port: 80,
          address: null,
          weight: 1,
          backup: false,
          maxConnections: null,
          state: 'ready',
        },
      ],
      healthCheck: { type: 'tcp', intervalMs: 2000, timeoutMs: 2000, rise: 2, fall: 3, port: null },
      stickiness: null,
      rateLimit: null,
      timeouts: { connectMs: 5000, serverMs: 60_000, queueMs: 60_000, tunnelMs: 3_600_000 },
      customLines: [],
    })
  })

  test.each([
    [{ path: '/h' }, { type: 'http', path: '/h', host: null, statuses: [{ from: 200, to: 399 }] }],
    [{ status: 204 }, { type: 'http', path: '/', statuses: [{ from: 204, to: 204 }] }],
    [{ type: 'http' }, { type: 'http', path: '/' }],
    [{ type: 'http', host: 'APP.example.com.' }, { host: 'app.example.com' }],
    [{ type: 'http', host: 'fd00::0001' }, { host: '[fd00::1]' }],
    [{ expect: 'x' }, { type: 'custom', send: '', expect: '78' }],
    [{ type: 'none' }, { type: 'none' }],
    [{ interval: '1m' }, { type: 'tcp', intervalMs: 60_000 }],
  ])('of the health check %j', (healthCheck, probe) => {
    expect(poolOf({ healthCheck }).healthCheck).toMatchObject(probe)
  })

  test('of stickiness and rate limits', () => {
    expect(poolOf({ sticky: { mode: 'cookie' } }).stickiness).toEqual({ mode: 'cookie', cookieName: 'SERVERID' })
    expect(poolOf({ rateLimit: { requests: 5, window: '1m' } }).rateLimit).toEqual({
      scope: 'web',
      requests: 5,
      windowMs: 60_000,
      action: 'deny',
      key: { by: 'source' },
    })
    expect(poolOf({ algorithm: 'leastcon' }).algorithm).toBe('leastconn')
  })
})

describe('targets', () => {
  test.each([
    ['a', 'a:80'],
    ['A.b.', 'a.b:80'],
    ['a:81', 'a:81'],
    ['10.0.0.1', '10.0.0.1:80'],
    ['[fd00::1]', 'fd00::1:80'],
    ['[fd00::1]:81', 'fd00::1:81'],
  ])('%j with a target port is the server %s', (target, name) => {
    expect(poolOf({ targetPort: 80, backends: [{ target }] }).servers.map((server) => server.name)).toEqual([name])
  })

  test('of IP addresses need no look-up, names do', () => {
    const { servers } = poolOf({
      backends: [{ target: '10.0.0.1:80' }, { target: '[FD00::0001]:80' }, { target: 'web:80' }],
    })
    expect(servers.map(({ address }) => address)).toEqual(['10.0.0.1', 'fd00::1', null])
  })

  test('are refused where they stand', () => {
    const spec = {
      backends: [{ target: 'a' }],
      routes: [{ match: { path: '/x' }, backends: [{ target: 'ok:1' }, { target: 'b c:1' }] }],
      pools: { p: { backends: [{ target: 'x:0' }] } },
    }
    expect(
      linesOf(spec)
        .map((line) => line.slice(0, line.indexOf(':')))
        .sort(),
    ).toEqual(['spec.backends[0].target', 'spec.pools.p.backends[0].target', 'spec.routes[0].backends[1].target'])
  })

  test.each([
    ['a:80', 'A.:80'],
    ['[::1]:80', '[0::1]:80'],
  ])('%s and %s are one server, and one is enough', (first, second) => {
    expect(linesOf({ backends: [{ target: first }, { target: second }] })).toEqual([
      `spec.backends[1].target: ${JSON.stringify(second)} stands twice in this pool; give it once, with a weight`,
    ])
  })
})

describe('names', () => {
  test('of routes and pools are made of what they match', () => {
    const { pools, routes } = fragmentOf({
      backends: [{ target: 'a:1' }],
      routes: [
        { match: { host: '*.Example.com', path: '/API/' }, backends: [{ target: 'b:1' }] },
        { match: { path: '/x' }, pool: 'blue' },
      ],
      pools: { blue: {} },
    })
    const own = pools.find(({ id }) => id.startsWith('web.route.'))?.id
    expect(own).toMatch(/^web\.route\.example-com-api-[0-9a-f]{6}$/)
    expect(pools.map(({ id }) => id).sort()).toEqual(['web.main', 'web.pool.blue', own])
    expect(routes).toEqual([
      { listener: '0.0.0.0:80', owner: 'web', host: '*.example.com', path: '/API', pool: own },
      { listener: '0.0.0.0:80', owner: 'web', host: null, path: '/x', pool: 'web.pool.blue' },
      { listener: '0.0.0.0:80', owner: 'web', host: null, path: '/', pool: 'web.main' },
    ])
  })

  test('stay the same when other routes come and go', () => {
    const route = { match: { path: '/x' }, backends: [] }
    const alone = fragmentOf({ routes: [route] }).pools.map(({ id }) => id)
    const among = fragmentOf({ routes: [{ match: { path: '/a' }, backends: [] }, route] }).pools.map(({ id }) => id)
    expect(among).toContain(alone[0])
  })

  test('of the longest matches stay one word of bounded length', () => {
    const host = `*.${Array.from({ length: 60 }, () => 'abc').join('.')}`
    const { pools } = fragmentOf({ routes: [{ match: { host, path: `/${'%20'.repeat(300)}` }, backends: [] }] })
    expect(pools[0]?.id).toMatch(/^web\.route\.[a-z0-9-]{1,47}$/)
  })
})

describe('inheritance', () => {
  const base = {
    algorithm: 'leastconn',
    healthCheck: { path: '/up', rise: 1 },
    sticky: { mode: 'source' },
    rateLimit: { requests: 9, window: '1s' },
    timeouts: { connect: '1s', server: '2s' },
    customSettings: ['option x'],
  }

  test('what only a listener can have is left out of a pool: HAProxy 3.2 and later refuse it there', () => {
    const lines = ['option dontlognull', 'no  option logasap # x', 'option allbackups', 'option dontlognull-too']
    const pool = fragmentOf({ backends: [{ target: '10.0.0.1:80' }], customSettings: lines }).pools[0]
    expect(pool?.customLines).toEqual(['option allbackups', 'option dontlognull-too'])
  })

  test('a route takes from the top what it leaves out, but for raw lines', () => {
    const pool = fragmentOf({ ...base, routes: [{ match: {}, backends: [] }] }).pools[0]
    expect(pool).toMatchObject({
      algorithm: 'leastconn',
      healthCheck: { type: 'http', path: '/up', rise: 1 },
      stickiness: { mode: 'source' },
      rateLimit: { scope: 'web', requests: 9 },
      timeouts: { connectMs: 1000, serverMs: 2000 },
      customLines: [],
    })
  })

  test('what it states replaces the whole key, but for the timeouts', () => {
    const own = {
      healthCheck: { fall: 9 },
      rateLimit: { requests: 1, window: '1m' },
      timeouts: { server: '3s' },
      customSettings: ['option y'],
    }
    const pool = fragmentOf({ ...base, routes: [{ match: {}, backends: [], ...own }] }).pools[0]
    expect(pool).toMatchObject({
      healthCheck: { type: 'tcp', rise: 2, fall: 9 },
      rateLimit: { scope: pool?.id, requests: 1 },
      timeouts: { connectMs: 1000, serverMs: 3000 },
      customLines: ['option y'],
    })
  })
})

test('a route that takes everything leaves nothing to the backends at the top', () => {
  const routes = [{ match: { path: '/' }, backends: [{ target: '10.0.0.2:80' }] }]
  const fragment = fragmentOf({ backends: [{ target: '10.0.0.1:80' }], routes })
  expect(fragment.routes).toMatchObject([{ host: null, path: '/', pool: expect.stringMatching(/^web\.route\./) }])
  expect(fragment.pools.map(({ servers }) => servers[0]?.name)).toEqual(['10.0.0.2:80', '10.0.0.1:80'])
})

describe('what only makes sense together', () => {
  const backends = [{ target: 'a:1' }]
  test.each([
    [
      { type: 'tcp', port: 1, rateLimit: { requests: 1, window: '1s', action: 'tarpit' } },
      'spec.rateLimit.action: tarpit needs type http; for tcp use deny',
    ],
    [
      { type: 'tcp', port: 1, timeouts: { httpRequest: '1s', client: '1s' } },
      /^spec\.timeouts\.httpRequest: needs type http;/,
    ],
    [{ type: 'tcp', backends }, /^spec\.port: is missing; a tcp load balancer needs a port/],
    [
      { type: 'tcp', port: 1, routes: [{ match: { path: '/x' }, backends }] },
      /^spec\.routes: routes by host and path need type http/,
    ],
    [
      { type: 'tcp', port: 1, tls: {} },
      /^spec\.tls: gives no certificate to serve; for tcp give domain, certificate, certificateFile, or passthrough/,
    ],
    [
      { backends, tls: { certificate: 'c', certificateFile: '/c.pem' } },
      'spec.tls.certificateFile: stands beside certificate; keep one: certificate for a stored one, certificateFile for a file',
    ],
    [
      { backends, tls: { certificate: 'c', default: true, strictSni: true } },
      'spec.tls.default: stands beside strictSni, with which nobody is answered by default; keep one of them',
    ],
    [
      { backends, tls: { certificate: 'c', clientCa: '/ca.pem', default: true } },
      /^spec\.tls\.default: stands beside clientCa, which goes by the name a client asks for/,
    ],
    [
      { backends, tls: { certificate: 'c', clientCa: '/ca.pem', strictSni: false } },
      /^spec\.tls\.strictSni: stands beside clientCa/,
    ],
    [
      { type: 'tcp', port: 1, tls: { passthrough: true, strictSni: true } },
      /^spec\.tls\.strictSni: stands beside passthrough/,
    ],
    [
      { backends, port: 443, tls: { certificate: 'c' } },
      'spec.tls.port: 443 is the port of http too; give one of them another: http is on 80 and https on 443 by default',
    ],
    [
      { backends, port: 443, tls: { port: 443, certificate: 'c', redirect: true } },
      'spec.tls.redirect: needs http on another port; https is alone on 443',
    ],
    [
      { type: 'tcp', port: 1, sticky: { mode: 'cookie' } },
      'spec.sticky.mode: a cookie needs type http; for tcp use mode source',
    ],
    [
      { type: 'tcp', port: 1, rateLimit: { requests: 1, window: '1s', key: 'header:X' } },
      'spec.rateLimit.key: a header needs type http; for tcp use source',
    ],
    [
      { backends, sticky: { mode: 'source', cookieName: 'x' } },
      'spec.sticky.cookieName: belongs to mode cookie; with mode source leave it out',
    ],
    [
      { backends, rateLimit: { requests: 1, window: '999ms' } },
      'spec.rateLimit.window: "999ms" is too short; use 1s or more',
    ],
    [
      { backends, healthCheck: { type: 'tcp', path: '/x' } },
      'spec.healthCheck.path: belongs to a health check of type http; this one is tcp',
    ],
    [
      { backends, healthCheck: { type: 'http', expect: 'x' } },
      'spec.healthCheck.expect: belongs to a health check of type custom; this one is http',
    ],
    [
      { backends, healthCheck: { type: 'none', status: 200 } },
      'spec.healthCheck.status: belongs to a health check of type http; this one is none',
    ],
    [{ backends, healthCheck: { type: 'custom', send: 'x' } }, /^spec\.healthCheck\.expect: is missing;/],
    [
      { backends, healthCheck: { type: 'custom', expect: '\\q' } },
      /^spec\.healthCheck\.expect: "\\\\q" has an unknown escape at character 1;/,
    ],
    [
      { routes: [{ match: {} }] },
      'spec.routes[0]: says where nothing goes; give it backends, the name of a pool, a split, a redirect, or static files',
    ],
    [{ routes: [{ match: {}, pool: 'p' }] }, 'spec.routes[0].pool: there is no pool "p"; add it under spec.pools'],
    [
      { routes: [{ match: {}, pool: 'p' }], pools: { a: {}, b: {} } },
      'spec.routes[0].pool: there is no pool "p"; known: a, b',
    ],
    [
      { routes: [{ match: {}, pool: 'p', backends }], pools: { p: {} } },
      'spec.routes[0].backends: stands beside pool, and a request goes one way; leave one of the two out',
    ],
    [
      {
        routes: [
          { match: {}, backends },
          { match: { path: '//' }, backends },
        ],
      },
      /^spec\.routes: any host, path \/ stands twice;/,
    ],
    [
      {
        routes: [
          { match: { host: 'a.b', path: '/x' }, backends },
          { match: { host: 'A.b.', path: '/x/' }, backends },
        ],
      },
      /^spec\.routes: host a\.b, path \/x stands twice;/,
    ],
  ])('%j', (spec, line) => {
    expect(linesOf(spec)).toEqual([typeof line === 'string' ? line : expect.stringMatching(line)])
  })

  test('a path of other letters, and any host beside one host, are different routes', () => {
    expect(
      linesOf({
        routes: [
          { match: { path: '/a' }, backends },
          { match: { path: '/A' }, backends },
          { match: { host: 'x', path: '/a' }, backends },
        ],
      }),
    ).toEqual([])
  })

  test('with a certificate the routes stand on both listeners, and http leads to https', () => {
    const { listeners, routes, certificates, problems } = fragmentOf({
      backends,
      tls: { certificateFile: '/c.pem', port: 8443 },
    })
    expect(problems).toEqual([])
    expect(listeners.map(({ port, tls }) => [port, tls])).toEqual([
      [80, undefined],
      [8443, { minVersion: null }],
    ])
    expect(routes.map(({ listener, pool }) => [listener, pool])).toEqual([
      ['0.0.0.0:80', 'https.8443'],
      ['0.0.0.0:8443', 'web.main'],
    ])
    expect(certificates).toEqual([{ listener: '0.0.0.0:8443', source: { kind: 'file', path: '/c.pem' } }])
    const open = fragmentOf({ backends, tls: { certificate: 'c', redirect: false } })
    expect(open.routes.map(({ pool }) => pool)).toEqual(['web.main', 'web.main'])
  })

  test('tls on the port itself is https alone', () => {
    const { listeners, routes, certificates } = fragmentOf({
      backends,
      port: 8443,
      tls: { certificateFile: '/c.pem', port: 8443, minVersion: '1.3' },
    })
    expect(listeners).toMatchObject([{ port: 8443, tls: { minVersion: '1.3' } }])
    expect(routes).toMatchObject([{ listener: '0.0.0.0:8443', host: null, path: '/', pool: 'web.main' }])
    expect(certificates).toEqual([{ listener: '0.0.0.0:8443', source: { kind: 'file', path: '/c.pem' } }])
  })

  test('nobody is sent to https before there is a certificate: a domain has a way to serve meanwhile', () => {
    const aims = ({ listeners, routes }: Pick<Fragment, 'listeners' | 'routes'>) => [
      listeners.map(({ port, tls }) => [port, tls !== undefined]),
      routes.map(({ listener, pool }) => `${listener} ${pool}`),
    ]
    const both = [
      [
        [80, false],
        [443, true],
      ],
      ['0.0.0.0:80 web.main', '0.0.0.0:443 web.main'],
    ]
    const file = fragmentOf({ backends, tls: { certificateFile: '/c.pem' } })
    expect(aims(file)).toEqual([both[0], ['0.0.0.0:80 https.443', '0.0.0.0:443 web.main']])
    expect(file.meanwhile).toBeUndefined()
    const domain = fragmentOf({ backends, tls: { domain: 'a.b' } })
    expect([aims(domain), aims(domain.meanwhile ?? domain)]).toEqual([aims(file), both])
    expect(aims(fragmentOf({ backends, tls: { domain: 'a.b', redirect: false } }))).toEqual(both)
    const alone = fragmentOf({ backends, port: 443, tls: { domain: 'a.b', port: 443 } })
    expect([aims(alone), alone.meanwhile]).toEqual([[[[443, true]], ['0.0.0.0:443 web.main']], undefined])
    // Who lets nobody in without a certificate of their own does not do so meanwhile.
    expect(fragmentOf({ backends, tls: { domain: 'a.b', clientCa: '/ca.pem' } }).meanwhile).toBeUndefined()
  })
})
