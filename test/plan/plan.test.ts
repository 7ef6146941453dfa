// Plans: nothing for nothing, run-time actions only where they lead all the way, a named reload for everything else.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Config, EMPTY_CONFIG, type Listener, type Pool, type Route, type Server } from '../../src/model/config.ts'
import { toEffective } from '../../src/model/effective.ts'
import type { Action } from '../../src/plan/action.ts'
import { formatPlan } from '../../src/plan/format-plan.ts'
import { findReload, makePlan } from '../../src/plan/plan.ts'
import { renderHaproxy } from '../../src/render/haproxy/render-haproxy.ts'
import { configs, livelyChanged } from '../arbitrary/configs.ts'
import { SETTINGS } from '../render/settings.ts'

const RUNS = { numRuns: 200 }

function plan(before: Config, after: Config): Action[] {
  return makePlan({ config: before, processDigest: 'same' }, { config: after, processDigest: 'same' })
}

/** Carries out a plan as the running process would: each action is held against what it claims to find. */
function simulate(config: Config, actions: readonly Action[]): Config {
  const live = new Map(config.pools.flatMap((pool) => pool.servers.map((server) => [`${pool.id}/${server.name}`, { ...toEffective(server) }])))
  for (const action of actions) {
    if (action.kind === 'reload') throw new Error('a reload cannot be simulated')
    const server = live.get(`${action.pool}/${action.server}`)
    if (!server) throw new Error(`${action.pool}/${action.server} does not run`)
    if (action.kind === 'set-weight') expect(server.weight).toBe(action.from)
    if (action.kind === 'set-state') expect(server.state).toBe(action.from)
    if (action.kind === 'set-weight') server.weight = action.to
    if (action.kind === 'set-state') server.state = action.to
    if (action.kind === 'set-address') Object.assign(server, { address: action.address, port: action.port })
  }
  const asLive = (pool: Pool) => pool.servers.map((server): Server => ({ ...server, ...live.get(`${pool.id}/${server.name}`) }))
  return { ...config, pools: config.pools.map((pool) => ({ ...pool, servers: asLive(pool) })) }
}

/** Every server as HAProxy holds it; where one in maintenance stands does not matter. */
function liveOf(config: Config): unknown[] {
  return config.pools.flatMap((pool) =>
    pool.servers.map((server) => {
      const { weight, state, address, port } = toEffective(server)
      return [pool.id, server.name, weight, state, ...(state === 'maint' ? [] : [address, port])]
    }),
  )
}

/** The files without what a running process need not know: the order of lines, and where servers in maintenance stand. */
function sortedLines(config: Config): string[] {
  return renderHaproxy(config, SETTINGS)
    .flatMap(({ path, content }) => content.split('\n').map((line) => `${path} ${line}`))
    .map((line) => line.replace(/( {2}server \S+) \S+(.* disabled)$/, '$1$2'))
    .sort()
}

describe('any two configurations', { timeout: 60_000 }, () => {
  test('that are the same need no action', () => {
    fc.assert(fc.property(configs, (config) => expect(plan(config, structuredClone(config))).toEqual([])), RUNS)
  })

  test('get either one reload with its reasons, or actions of the running process that lead all the way', () => {
    fc.assert(
      fc.property(configs, configs, (before, after) => {
        const actions = plan(before, after)
        const reload = actions.find((action) => action.kind === 'reload')
        if (reload) {
          expect(actions).toEqual([reload])
          expect(reload.because.length).toBeGreaterThan(0)
        } else expect(liveOf(simulate(before, actions))).toEqual(liveOf(after))
      }),
      RUNS,
    )
  })

  test('that differ in weights, states and addresses only never need a reload', () => {
    const pairs = configs.chain((before) => fc.tuple(fc.constant(before), livelyChanged(before)))
    fc.assert(
      fc.property(pairs, ([before, after]) => {
        const actions = plan(before, after)
        expect(findReload(actions)).toEqual([])
        const done = simulate(before, actions)
        expect(liveOf(done)).toEqual(liveOf(after))
        expect(plan(done, after)).toEqual([])
      }),
      RUNS,
    )
  })

  test('never have a run-time action for a server, pool or load balancer that is new', () => {
    fc.assert(
      fc.property(configs, configs, (before, after) => {
        const known = new Set(before.pools.flatMap((pool) => pool.servers.map((server) => `${pool.id}/${server.name}`)))
        for (const action of plan(before, after)) if (action.kind !== 'reload') expect(known).toContain(`${action.pool}/${action.server}`)
      }),
      RUNS,
    )
  })

  test('whose files differ have a plan', () => {
    fc.assert(
      fc.property(configs, configs, (before, after) => {
        if (plan(before, after).length === 0) expect(sortedLines(after)).toEqual(sortedLines(before))
      }),
      RUNS,
    )
  })
})

const SERVER: Server = { name: 'web-1:80', host: 'web-1', port: 80, address: '10.0.0.1', weight: 1, backup: false, maxConnections: null, state: 'ready' }
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
const LISTENER: Listener = { id: '0.0.0.0:80', address: '0.0.0.0', port: 80, mode: 'http', owners: ['web'], timeouts: { clientMs: 1, httpRequestMs: 1, keepAliveMs: 1 } }
const ROUTE: Route = { listener: LISTENER.id, owner: 'web', host: 'a.example', path: '/api', pool: POOL.id }
const CONFIG: Config = { listeners: [LISTENER], routes: [ROUTE], pools: [POOL] }

function withServer(change: Partial<Server>): Config {
  return { ...CONFIG, pools: [{ ...POOL, servers: [{ ...SERVER, ...change }] }] }
}

describe('the wording', () => {
  test.each([
    [{ weight: 50 }, ['web: server web-1:80 in web.main weight 1 -> 50']],
    [{ state: 'drain' }, ['web: server web-1:80 in web.main weight 1 -> 0 (drain)']],
    [{ weight: 0 }, ['web: server web-1:80 in web.main weight 1 -> 0']],
    [{ state: 'maint' }, ['web: server web-1:80 in web.main ready -> maint']],
    [{ state: 'maint', weight: 2, address: '10.0.0.2' }, ['web: server web-1:80 in web.main ready -> maint', 'web: server web-1:80 in web.main weight 1 -> 2']],
    [{ address: 'fd00::2' }, ['web: server web-1:80 in web.main address 10.0.0.1:80 -> [fd00::2]:80']],
    [{ address: null }, ['web: server web-1:80 in web.main ready -> maint']],
    [{ backup: true }, ['reload because web: changed server web-1:80 in web.main (backup)']],
    [{ maxConnections: 5, weight: 7 }, ['reload because web: changed server web-1:80 in web.main (maxConnections)']],
  ] as const)('of the server change %j', (change, lines) => {
    expect(formatPlan(plan(CONFIG, withServer(change)))).toEqual(lines)
  })

  test('of a server that comes back puts it into service last', () => {
    const before = withServer({ address: null, weight: 5, state: 'drain' })
    expect(formatPlan(plan(before, CONFIG))).toEqual([
      'web: server web-1:80 in web.main address 127.0.0.1:1 -> 10.0.0.1:80',
      'web: server web-1:80 in web.main weight 0 -> 1',
      'web: server web-1:80 in web.main maint -> ready',
    ])
  })

  test.each([
    [{ algorithm: 'random' }, 'algorithm'],
    [{ healthCheck: { ...POOL.healthCheck, rise: 2 } }, 'healthCheck'],
    [{ stickiness: { mode: 'source' } }, 'sticky'],
    [{ rateLimit: { scope: 'web', requests: 1, windowMs: 1, action: 'deny', key: { by: 'source' } } }, 'rateLimit'],
    [{ timeouts: { ...POOL.timeouts, queueMs: 2 } }, 'timeouts'],
    [{ customLines: ['option x'] }, 'customSettings'],
    [{ mode: 'tcp' }, 'type'],
  ] as const)('of the pool change %j names the key a user writes', (change, key) => {
    const after: Config = { ...CONFIG, pools: [{ ...POOL, ...change } as Pool] }
    expect(formatPlan(plan(CONFIG, after))).toEqual([`reload because web: changed pool web.main (${key})`])
  })

  test('of everything else', () => {
    const other = { ...POOL, id: 'web.pool.b' }
    const more: Config = {
      listeners: [LISTENER, { ...LISTENER, id: '0.0.0.0:81', port: 81, owners: ['db'] }],
      routes: [{ ...ROUTE, pool: other.id }],
      pools: [{ ...POOL, servers: [SERVER, { ...SERVER, name: 'web-2:80' }] }, other],
    }
    expect(formatPlan(plan(CONFIG, more))).toEqual([
      'reload because db: new listener 0.0.0.0:81; web: new server web-2:80 in web.main; web: new pool web.pool.b; web: changed route a.example/api (pool)',
    ])
    expect(formatPlan(plan(more, EMPTY_CONFIG))).toEqual([
      'reload because web: removed listener 0.0.0.0:80; db: removed listener 0.0.0.0:81; web: removed pool web.main; web: removed pool web.pool.b; web: removed route a.example/api',
    ])
    expect(formatPlan(plan(CONFIG, { ...CONFIG, listeners: [{ ...LISTENER, timeouts: { ...LISTENER.timeouts, clientMs: 2 } }] }))).toEqual([
      'reload because web: changed listener 0.0.0.0:80 (timeouts)',
    ])
  })

  test('of what is nobody in particular’s', () => {
    expect(formatPlan(makePlan(null, { config: CONFIG, processDigest: 'x' }))).toEqual(['reload because HAProxy is not running'])
    expect(formatPlan(makePlan({ config: EMPTY_CONFIG, processDigest: '' }, { config: CONFIG, processDigest: 'x' }))).toEqual(['reload because what HAProxy was told before is not known'])
    expect(formatPlan(makePlan({ config: CONFIG, processDigest: 'old' }, { config: CONFIG, processDigest: 'new' }))).toEqual(['reload because process-wide settings changed'])
  })

  test('of six reasons spells out five', () => {
    const routes = ['a', 'b', 'c', 'd', 'e', 'f'].map((path): Route => ({ ...ROUTE, path: `/${path}` }))
    expect(formatPlan(plan({ ...CONFIG, routes: [] }, { ...CONFIG, routes }))[0]).toMatch(/^reload because (web: new route a\.example\/[a-e]; ){5}1 more$/)
  })

  test('does not change when a port gets another owner, or lists come in another order', () => {
    expect(plan(CONFIG, { ...CONFIG, listeners: [{ ...LISTENER, owners: ['other', 'web'] }] })).toEqual([])
    const two = { ...POOL, servers: [SERVER, { ...SERVER, name: 'b' }] }
    expect(plan({ ...CONFIG, pools: [two] }, { ...CONFIG, pools: [{ ...two, servers: two.servers.toReversed() }] })).toEqual([])
  })
})
