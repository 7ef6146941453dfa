// Headers, retries, redirects and the like: from what a user writes to what a pool does.
import { describe, expect, test } from 'vitest'
import { formatSpecProblem, parseResource } from '../../src/spec/parse-resource.ts'
import { toFragment } from '../../src/spec/to-fragment.ts'

const ORIGIN = { source: 'store', id: 'web', since: 1, version: 1 }

/** The features of the first pool, or what is wrong. */
function read(spec: object) {
  const parsed = parseResource({ name: 'web', spec })
  if (!parsed.ok) return parsed.problems.map(formatSpecProblem)
  const made = toFragment(parsed.value, ORIGIN)
  return made.ok ? made.value.pools[0]?.features : made.problems.map(formatSpecProblem)
}

const backends = [{ target: 'a:80' }]
const route = (keys: object, path = '/api') => ({ routes: [{ match: { path }, backends, ...keys }] })
const redirect = (keys: object) => ({ routes: [{ match: {}, redirect: keys }] })

test('a pool about which nothing is said has none', () => {
  expect(read({ backends })).toBeUndefined()
  expect(read({ backends, compression: false, headers: {}, maintenance: false })).toBeUndefined()
})

test.each([
  [{ algorithm: 'hash' }, { hashKey: { by: 'path' } }],
  [{ algorithm: 'hash', hashKey: 'cookie:SESSION' }, { hashKey: { by: 'cookie', name: 'SESSION' } }],
  [{ passiveHealth: {} }, { passiveHealth: { failures: 2, benchMs: 10_000 } }],
  [{ passiveHealth: { failures: 5, benchFor: '1m' } }, { passiveHealth: { failures: 5, benchMs: 60_000 } }],
  [{ slowStart: '30s' }, { slowStartMs: 30_000 }],
  [{ retries: {} }, { retries: { attempts: 3, on: ['502', '503', '504', 'conn-failure', 'empty-response'] } }],
  [{ retries: { attempts: 1, on: ['500', '500'] } }, { retries: { attempts: 1, on: ['500', 'conn-failure'] } }],
  [
    { headers: { request: { set: { 'X-A': 'b c' }, remove: ['X-B'] } } },
    { requestHeaders: { remove: ['X-B'], set: [['X-A', 'b c']], add: [] } },
  ],
  [{ compression: true }, { compression: true }],
  [{ headers: { forwarded: true } }, { forwarded: true }],
  [{ requestId: true }, { requestId: true }],
  [{ limits: { body: '10MB' } }, { limits: { bodyBytes: 10_485_760 } }],
  [{ limits: { headers: '8KB' } }, { limits: { headerBytes: 8192 } }],
  [{ limits: { body: '1B', chunked: 'allow' } }, { limits: { bodyBytes: 1, chunked: true } }],
  [{ limits: { body: '1B', chunked: 'refuse' } }, { limits: { bodyBytes: 1 } }],
])('%j', (keys, features) => {
  expect(read({ backends, ...keys })).toEqual(features)
})

test.each([
  [{ stripPrefix: true }, { kind: 'prefix', from: '/api', to: '/' }],
  [{ replacePrefix: '/v2' }, { kind: 'prefix', from: '/api', to: '/v2' }],
  [
    { regex: '^/a', to: '/b' },
    { kind: 'regex', pattern: '^/a', to: '/b' },
  ],
])('rewrite %j', (keys, rewrite) => {
  expect(read(route({ rewrite: keys }))).toEqual({ rewrite })
})

test('a prefix that may end inside a segment is taken off without its star', () => {
  const routes = [{ match: { path: '/api*' }, rewrite: { stripPrefix: true }, backends }]
  expect(read({ routes })).toEqual({ rewrite: { kind: 'prefix', from: '/api', to: '/' } })
})

test('a named pool may rewrite, for every route that leads to it', () => {
  const pools = { p: { backends, rewrite: { regex: '^/a', to: '/b' } } }
  expect(read({ routes: [{ match: { path: '/a' }, pool: 'p' }], pools })).toEqual({
    rewrite: { kind: 'regex', pattern: '^/a', to: '/b' },
  })
})

test.each([
  [
    { to: 'https://new.example.com/' },
    { status: 302, scheme: null, host: null, to: 'https://new.example.com', keepsPath: true },
  ],
  [
    { to: 'https://new.example.com/x', status: 308 },
    { status: 308, scheme: null, host: null, to: 'https://new.example.com/x', keepsPath: false },
  ],
  [
    { scheme: 'https', keepPath: false },
    { status: 302, scheme: 'https', host: null, to: null, keepsPath: false },
  ],
  [
    { host: 'new.example.com:8443' },
    { status: 302, scheme: null, host: 'new.example.com:8443', to: null, keepsPath: true },
  ],
])('redirect %j', (keys, expected) => {
  expect(read(redirect(keys))).toEqual({ redirect: expected })
})

test('a route takes over what stands at the top, but for what it states itself', () => {
  const spec = { compression: true, retries: { attempts: 1 }, ...route({ retries: { attempts: 5 } }) }
  expect(read(spec)).toMatchObject({ compression: true, retries: { attempts: 5 } })
  expect(read({ compression: true, ...route({ compression: false }) })).toBeUndefined()
})

test('in maintenance every server is out of service, whatever its own state', () => {
  const parsed = parseResource({
    name: 'web',
    spec: { backends: [{ target: 'a:80', state: 'drain' }], maintenance: true },
  })
  const made = parsed.ok ? toFragment(parsed.value, ORIGIN) : null
  expect(made?.ok && made.value.pools[0]?.servers.map(({ state }) => state)).toEqual(['maint'])
})

describe('is refused, with the way to mend it', () => {
  test.each([
    [{ backends, hashKey: 'path' }, /^spec\.hashKey: belongs to algorithm hash; set that, or leave it out$/],
    [{ backends, algorithm: 'hash', hashKey: 'header:' }, /is not a hash key; write path, header:NAME/],
    [{ backends, headers: { request: { set: { 'Content-Length': '1' } } } }, /belongs to the connection/],
    [{ backends, headers: { request: { set: { 'X-A': 'a\r\nX-B: c' } } } }, /is not a header's value/],
    [{ backends, headers: { request: { set: { 'X A': 'a' } } } }, /is not a header name/],
    [{ backends, retries: { on: ['404'] } }, /is not one of conn-failure, /],
    [{ backends, unavailable: { contentType: 'html' } }, /is not a content type; write for example text\/html/],
    [route({ rewrite: {} }), /^spec\.routes\[0\]\.rewrite: says not one thing; give stripPrefix: true, or/],
    [route({ rewrite: { stripPrefix: true, replacePrefix: '/x' } }), /says not one thing/],
    [route({ rewrite: { regex: '^/a' } }), /says not one thing/],
    [{ pools: { p: { rewrite: { regex: '^/a' } } } }, /^spec\.pools\.p\.rewrite: says nothing; give regex and to$/],
    [{ pools: { p: { rewrite: { stripPrefix: true } } } }, /there is no key "stripPrefix" here/],
    [route({ redirect: { scheme: 'https' } }), /backends: stands beside redirect/],
    [redirect({}), /says where to in no way or in two/],
    [redirect({ to: 'https://a.example', host: 'b.example' }), /says where to in no way or in two/],
    [redirect({ to: 'javascript://x' }), /is not an address to redirect to/],
    [redirect({ to: 'https://a.example/"x' }), /is not an address to redirect to/],
    [redirect({ scheme: 'https', status: 200 }), /use 301, 302, 303, 307 or 308/],
    [{ type: 'tcp', port: 1, backends, compression: true }, /^spec\.compression: needs type http; leave it out$/],
    [
      { routes: [{ match: {}, pool: 'p', rewrite: { stripPrefix: true } }], pools: { p: { backends } } },
      /rewrite: needs backends of the route's own/,
    ],
  ])('%j', (spec, message) => {
    expect(read(spec)).toEqual([expect.stringMatching(message)])
  })
})
