// Files instead of servers: what is taken, what is refused, and what of the keys around them is left aside.
import { expect, test } from 'vitest'
import { formatSpecProblem, parseResource } from '../../src/spec/parse-resource.ts'
import type { LoadBalancerInput } from '../../src/spec/schema.ts'
import { toFragment } from '../../src/spec/to-fragment.ts'

const ORIGIN = { source: 'store', id: 'web', since: 1, version: 1 }

function read(spec: object) {
  const parsed = parseResource({ name: 'web', spec })
  if (!parsed.ok) return parsed.problems.map(formatSpecProblem)
  const made = toFragment(parsed.value as LoadBalancerInput, ORIGIN)
  return made.ok ? made.value.pools : made.problems.map(formatSpecProblem)
}

const files = { root: '/var/www' }
const whole = { root: '/var/www', index: 'index.html', dotfiles: false, cacheControl: null }
const backends = [{ target: 'a:80' }]
const route = (keys: object) => ({ routes: [{ match: {}, static: files, ...keys }] })

test.each([
  [{ static: files }, whole],
  [{ routes: [{ match: { path: '/x' }, static: files }] }, whole],
  [
    { static: { ...files, index: 'a.htm', dotfiles: true, cacheControl: 'no-cache' } },
    { ...whole, index: 'a.htm', dotfiles: true, cacheControl: 'no-cache' },
  ],
  [{ static: { ...files, cache_control: 'no-cache' } }, { ...whole, cacheControl: 'no-cache' }],
])('%j', (spec, expected) => {
  expect(read(spec)).toMatchObject([{ servers: [], features: { static: expected } }])
})

test('what the top says of servers is for the others, and what it says of answers for files too', () => {
  const pools = read({
    backends,
    algorithm: 'hash',
    healthCheck: { path: '/health' },
    sticky: { mode: 'cookie' },
    keepAlive: { reuse: 'always' },
    slowStart: '5s',
    proxyProtocol: { send: 'v2' },
    compression: true,
    rateLimit: { requests: 5, window: '1s' },
    routes: [{ match: { path: '/files' }, static: files, rewrite: { stripPrefix: true } }],
  })
  expect(pools[0]).toMatchObject({ algorithm: 'roundrobin', healthCheck: { type: 'tcp' }, stickiness: null })
  expect(pools[0]).toMatchObject({ rateLimit: { requests: 5 } })
  const rewrite = { kind: 'prefix', from: '/files', to: '/' }
  expect(pools[0]).toHaveProperty('features', { rewrite, static: whole, compression: true })
  expect(pools[1]).toMatchObject({ algorithm: 'hash', stickiness: { mode: 'cookie' } })
})

test('in maintenance nobody is in the pool', () => {
  expect(read({ static: files, maintenance: true })).toEqual([
    expect.not.objectContaining({ features: expect.anything() }),
  ])
})

test.each([
  [{ static: {} }, 'spec.static.root: is missing; it is required'],
  [{ static: { root: 'www' } }, /^spec\.static\.root: "www" is not a folder to serve; write it from the root/],
  [{ static: { root: '/' } }, /^spec\.static\.root: "\/" is not a folder to serve/],
  [{ static: { root: '/a/..' } }, /^spec\.static\.root: /],
  [{ static: { root: '/a\nb' } }, /^spec\.static\.root: /],
  [{ static: { root: `/${'ä'.repeat(256)}` } }, /^spec\.static\.root: /],
  [{ static: { ...files, index: '../x' } }, /^spec\.static\.index: "\.\.\/x" is not the name of a file/],
  [{ static: { ...files, index: '.htaccess' } }, /^spec\.static\.index: /],
  [{ static: { ...files, cacheControl: 'a\r\nb' } }, /^spec\.static\.cacheControl: /],
  [{ static: { ...files, listing: true } }, /^spec\.static\.listing: there is no key "listing" here/],
  [
    { static: files, backends },
    'spec.static: stands beside backends, and a request goes one way; leave one of the two out',
  ],
  [{ static: files, type: 'tcp', port: 5 }, 'spec.static: needs type http; leave it out'],
  [
    { static: files, sticky: { mode: 'source' } },
    'spec.sticky: is about servers, and files have none; leave it out beside static',
  ],
  [route({ backends }), /^spec\.routes\[0\]\.backends: stands beside static, and a request goes one way/],
  [route({ redirect: { scheme: 'https' } }), /^spec\.routes\[0\]\.static: stands beside redirect, /],
  [{ ...route({ split: [{ pool: 'p' }] }), pools: { p: {} } }, /^spec\.routes\[0\]\.static: stands beside split, /],
  [{ ...route({ pool: 'p' }), pools: { p: {} } }, /^spec\.routes\[0\]\.static: stands beside pool, /],
  [route({ healthCheck: { path: '/' } }), /^spec\.routes\[0\]\.healthCheck: is about servers/],
])('%j is refused', (spec, line) => {
  expect(read(spec)).toEqual([typeof line === 'string' ? line : expect.stringMatching(line)])
})
