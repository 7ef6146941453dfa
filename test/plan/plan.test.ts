// Plans: nothing for nothing, run-time actions only where they lead all the way, a named reload for everything else.
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type MergeContext, merge } from '../../src/merge/merge.ts'
import { type Config, EMPTY_CONFIG, type Listener, type Pool, type Route, type Server } from '../../src/model/config.ts'
import type { Action } from '../../src/plan/action.ts'
import { formatPlan } from '../../src/plan/format-plan.ts'
import { findReload, makePlan } from '../../src/plan/plan.ts'
import { renderHaproxy } from '../../src/render/haproxy/render-haproxy.ts'
import { configs, livelyChanged } from '../arbitrary/configs.ts'
import { convert, specs } from '../arbitrary/resources.ts'
import { SETTINGS } from '../render/settings.ts'
import { SAME, toLive, toRunning } from './to-running.ts'

const RUNS = { numRuns: 200 }

const CONTEXT: MergeContext = {
  vpcs: [],
  addresses: new Map([['web-1', '10.0.0.11']]),
  kept: new Map(),
  setAside: new Map(),
}

function plan(before: Config, after: Config, deletable: Iterable<string> = []): Action[] {
  return makePlan(toRunning(before, deletable), { config: after, processDigest: SAME })
}

function routeKey({ listener, host, path }: Pick<Route, 'listener' | 'host' | 'path'>): string {
  return `${listener} ${host} ${path}`
}

/** Carries out a plan as the running process would: each action is held against what it claims to find. */
function simulate(config: Config, actions: readonly Action[]): Config {
  const pools = new Map(
    config.pools.map((pool) => [pool.id, new Map(pool.servers.map((server) => [server.name, toLive(server)]))]),
  )
  const routes = new Map(config.routes.map((route) => [routeKey(route), route]))
  const found = (pool: string, name: string): Server => {
    const server = pools.get(pool)?.get(name)
    if (!server) throw new Error(`${pool}/${name} does not run`)
    return server
  }
  const change = (pool: string, name: string, to: Partial<Server>) =>
    pools.get(pool)?.set(name, { ...found(pool, name), ...to })
  for (const action of actions) {
    switch (action.kind) {
      case 'reload':
        throw new Error('a reload cannot be simulated')
      case 'add-server':
        expect(pools.get(action.pool)?.has(action.server)).toBe(false)
        pools.get(action.pool)?.set(action.server, toLive(action.definition))
        break
      case 'set-weight':
        expect(found(action.pool, action.server).weight).toBe(action.from)
        change(action.pool, action.server, { weight: action.to })
        break
      case 'set-max-connections':
        expect(found(action.pool, action.server).maxConnections).toBe(action.from)
        change(action.pool, action.server, { maxConnections: action.to })
        break
      case 'set-state':
        expect(found(action.pool, action.server).state).toBe(action.from)
        change(action.pool, action.server, { state: action.to })
        break
      case 'set-address':
        change(action.pool, action.server, { address: action.address, port: action.port })
        break
      case 'retire-server':
        expect(found(action.pool, action.server).state).toBe('ready')
        change(action.pool, action.server, { state: 'maint' })
        break
      case 'delete-server':
        expect(found(action.pool, action.server).state).toBe('maint')
        pools.get(action.pool)?.delete(action.server)
        break
      case 'set-route': {
        expect(routes.get(routeKey(action))?.pool ?? null).toBe(action.from)
        const { listener, owner, host, path, to } = action
        if (to === null) routes.delete(routeKey(action))
        else routes.set(routeKey(action), { listener, owner, host, path, pool: to })
      }
    }
  }
  const servers = (pool: Pool) => [...(pools.get(pool.id)?.values() ?? [])]
  return {
    ...config,
    routes: [...routes.values()],
    pools: config.pools.map((pool) => ({ ...pool, servers: servers(pool) })),
  }
}

/** Every server that `wanted` has, and every route, as HAProxy holds them; where one in maintenance stands does not matter. */
function liveOf(config: Config, wanted: Config): unknown {
  const names = new Set(wanted.pools.flatMap((pool) => pool.servers.map((server) => `${pool.id}/${server.name}`)))
  const servers = config.pools.flatMap((pool) =>
    pool.servers
      .map(toLive)
      .filter((server) => names.has(`${pool.id}/${server.name}`))
      .map(({ name, weight, state, address, port, maxConnections }) => {
        return [
          `${pool.id}/${name}`,
          weight,
          maxConnections,
          state,
          ...(state === 'maint' ? [] : [address, port]),
        ].join(' ')
      }),
  )
  return { servers: servers.sort(), routes: config.routes.map((route) => `${routeKey(route)} ${route.pool}`).sort() }
}

/** Servers that run although nobody wants them. */
function leaversOf(running: Config, wanted: Config): { key: string; state: string }[] {
  const names = new Set(wanted.pools.flatMap((pool) => pool.servers.map((server) => `${pool.id} ${server.name}`)))
  return running.pools.flatMap((pool) =>
    pool.servers.map(({ name, state }) => ({ key: `${pool.id} ${name}`, state })).filter(({ key }) => !names.has(key)),
  )
}

/** The files without what a running process need not know: the order of servers, and where those in maintenance stand. */
function sortedFiles(config: Config): unknown[] {
  const isServer = (line: string) => line.startsWith('  server ')
  const sortServers = (section: string) => {
    const lines = section.split('\n').map((line) => line.replace(/^( {2}server \S+) \S+(.* disabled)$/, '$1$2'))
    return [...lines.filter((line) => !isServer(line)), ...lines.filter(isServer).sort()]
  }
  return renderHaproxy(config, SETTINGS).map(({ path, content }) => [path, content.split('\n\n').map(sortServers)])
}

/** Two versions of one load balancer that differ in one key at the top. */
const oneKeyApart = fc
  .tuple(specs, specs)
  .chain(([spec, other]) =>
    fc.tuple(
      fc.constant(spec),
      fc.constantFrom(...Object.keys({ ...other, port: 80 })).map((key) => ({ ...spec, [key]: other[key] })),
    ),
  )
  .map((pair) => pair.map((spec) => convert({ name: 'web', spec: JSON.parse(JSON.stringify(spec)) })))
  .filter((pair) => pair.every((fragment) => fragment !== null))
  .map((pair) => pair.map((fragment) => merge([fragment!], CONTEXT).value) as [Config, Config])

describe('any two configurations', { timeout: 60_000 }, () => {
  test('that are the same need no action', () => {
    fc.assert(
      fc.property(configs, (config) => {
        expect(plan(config, structuredClone(config))).toEqual([])
      }),
      RUNS,
    )
  })

  test('get either one reload with its reasons, or actions of the running process that lead all the way', () => {
    fc.assert(
      fc.property(fc.oneof(fc.tuple(configs, configs), oneKeyApart), ([before, after]) => {
        const actions = plan(before, after)
        const reload = actions.find((action) => action.kind === 'reload')
        if (reload) {
          expect(actions).toEqual([reload])
          expect(reload.because.length).toBeGreaterThan(0)
          return
        }
        const done = simulate(before, actions)
        expect(liveOf(done, after)).toEqual(liveOf(after, after))
        for (const { state } of leaversOf(done, after)) expect(state).toBe('maint')
        expect(plan(done, after)).toEqual([])
      }),
      { numRuns: 400 },
    )
  })

  test('forget retired servers once they may be deleted, and then nothing is left of them', () => {
    fc.assert(
      fc.property(oneKeyApart, ([before, after]) => {
        const actions = plan(before, after)
        if (findReload(actions).length > 0) return
        const retired = simulate(before, actions)
        const leavers = leaversOf(retired, after).map(({ key }) => key)
        const forgotten = plan(retired, after, leavers)
        expect(forgotten.map(({ kind }) => kind)).toEqual(leavers.map(() => 'delete-server'))
        expect(leaversOf(simulate(retired, forgotten), after)).toEqual([])
      }),
      { numRuns: 400 },
    )
  })

  test('that differ in weights, states and addresses only never need a reload', () => {
    const pairs = configs.chain((before) => fc.tuple(fc.constant(before), livelyChanged(before)))
    fc.assert(
      fc.property(pairs, ([before, after]) => {
        const actions = plan(before, after)
        expect(findReload(actions)).toEqual([])
        expect(liveOf(simulate(before, actions), after)).toEqual(liveOf(after, after))
        expect(plan(simulate(before, actions), after)).toEqual([])
      }),
      RUNS,
    )
  })

  test('never have an action for a server that is new, but the one that adds it', () => {
    fc.assert(
      fc.property(fc.oneof(fc.tuple(configs, configs), oneKeyApart), ([before, after]) => {
        const known = new Set(before.pools.flatMap((pool) => pool.servers.map((server) => `${pool.id}/${server.name}`)))
        for (const action of plan(before, after)) {
          if ('server' in action)
            expect([action.kind, known.has(`${action.pool}/${action.server}`)]).toEqual([
              action.kind,
              action.kind !== 'add-server',
            ])
        }
      }),
      RUNS,
    )
  })

  test('have a plan exactly where their files differ', () => {
    fc.assert(
      fc.property(oneKeyApart, ([before, after]) => {
        // What is told of servers does not show where there are none.
        if ([before, after].some(({ pools }) => pools.some(({ servers }) => servers.length === 0))) return
        const isSame = isDeepStrictEqual(sortedFiles(before), sortedFiles(after))
        expect([formatPlan(plan(before, after)), isSame]).toEqual([
          isSame ? [] : expect.arrayContaining([expect.any(String)]),
          isSame,
        ])
      }),
      { numRuns: 500 },
    )
  })
})

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
  owners: ['web'],
  timeouts: { clientMs: 1, httpRequestMs: 1, keepAliveMs: 1 },
}
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
    [
      { state: 'maint', weight: 2, address: '10.0.0.2' },
      ['web: server web-1:80 in web.main ready -> maint', 'web: server web-1:80 in web.main weight 1 -> 2'],
    ],
    [{ address: 'fd00::2' }, ['web: server web-1:80 in web.main address 10.0.0.1:80 -> [fd00::2]:80']],
    [{ address: null }, ['web: server web-1:80 in web.main ready -> maint']],
    [{ backup: true }, ['reload because web: changed server web-1:80 in web.main (backup)']],
    [
      { maxConnections: 5, weight: 7 },
      [
        'web: server web-1:80 in web.main weight 1 -> 7',
        'web: server web-1:80 in web.main maxConnections no limit -> 5',
      ],
    ],
  ] as const)('of the server change %j', (change, lines) => {
    expect(formatPlan(plan(CONFIG, withServer(change)))).toEqual(lines)
  })

  test('of a name that resolves to where its server was parked is its port, all the same', () => {
    expect(formatPlan(plan(withServer({ address: null }), withServer({ address: '127.0.0.1' })))).toEqual([
      'web: server web-1:80 in web.main address 127.0.0.1:1 -> 127.0.0.1:80',
      'web: server web-1:80 in web.main maint -> ready',
    ])
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

  test('of a server more, and of one that nobody wants any more', () => {
    const two: Config = { ...CONFIG, pools: [{ ...POOL, servers: [SERVER, { ...SERVER, name: 'web-2:80' }] }] }
    expect(formatPlan(plan(CONFIG, two))).toEqual(['web: server web-2:80 in web.main added'])
    expect(formatPlan(plan(two, CONFIG))).toEqual(['web: server web-2:80 in web.main taken out'])
    const out: Config = {
      ...CONFIG,
      pools: [{ ...POOL, servers: [SERVER, { ...SERVER, name: 'web-2:80', state: 'maint' }] }],
    }
    expect(plan(out, CONFIG)).toEqual([])
    expect(formatPlan(plan(out, CONFIG, ['web.main web-2:80']))).toEqual(['web: server web-2:80 in web.main forgotten'])
    expect(formatPlan(plan(out, two))).toEqual(['web: server web-2:80 in web.main maint -> ready'])
  })

  test('of a server that takes over from another is there before the other leaves', () => {
    const other: Config = { ...CONFIG, pools: [{ ...POOL, servers: [{ ...SERVER, name: 'web-2:80' }] }] }
    expect(formatPlan(plan(CONFIG, other))).toEqual([
      'web: server web-2:80 in web.main added',
      'web: server web-1:80 in web.main taken out',
    ])
  })

  test('of routes that come, change and go', () => {
    const other = { ...POOL, id: 'web.pool.b' }
    const before: Config = { ...CONFIG, pools: [POOL, other], routes: [ROUTE, { ...ROUTE, path: '/old' }] }
    const after: Config = {
      ...before,
      routes: [
        { ...ROUTE, pool: other.id },
        { ...ROUTE, host: null, path: '/new' },
      ],
    }
    expect(formatPlan(plan(before, after))).toEqual([
      'web: route a.example/api web.main -> web.pool.b',
      'web: route /new -> web.main added',
      'web: route a.example/old removed',
    ])
  })

  test('of a wildcard deeper than the rules of its listener look', () => {
    const routes = ['*.a.example', '*.a.b.c.example', '*.a.b.c.d.example'].map((host): Route => ({ ...ROUTE, host }))
    expect(formatPlan(plan(CONFIG, { ...CONFIG, routes: routes.slice(0, 2) })).join()).not.toContain('reload')
    expect(formatPlan(plan(CONFIG, { ...CONFIG, routes }))).toEqual([
      expect.stringMatching(/^reload because web: wildcards of 5 labels on listener 0\.0\.0\.0:80/),
    ])
    expect(formatPlan(plan({ ...CONFIG, routes }, CONFIG)).join()).not.toContain('reload')
  })

  test('of listeners and pools', () => {
    const more: Config = {
      listeners: [LISTENER, { ...LISTENER, id: '0.0.0.0:81', port: 81, owners: ['db'] }],
      routes: [ROUTE],
      pools: [POOL, { ...POOL, id: 'web.pool.b' }],
    }
    expect(formatPlan(plan(CONFIG, more))).toEqual([
      'reload because db: new listener 0.0.0.0:81; web: new pool web.pool.b',
    ])
    expect(formatPlan(plan(more, EMPTY_CONFIG))).toEqual([
      'reload because web: removed listener 0.0.0.0:80; db: removed listener 0.0.0.0:81; web: removed pool web.main; web: removed pool web.pool.b',
    ])
    expect(
      formatPlan(
        plan(CONFIG, { ...CONFIG, listeners: [{ ...LISTENER, timeouts: { ...LISTENER.timeouts, clientMs: 2 } }] }),
      ),
    ).toEqual(['reload because web: changed listener 0.0.0.0:80 (timeouts)'])
  })

  test('of what is nobody in particular’s', () => {
    expect(formatPlan(makePlan(null, { config: CONFIG, processDigest: 'x' }))).toEqual([
      'reload because HAProxy is not running',
    ])
    expect(
      formatPlan(makePlan({ ...toRunning(EMPTY_CONFIG), processDigest: '' }, { config: CONFIG, processDigest: 'x' })),
    ).toEqual(['reload because what HAProxy was told before is not known'])
    expect(
      formatPlan(makePlan({ ...toRunning(CONFIG), processDigest: 'old' }, { config: CONFIG, processDigest: 'new' })),
    ).toEqual(['reload because process-wide settings changed'])
  })

  test('of six reasons spells out five', () => {
    const pools = ['a', 'b', 'c', 'd', 'e', 'f'].map((part): Pool => ({ ...POOL, id: `web.pool.${part}` }))
    expect(formatPlan(plan({ ...CONFIG, routes: [], pools: [] }, { ...CONFIG, routes: [], pools }))).toEqual([
      expect.stringMatching(/^reload because (web: new pool web\.pool\.[a-e]; ){5}1 more$/),
    ])
  })

  test('does not change when a port gets another owner, or lists come in another order', () => {
    expect(plan(CONFIG, { ...CONFIG, listeners: [{ ...LISTENER, owners: ['other', 'web'] }] })).toEqual([])
    const two = { ...POOL, servers: [SERVER, { ...SERVER, name: 'b' }] }
    expect(
      plan({ ...CONFIG, pools: [two] }, { ...CONFIG, pools: [{ ...two, servers: two.servers.toReversed() }] }),
    ).toEqual([])
  })
})
