// Health checks and agent checks: from what a user writes to what HAProxy is to ask.
import { describe, expect, test } from 'vitest'
import { formatSpecProblem, parseResource } from '../../src/spec/parse-resource.ts'
import { toFragment } from '../../src/spec/to-fragment.ts'

/** The first pool, or what is wrong. */
function read(spec: object) {
  const parsed = parseResource({ name: 'web', spec: { backends: [{ target: '10.0.0.1:80' }], ...spec } })
  const made = parsed.ok ? toFragment(parsed.value, { source: 'store', id: 'web', since: 1, version: 1 }) : parsed
  return made.ok ? made.value.pools[0] : made.problems.map(formatSpecProblem)
}

const check = (healthCheck: object) => read({ healthCheck })

test.each([
  [{ type: 'redis' }, { type: 'redis' }],
  [{ type: 'smtp' }, { type: 'smtp' }],
  [
    { type: 'postgres', user: 'fairlead' },
    { type: 'postgres', user: 'fairlead' },
  ],
  [
    { type: 'mysql', user: 'a@b' },
    { type: 'mysql', user: 'a@b' },
  ],
  [{ type: 'grpc' }, { type: 'grpc', service: '', host: 'localhost' }],
  [
    { type: 'grpc', service: 'shop.v1.Orders', host: 'Shop.internal' },
    { type: 'grpc', service: 'shop.v1.Orders', host: 'shop.internal' },
  ],
  [
    { status: '200,204,300-399' },
    {
      statuses: [
        { from: 200, to: 200 },
        { from: 204, to: 204 },
        { from: 300, to: 399 },
      ],
    },
  ],
  [
    { status: [200, '300-302'] },
    {
      statuses: [
        { from: 200, to: 200 },
        { from: 300, to: 302 },
      ],
    },
  ],
  [{ body: 'ok' }, { type: 'http', body: { kind: 'text', text: 'ok' } }],
  [{ bodyRegex: 'a+' }, { type: 'http', body: { kind: 'regex', text: 'a+' } }],
  [
    { path: '/', method: 'HEAD', headers: { 'X-A': 'b' } },
    { type: 'http', method: 'HEAD', headers: [['X-A', 'b']] },
  ],
])('%j', (spec, probe) => {
  expect(check(spec)).toMatchObject({ healthCheck: probe })
})

test('an agent check holds for every server of the pool but those with one of their own, and is taken from the top', () => {
  const spec = {
    agentCheck: { port: 9999 },
    backends: [{ target: 'a:80' }, { target: 'b:80', agentCheck: { port: 9998, interval: '1s', send: 'b' } }],
    pools: { other: { backends: [{ target: 'c:80' }] } },
  }
  const usual = { port: 9999, intervalMs: 2000, send: null }
  const parsed = parseResource({ name: 'web', spec })
  const made = parsed.ok ? toFragment(parsed.value, { source: 'store', id: 'web', since: 1, version: 1 }) : parsed
  const servers = made.ok ? made.value.pools.flatMap((pool) => pool.servers) : []
  expect(Object.fromEntries(servers.map(({ name, agentCheck }) => [name, agentCheck]))).toEqual({
    'a:80': usual,
    'b:80': { port: 9998, intervalMs: 1000, send: 'b' },
    'c:80': usual,
  })
})

describe('is refused, with the way to mend it', () => {
  test.each([
    [
      { type: 'postgres' },
      /^spec\.healthCheck\.user: is missing; a postgres check names a user, for example fairlead$/,
    ],
    [{ type: 'mysql', user: "a' b" }, /is not a user of a check; use letters/],
    [{ type: 'redis', user: 'a' }, /user: belongs to a health check of type postgres or mysql; this one is redis$/],
    [{ path: '/', service: 'a' }, /service: belongs to a health check of type grpc; this one is http$/],
    [{ type: 'tcp', host: 'a' }, /host: belongs to a health check of type http or grpc; this one is tcp$/],
    [{ type: 'grpc', service: 'a b' }, /is not a gRPC service; write for example shop\.v1\.Orders/],
    [{ status: '200,2xx' }, /is not a status or a range of them; write 200, 200-399 or 200,204,300-399$/],
    [{ status: ['200', 999] }, /status/],
    [{ body: 'a', bodyRegex: 'b' }, /stands beside body; give one of the two$/],
    [{ body: 'a', method: 'HEAD' }, /body: is never there, since an answer to HEAD has no body; use GET$/],
    [{ body: 'a\nb' }, /is not a text an answer is searched for; use visible ASCII characters$/],
    [{ path: '/', method: 'DELETE' }, /"DELETE" is not one of GET, HEAD, OPTIONS, POST/],
    [{ path: '/', headers: { Host: 'a' } }, /"Host" has a key of its own; give it as host/],
    [{ path: '/', headers: { 'Content-Length': '1' } }, /belongs to the connection/],
    [{ path: '/', headers: { 'X-A': 'a\r\nb' } }, /is not a header's value/],
  ])('%j', (spec, message) => {
    expect(check(spec)).toEqual([expect.stringMatching(message)])
  })

  test.each([
    [{}, /^spec\.agentCheck\.port: is missing/],
    [{ port: 1, send: 'a\nb' }, /cannot be sent to an agent; use letters/],
    [{ port: 1, send: 'a"b' }, /cannot be sent to an agent/],
  ])('an agent check %j', (agentCheck, message) => {
    expect(read({ agentCheck })).toEqual([expect.stringMatching(message)])
  })
})
