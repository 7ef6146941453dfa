// The lines of a plan: what the command, the log and the API say of each change.
import { describe, expect, test } from 'vitest'
import {
  type Config,
  EMPTY_CONFIG,
  type Listener,
  type Pool,
  poolsOf,
  type Route,
  type Server,
  toConfig,
} from '../../src/model/config.ts'
import { findProfiles } from '../../src/model/profile.ts'
import { Table } from '../../src/model/table.ts'
import type { Action } from '../../src/plan/action.ts'
import { formatPlan } from '../../src/plan/format-plan.ts'
import { makePlan } from '../../src/plan/plan.ts'
import { NEW_LEDGER, type Running, UNKNOWN } from '../../src/plan/running.ts'
import { SimulatedWorker } from './simulated-worker.ts'
import { SAME, toRunning } from './to-running.ts'

const SERVER: Server = {
  name: 'web-1:80',
  host: 'web-1',
  port: 80,
  address: '10.0.0.1',
  weight: 1,
  backup: false,
  maxConnections: null,
  state: 'ready',
}
const POOL: Pool = {
  id: 'web.main',
  owner: 'web',
  mode: 'http',
  algorithm: 'roundrobin',
  servers: [SERVER],
  healthCheck: { type: 'tcp', intervalMs: 1, timeoutMs: 1, rise: 1, fall: 1, port: null },
  stickiness: null,
  rateLimit: null,
  timeouts: { connectMs: 1, serverMs: 1, queueMs: 1, tunnelMs: 1 },
  customLines: [],
}
const LISTENER: Listener = {
  id: '0.0.0.0:80',
  address: '0.0.0.0',
  port: 80,
  mode: 'http',
  owner: 'web',
  timeouts: { clientMs: 1, httpRequestMs: 1, keepAliveMs: 1 },
  wildcardLabels: 4,
}
const ROUTE: Route = { listener: LISTENER.id, owner: 'web', host: 'a.example', path: '/api', pool: POOL.id }
const CONFIG = configOf([POOL])

function configOf(pools: readonly Pool[], routes: readonly Route[] = [ROUTE], listeners = [LISTENER]): Config {
  return toConfig(listeners, [{ owner: 'web', pools, routes }])
}

function withServer(change: Partial<Server>): Config {
  return configOf([{ ...POOL, servers: [{ ...SERVER, ...change }] }])
}

function lines(before: Config, after: Config): string[] {
  return formatPlan(makePlan(toRunning(before), { config: after, processDigest: SAME }))
}

/** The plan of a worker that has, for every pool there may be, the places p1, p2, … in reserve. */
function linesWithPlaces(running: Running, after: Config): string[] {
  const profiles = poolsOf(after).flatMap((pool) => findProfiles(pool).slice(0, 1))
  const spares = Table(profiles.map((profile) => [profile, ['p1', 'p2', 'p3']]))
  const ledger = { ...running.ledger, spares }
  return formatPlan(makePlan({ ...running, ledger }, { config: after, processDigest: SAME }))
}

describe('the wording of servers', () => {
  test.each([
    [{ weight: 50 }, ['web: server web-1:80 in web.main weight 1 -> 50']],
    [{ state: 'drain' }, ['web: server web-1:80 in web.main weight 1 -> 0 (drain)']],
    [{ weight: 0 }, ['web: server web-1:80 in web.main weight 1 -> 0']],
    [{ state: 'maint' }, ['web: server web-1:80 in web.main ready -> maint']],
    [
      { state: 'maint', weight: 2, address: '10.0.0.2' },
      ['web: server web-1:80 in web.main ready -> maint', 'web: server web-1:80 in web.main weight 1 -> 2'],
    ],
    [{ address: 'fd00::2' }, ['web: server web-1:80 in web.main address 10.0.0.1:80 -> [fd00::2]:80']],
    [{ address: null }, ['web: server web-1:80 in web.main ready -> maint']],
    [
      { maxConnections: 5, weight: 7 },
      [
        'web: server web-1:80 in web.main weight 1 -> 7',
        'web: server web-1:80 in web.main maxConnections no limit -> 5',
      ],
    ],
  ] as const)('that change by %j', (change, expected) => {
    expect(lines(CONFIG, withServer(change))).toEqual(expected)
  })

  test('of a name that resolves to where its server was parked is its port, all the same', () => {
    expect(lines(withServer({ address: null }), withServer({ address: '127.0.0.1' }))).toEqual([
      'web: server web-1:80 in web.main address 127.0.0.1:1 -> 127.0.0.1:80',
      'web: server web-1:80 in web.main maint -> ready',
    ])
  })

  test('that come back are put into service last', () => {
    const before = withServer({ address: null, weight: 5, state: 'drain' })
    expect(lines(before, CONFIG)).toEqual([
      'web: server web-1:80 in web.main address 127.0.0.1:1 -> 10.0.0.1:80',
      'web: server web-1:80 in web.main weight 0 -> 1',
      'web: server web-1:80 in web.main maint -> ready',
    ])
  })

  test('that come, and that nobody wants any more', () => {
    const two = configOf([{ ...POOL, servers: [SERVER, { ...SERVER, name: 'web-2:80' }] }])
    expect(lines(CONFIG, two)).toEqual(['web: server web-2:80 in web.main added'])
    const worker = new SimulatedWorker(two, 0)
    const plan = (config: Config) => makePlan(worker.read(), { config, processDigest: SAME })
    expect(formatPlan(plan(CONFIG))).toEqual(['web: server web-2:80 in web.main taken out'])
    worker.carryOut(plan(CONFIG), CONFIG)
    expect(plan(CONFIG)).toEqual([])
    expect(formatPlan(plan(two))).toEqual(['web: server web-2:80 in web.main maint -> ready'])
    worker.wait(60_000)
    expect(formatPlan(plan(CONFIG))).toEqual(['web: server web-2:80 in web.main forgotten'])
  })

  test('that were drained, taken out and come back at once take traffic again', () => {
    const drained = withServer({ weight: 7, state: 'drain' })
    const none = configOf([{ ...POOL, servers: [] }])
    const worker = new SimulatedWorker(drained, 0)
    const plan = (config: Config) => makePlan(worker.read(), { config, processDigest: SAME })
    worker.carryOut(plan(none), none)
    // As it was told, without another look.
    const told = { ...worker.read(), ledger: worker.told.ledger }
    for (const running of [worker.read(), told])
      expect(formatPlan(makePlan(running, { config: withServer({ weight: 7 }), processDigest: SAME }))).toEqual([
        'web: server web-1:80 in web.main weight 0 -> 7',
        'web: server web-1:80 in web.main maint -> ready',
      ])
  })

  test('of which one takes over from another: it is there before the other leaves', () => {
    expect(lines(CONFIG, configOf([{ ...POOL, servers: [{ ...SERVER, name: 'web-2:80' }] }]))).toEqual([
      'web: server web-2:80 in web.main added',
      'web: server web-1:80 in web.main taken out',
    ])
  })

  test('of which one becomes a backup moves its pool: HAProxy is told that only at birth', () => {
    expect(linesWithPlaces(toRunning(CONFIG), withServer({ backup: true }))).toEqual([
      'web: pool web.main (backup) moves to p1',
      'web: server web-1:80 in web.main added',
      'web: route a.example/api follows web.main to p1',
      'web: pool web.main leaves be_web.main',
    ])
  })
})

describe('the wording of pools', () => {
  const limit = { scope: 'web', requests: 1, windowMs: 1000, action: 'deny', key: { by: 'source' } } as const

  test.each([
    [{ algorithm: 'random' }, 'algorithm'],
    [{ healthCheck: { ...POOL.healthCheck, rise: 2 } }, 'healthCheck'],
    [{ stickiness: { mode: 'source' } }, 'sticky'],
    [{ rateLimit: limit }, 'rateLimit'],
    [{ timeouts: { ...POOL.timeouts, serverMs: 2 } }, 'timeouts'],
    [{ mode: 'tcp', algorithm: 'random' }, 'type, algorithm'],
  ] as const)('made for one that changes by %j names the keys a user writes, and moves it', (change, keys) => {
    expect(linesWithPlaces(toRunning(CONFIG), configOf([{ ...POOL, ...change } as Pool]))).toEqual([
      `web: pool web.main (${keys}) moves to p1`,
      'web: server web-1:80 in web.main added',
      'web: route a.example/api follows web.main to p1',
      'web: pool web.main leaves be_web.main',
    ])
  })

  test.each([
    [{ timeouts: { ...POOL.timeouts, serverMs: 2, tunnelMs: 3 } }, 'timeouts', 'changed'],
    [{ timeouts: { ...POOL.timeouts, queueMs: 2 } }, 'timeouts', 'moves'],
    [{ rateLimit: { ...limit, requests: 2, scope: 'web.main' } }, 'rateLimit', 'changed'],
    [{ rateLimit: { ...limit, windowMs: 60_000 } }, 'rateLimit', 'changed'],
    [{ rateLimit: null }, 'rateLimit', 'changed'],
    [{ rateLimit: { ...limit, windowMs: 2 } }, 'rateLimit', 'moves'],
    [{ stickiness: { mode: 'cookie', cookieName: 'S' } }, 'sticky', 'changed'],
    [{ stickiness: { mode: 'source' } }, 'sticky', 'moves'],
    [{ healthCheck: { ...POOL.healthCheck, fall: 9 } }, 'healthCheck', 'moves'],
  ] as const)('in a place of the reserve: a change by %j of %s, it is %s', (change, keys, how) => {
    const pool: Pool = { ...POOL, rateLimit: limit }
    const before = configOf([pool])
    const running = toRunning(before)
    const [profile = ''] = findProfiles(pool)
    const ledger = { ...NEW_LEDGER, places: Table([[POOL.id, 'p0']]), profiles: Table([['p0', profile]]) }
    const [first] = linesWithPlaces({ ...running, ledger }, configOf([{ ...pool, ...change } as Pool]))
    expect(first).toBe(`web: pool web.main ${how === 'moves' ? `(${keys}) moves to p1` : `changed (${keys})`}`)
  })

  test('that come and go', () => {
    const two = configOf(
      [POOL, { ...POOL, id: 'web.pool.b', servers: [] }],
      [ROUTE, { ...ROUTE, path: '/b', pool: 'web.pool.b' }],
    )
    expect(linesWithPlaces(toRunning(CONFIG), two)).toEqual([
      'web: new pool web.pool.b takes p1',
      'web: route a.example/b -> web.pool.b added',
    ])
    const worker = new SimulatedWorker(two, 0)
    const plan = () => makePlan(worker.read(), { config: CONFIG, processDigest: SAME })
    expect(formatPlan(plan())).toEqual([
      'web: route a.example/b removed',
      'web: pool web.pool.b removed from be_web.pool.b',
    ])
    worker.carryOut(plan(), CONFIG)
    expect(plan()).toEqual([])
    worker.wait(60_000)
    expect(formatPlan(plan())).toEqual(['web: pool web.pool.b has left be_web.pool.b'])
  })

  test('for which nothing is in reserve, or nothing could be', () => {
    const after = configOf([
      { ...POOL, timeouts: { ...POOL.timeouts, connectMs: 4321 } },
      { ...POOL, id: 'web.pool.b' },
    ])
    const [line] = lines(CONFIG, after)
    expect(line).toMatch(
      /^reload because web: changed pool web\.main \(timeouts\): no place left in reserve for http roundrobin\b.*connect timeout 4321ms/,
    )
    expect(lines(CONFIG, configOf([{ ...POOL, customLines: ['option x'] }]))).toEqual([
      'reload because web: changed pool web.main (customSettings) has customSettings',
    ])
    expect(lines(EMPTY_CONFIG, configOf([{ ...POOL, customLines: ['option x'] }], [], [])).join()).toBe(
      'reload because web: new pool web.main has customSettings',
    )
  })

  test('of six reasons spells out five', () => {
    const pools = ['a', 'b', 'c', 'd', 'e', 'f'].map(
      (part): Pool => ({ ...POOL, id: `web.pool.${part}`, customLines: ['x'] }),
    )
    expect(lines(configOf([], []), configOf(pools, []))).toEqual([
      expect.stringMatching(/^reload because (web: new pool web\.pool\.[a-e] has customSettings; ){5}1 more$/),
    ])
  })
})

describe('the wording of routes and listeners', () => {
  test('of routes that come, change and go', () => {
    const pools = [POOL, { ...POOL, id: 'web.pool.b' }]
    const before = configOf(pools, [ROUTE, { ...ROUTE, path: '/old' }])
    const after = configOf(pools, [
      { ...ROUTE, pool: 'web.pool.b' },
      { ...ROUTE, host: null, path: '/new' },
    ])
    expect(lines(before, after)).toEqual([
      'web: route a.example/api web.main -> web.pool.b',
      'web: route /new -> web.main added',
      'web: route a.example/old removed',
    ])
  })

  test('of a route that goes from one load balancer to another is one change, without a moment in between', () => {
    const other = { owner: 'other', pools: [{ ...POOL, id: 'other.main', owner: 'other' }], routes: [] }
    const before = toConfig([LISTENER], [{ owner: 'web', pools: [POOL], routes: [ROUTE] }, other])
    const taken = { ...other, routes: [{ ...ROUTE, owner: 'other', pool: 'other.main' }] }
    const after = toConfig([LISTENER], [{ owner: 'web', pools: [POOL], routes: [] }, taken])
    expect(lines(before, after)).toEqual(['other: route a.example/api web.main -> other.main'])
  })

  test('of a wildcard deeper than the rules of its listener look', () => {
    const deep = configOf([POOL], [ROUTE], [{ ...LISTENER, wildcardLabels: 5 }])
    expect(lines(CONFIG, deep)).toEqual([
      'reload because web: wildcards of 5 labels on listener 0.0.0.0:80, 4 until now',
    ])
    expect(lines(deep, CONFIG)).toEqual([])
  })

  test('of listeners', () => {
    const more = configOf([POOL], [ROUTE], [LISTENER, { ...LISTENER, id: '0.0.0.0:81', port: 81, owner: 'db' }])
    expect(lines(CONFIG, more)).toEqual(['reload because db: new listener 0.0.0.0:81'])
    expect(lines(more, EMPTY_CONFIG)).toEqual([
      'reload because web: removed listener 0.0.0.0:80; db: removed listener 0.0.0.0:81',
    ])
    const changed = { ...LISTENER, timeouts: { ...LISTENER.timeouts, clientMs: 2 } }
    expect(lines(CONFIG, configOf([POOL], [ROUTE], [changed]))).toEqual([
      'reload because web: changed listener 0.0.0.0:80 (timeouts)',
    ])
    expect(lines(CONFIG, configOf([POOL], [ROUTE], [{ ...LISTENER, owner: 'other' }]))).toEqual([])
  })

  test('of rows somebody else has changed', () => {
    const odd = [
      { map: 'maps/x.map', key: 'a/', live: 'be_x', told: 'be_a' },
      { map: 'maps/x.map', key: 'b/', live: null, told: 'be_a' },
      { map: 'maps/x.map', key: 'c/', live: 'be_x', told: null },
    ]
    expect(formatPlan(makePlan({ ...toRunning(CONFIG), odd }, { config: CONFIG, processDigest: SAME }))).toEqual([
      'row a/ of maps/x.map be_x -> be_a',
      'row b/ of maps/x.map missing -> be_a',
      'row c/ of maps/x.map be_x -> removed',
    ])
  })

  test('of what is nobody in particular’s', () => {
    const plan = (running: Running | null): Action[] => makePlan(running, { config: CONFIG, processDigest: 'new' })
    expect(formatPlan(plan(null))).toEqual(['reload because HAProxy is not running'])
    expect(formatPlan(plan(UNKNOWN))).toEqual(['reload because what HAProxy was told before is not known'])
    expect(formatPlan(plan({ ...toRunning(CONFIG), processDigest: 'old' }))).toEqual([
      'reload because process-wide settings changed',
    ])
  })

  test('does not change when lists come in another order', () => {
    const two = { ...POOL, servers: [SERVER, { ...SERVER, name: 'b' }] }
    expect(lines(configOf([two]), configOf([{ ...two, servers: two.servers.toReversed() }]))).toEqual([])
  })
})
