// The reserve: the places that are held, and that HAProxy takes each of them without a word.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { merge } from '../../src/merge/merge.ts'
import { type Config, EMPTY_CONFIG, poolsOf } from '../../src/model/config.ts'
import { findProfiles } from '../../src/model/profile.ts'
import { renderHaproxy } from '../../src/render/haproxy/render-haproxy.ts'
import { planReserve } from '../../src/render/haproxy/reserve.ts'
import { configs } from '../arbitrary/configs.ts'
import { convert } from '../arbitrary/resources.ts'
import { checkFiles } from '../haproxy/check-files.ts'
import { readOwnSettings, SETTINGS } from './settings.ts'

const CONTEXT = { vpcs: [], addresses: new Map(), kept: new Map(), setAside: new Map() }

function configOf(spec: Record<string, unknown>): Config {
  return merge([convert({ name: 'web', spec: { backends: [{ target: '10.0.0.1:80' }], ...spec } })!], CONTEXT).value
}

function placesFor(config: Config, size: number, of: Config = config): readonly string[] {
  const [pool] = poolsOf(of)
  const reserve = planReserve(config, { ...SETTINGS, reserve: size })
  return findProfiles(pool!).flatMap((profile) => reserve.get(profile)?.places ?? [])
}

const sizes = fc.constantFrom(1, 20, 1000, 5000)

test('each place is held for one profile, and the same Config holds the same', () => {
  fc.assert(
    fc.property(configs, sizes, (config, size) => {
      const reserve = planReserve(config, { ...SETTINGS, reserve: size })
      const places = [...reserve.values()].flatMap((one) => one.places)
      expect(new Set(places).size).toBe(places.length)
      for (const place of places) expect(place).toMatch(/^bl_[0-9a-f]{8}_\d+$/)
      expect(planReserve(config, { ...SETTINGS, reserve: size })).toEqual(reserve)
    }),
    { numRuns: 50 },
  )
})

test('every profile in use has places, and their number is about what was asked for', () => {
  fc.assert(
    fc.property(configs, sizes, (config, size) => {
      const reserve = planReserve(config, { ...SETTINGS, reserve: size })
      for (const [profile = ''] of poolsOf(config).map(findProfiles))
        if (profile !== '') expect(reserve.get(profile)?.places.length).toBeGreaterThan(0)
      const count = [...reserve.values()].flatMap(({ places }) => places).length
      expect(count).toBeLessThanOrEqual(size + reserve.size)
    }),
    { numRuns: 50 },
  )
})

test('most are for the plainest pools; without a reserve there is none', () => {
  const plain = placesFor(EMPTY_CONFIG, 1000, configOf({}))
  expect(plain.length).toBeGreaterThanOrEqual(250)
  expect(placesFor(EMPTY_CONFIG, 1000, configOf({ algorithm: 'leastconn' })).length).toBeLessThan(plain.length)
  expect(planReserve(configOf({}), { ...SETTINGS, reserve: 0 })).toEqual(new Map())
})

test.each([
  {},
  { type: 'tcp', port: 5432 },
  { type: 'tcp', port: 5432, algorithm: 'source', sticky: { mode: 'source' } },
  { algorithm: 'leastconn', healthCheck: { path: '/health' }, sticky: { mode: 'cookie' } },
  { rateLimit: { requests: 100, window: '1m' } },
  { timeouts: { server: '2m', tunnel: '5h' } },
])('%j is usual: a pool like that needs no reload on a node that never had one', (spec) => {
  expect(placesFor(EMPTY_CONFIG, 1000, configOf(spec)).length).toBeGreaterThan(1)
})

test.each([
  ['nothing', {}],
  [
    'every kind of check, limit and stickiness that is not usual',
    {
      pools: {
        a: {
          healthCheck: { path: '/a', status: 204, host: 'x' },
          rateLimit: { requests: 1, window: '7s', action: 'tarpit', key: 'header:X-Key' },
        },
        b: {
          healthCheck: { type: 'custom', send: '€', expect: 'x\\r\\n' },
          sticky: { mode: 'cookie', cookieName: 'Z' },
        },
        c: { timeouts: { connect: '1ms', queue: '24d' }, sticky: { mode: 'source' }, algorithm: 'source' },
        d: { healthCheck: { type: 'none' }, rateLimit: { requests: 1_000_000_000, window: '24d', key: 'header:Host' } },
      },
    },
  ],
  [
    'tcp',
    {
      type: 'tcp',
      port: 5432,
      rateLimit: { requests: 1, window: '7s' },
      healthCheck: { type: 'custom', send: '', expect: 'x' },
    },
  ],
])(
  'HAProxy takes all of it without a warning: %s',
  async (_what, spec) => {
    const settings = await readOwnSettings()
    const { complaints, isValid } = await checkFiles(renderHaproxy(configOf(spec), settings))
    expect({ complaints, isValid }).toEqual({ complaints: [], isValid: true })
  },
  30_000,
)

test('HAProxy takes the reserve of any configuration', async () => {
  const settings = { ...(await readOwnSettings()), reserve: 20 }
  for (const config of fc.sample(configs, 8)) {
    const { complaints, output } = await checkFiles(renderHaproxy(config, settings))
    // A user's own raw lines are not the reserve's.
    expect(
      complaints.filter((line) => !line.includes('config/50-')),
      output,
    ).toEqual([])
  }
}, 60_000)

// With more than about 200 tables to hand over, a new worker of 2.6.12 gets nothing at all from the one before it.
test('however large the reserve is, it brings few tables that are handed over', () => {
  const files = renderHaproxy(EMPTY_CONFIG, { ...SETTINGS, reserve: 5000 })
  const handedOver = files.flatMap(({ content }) => content.match(/^ +stick-table .* peers .*$/gm) ?? [])
  expect(handedOver.length).toBeLessThan(10)
})
