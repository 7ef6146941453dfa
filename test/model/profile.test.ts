// Profiles: a place that was made for one holds every pool that fits it, and no other.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { merge } from '../../src/merge/merge.ts'
import { type Pool, poolsOf } from '../../src/model/config.ts'
import { describeProfile, findProfiles, profileOf, widen } from '../../src/model/profile.ts'
import { configs } from '../arbitrary/configs.ts'
import { convert, neighbourhoods } from '../arbitrary/resources.ts'

const CONTEXT = { vpcs: [], addresses: new Map(), kept: new Map(), setAside: new Map() }

const usualPools = neighbourhoods.map((words) => words.flatMap((word) => poolsOf(merge(word, CONTEXT).value)))
const pools = fc.tuple(configs.map(poolsOf), usualPools).map((both) => both.flat())

function poolWith(spec: Record<string, unknown>): Pool {
  const fragment = convert({ name: 'web', spec: { port: 80, backends: [{ target: '10.0.0.1:80' }], ...spec } })
  return poolsOf(merge([fragment!], CONTEXT).value)[0]!
}

/** Whether a place that was made for one may hold the other next. */
function canFollow(one: Record<string, unknown>, other: Record<string, unknown>): boolean {
  return findProfiles(poolWith(other)).includes(findProfiles(poolWith(one))[0]!)
}

test('any two profiles have the same words only when they are the same', () => {
  fc.assert(
    fc.property(pools, (all) => {
      const byWords = new Map<string, unknown>()
      for (const profile of all.flatMap((pool) => profileOf(pool) ?? []).flatMap((one) => [one, widen(one)])) {
        const words = describeProfile(profile)
        expect(profile).toEqual(byWords.get(words) ?? profile)
        byWords.set(words, profile)
      }
    }),
    { numRuns: 100 },
  )
})

test('the closest profile of a pool is its own, and there is none for raw lines', () => {
  fc.assert(
    fc.property(pools, (all) => {
      for (const pool of all) {
        const profile = profileOf(pool)
        expect(findProfiles(pool)[0]).toBe(profile ? describeProfile(profile) : undefined)
        expect(profile === null).toBe(pool.customLines.length > 0)
      }
    }),
    { numRuns: 100 },
  )
})

test.each([
  [
    { healthCheck: { path: '/a', host: 'x.example' } },
    { healthCheck: { path: '/b', interval: '9s', rise: 7, port: 9 } },
  ],
  [{ healthCheck: { type: 'none' } }, { healthCheck: { type: 'tcp' } }],
  [{ rateLimit: { requests: 1, window: '1s' } }, { rateLimit: { requests: 9, window: '1m', action: 'tarpit' } }],
  [{ rateLimit: { requests: 1, window: '1s' } }, { sticky: { mode: 'cookie' } }],
  [{ sticky: { mode: 'cookie' } }, { sticky: { mode: 'cookie', cookieName: 'X' } }],
  [{ sticky: { mode: 'cookie' } }, {}],
  [{ timeouts: { server: '1s', tunnel: '1s' } }, { timeouts: { server: '2s' } }],
  [{ backends: [{ target: '10.0.0.2:80', weight: 9 }] }, {}],
])('%j can become %j where it stands', (one, other) => {
  expect(canFollow(one, other)).toBe(true)
})

test.each([
  [{}, { type: 'tcp' }],
  [{}, { algorithm: 'leastconn' }],
  [{}, { sticky: { mode: 'source' } }],
  [
    { type: 'tcp', timeouts: { server: '1s' } },
    { type: 'tcp', timeouts: { server: '2s' } },
  ],
  [{ timeouts: { queue: '1s' } }, { timeouts: { queue: '2s' } }],
  [{ healthCheck: { path: '/a' } }, { healthCheck: { path: '/a', status: 200 } }],
  [{ healthCheck: { path: '/a' } }, { healthCheck: { path: '/a', body: 'ok' } }],
  [{ healthCheck: { path: '/a', headers: { 'X-A': '1' } } }, { healthCheck: { path: '/a', headers: { 'X-A': '2' } } }],
  [{ healthCheck: { type: 'redis' } }, { healthCheck: { type: 'smtp' } }],
  [{ healthCheck: { type: 'postgres', user: 'a' } }, { healthCheck: { type: 'mysql', user: 'a' } }],
  [{ healthCheck: { type: 'grpc' } }, { healthCheck: { type: 'grpc', service: 'a' } }],
  [
    { healthCheck: { type: 'custom', send: 'A', expect: 'B' } },
    { healthCheck: { type: 'custom', send: '', expect: 'B' } },
  ],
  [{ rateLimit: { requests: 1, window: '1s' } }, { rateLimit: { requests: 1, window: '2s' } }],
  [{}, { customSettings: ['option httplog'] }],
])('%j cannot become %j where it stands', (one, other) => {
  expect(canFollow(one, other)).toBe(false)
})

test.each([
  [{}, 'http roundrobin'],
  [{ type: 'tcp', algorithm: 'leastconn', sticky: { mode: 'source' } }, 'tcp leastconn, sticky by source'],
  [{ healthCheck: { path: '/a', timeout: '1s' } }, 'http roundrobin, http check 200-399, check timeout 1s'],
])('%j is "%s"', (spec, words) => {
  expect(findProfiles(poolWith(spec))[0]).toBe(words)
})
