// Plans: nothing for nothing, run-time actions only where they lead all the way, a named reload for everything else.
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type MergeContext, merge } from '../../src/merge/merge.ts'
import { type Config, poolsOf } from '../../src/model/config.ts'
import { findProfiles } from '../../src/model/profile.ts'
import { type Action, isTidying, type Reason } from '../../src/plan/action.ts'
import { formatPlan } from '../../src/plan/format-plan.ts'
import { findReload, makePlan } from '../../src/plan/plan.ts'
import type { Running } from '../../src/plan/running.ts'
import { renderHaproxy } from '../../src/render/haproxy/render-haproxy.ts'
import { configs, livelyChanged } from '../arbitrary/configs.ts'
import { convert, neighbourhoods, specs } from '../arbitrary/resources.ts'
import { SETTINGS } from '../render/settings.ts'
import { SimulatedWorker } from './simulated-worker.ts'
import { cloneConfig, SAME, toLive, toRunning } from './to-running.ts'

const RUNS = { numRuns: 80 }

/** Longer than any request may be on its way. */
const LONG_MS = 30 * 86_400_000

const CONTEXT: MergeContext = {
  vpcs: [],
  addresses: new Map([['web-1', '10.0.0.11']]),
  kept: new Map(),
  setAside: new Map(),
}

/** Reserves that are ample, so small that they are used up, and none. */
const reserves = fc.constantFrom(1000, 1000, 20, 0)

function plan(before: Config, after: Config, reserve?: number): Action[] {
  return makePlan(toRunning(before, reserve), { config: after, processDigest: SAME })
}

function planOf(running: Running, config: Config): Action[] {
  return makePlan(running, { config, processDigest: SAME })
}

/** Who has an agent is made anew with another weight or state. */
function withoutAgents(config: Config): Config {
  const shares = config.shares.map((share) => ({
    ...share,
    pools: share.pools.map((pool) => ({
      ...pool,
      servers: pool.servers.map(({ agentCheck: _agent, ...server }) => server),
    })),
  }))
  return { ...config, shares }
}

/** The files without what a running process need not know: the order of servers, and where those in maintenance stand. */
function sortedFiles(config: Config): unknown[] {
  const isServer = (line: string) => line.startsWith('  server ')
  const sortServers = (section: string) => {
    const lines = section.split('\n').map((line) => line.replace(/^( {2}server \S+) \S+(.* disabled)$/, '$1$2'))
    return [...lines.filter((line) => !isServer(line)), ...lines.filter(isServer).sort()]
  }
  return renderHaproxy(config, { ...SETTINGS, reserve: 0 }).map(({ path, content }) => [
    path,
    content.split('\n\n').map(sortServers),
  ])
}

/** Versions of one load balancer of which each differs from the first in one key at the top. */
const oneKeyApart = fc
  .tuple(specs, specs, specs)
  .chain(([spec, ...others]) =>
    fc.tuple(
      fc.constant(spec),
      ...others.map((other) =>
        fc.constantFrom(...Object.keys({ ...other, port: 80 })).map((key) => ({ ...spec, [key]: other[key] })),
      ),
    ),
  )
  .map((versions) => versions.map((spec) => convert({ name: 'web', spec: JSON.parse(JSON.stringify(spec)) })))
  .filter((versions) => versions.every((fragment) => fragment !== null))
  .map((versions) => versions.map((fragment) => merge([fragment!], CONTEXT).value))

const onOnePort = neighbourhoods.map((words) => words.map((word) => merge(word, CONTEXT).value))

/** Some configurations one after the other: of all kinds, of small differences, and on one port. */
const histories = fc.oneof(
  { weight: 1, arbitrary: fc.array(configs, { minLength: 2, maxLength: 4 }) },
  { weight: 2, arbitrary: oneKeyApart },
  { weight: 5, arbitrary: onOnePort },
)

/** What each reason says is so. */
function expectReason(reason: Reason, running: Running, after: Config): void {
  const own = poolsOf(after).filter(({ owner }) => owner === reason.owner)
  const spares = new Map(running.ledger.spares)
  switch (reason.code) {
    case 'listener-added':
    case 'listener-removed':
    case 'listener-changed':
    case 'route-depth':
      expect(cloneConfig(running.config).listeners).not.toEqual(cloneConfig(after).listeners)
      return
    case 'custom-settings':
      expect(own.some(({ customLines }) => customLines.length > 0)).toBe(true)
      return
    case 'reserve-used-up': {
      const all = poolsOf(after).map(findProfiles)
      const isShort = (profile: string) =>
        all.filter((profiles) => profiles.includes(profile)).length > (spares.get(profile)?.length ?? 0)
      expect(own.some((pool) => findProfiles(pool).length > 0 && findProfiles(pool).every(isShort))).toBe(true)
      return
    }
    default:
      throw new Error(`${reason.code} is none of what changed`)
  }
}

/** Everything that is left behind is tidied up, whatever way it takes. */
function tidyUp(worker: SimulatedWorker, config: Config): void {
  for (let round = 0; round < 4; round++) {
    worker.wait(LONG_MS)
    const steps = planOf(worker.read(), config)
    expect(steps.filter((action) => !isTidying(action))).toEqual([])
    worker.carryOut(steps, config)
  }
  expect(planOf(worker.read(), config)).toEqual([])
}

/** Goes through a history; answers the worker there is in the end. `each` is called after each change without a reload. */
function live(
  [first, ...rest]: readonly Config[],
  reserve: number,
  each: (worker: SimulatedWorker, config: Config) => void,
): void {
  let worker = new SimulatedWorker(first!, reserve)
  for (const config of rest) {
    worker.wait(1000)
    const running = worker.read()
    const actions = planOf(running, config)
    const because = findReload(actions)
    if (because.length > 0) {
      expect(actions).toHaveLength(1)
      for (const reason of because) expectReason(reason, running, config)
      worker = new SimulatedWorker(config, reserve)
      continue
    }
    worker.carryOut(actions, config)
    each(worker, config)
  }
}

describe('any configurations', { timeout: 120_000 }, () => {
  test('that are the same need no action', () => {
    fc.assert(
      fc.property(configs, reserves, (config, reserve) => {
        expect(plan(config, config, reserve)).toEqual([])
        expect(plan(config, cloneConfig(config), reserve)).toEqual([])
      }),
      RUNS,
    )
  })

  test('get either one reload with its reasons, or actions of the running process that lead all the way', () => {
    fc.assert(
      fc.property(histories, reserves, (history, reserve) => {
        live(history, reserve, (worker, config) => {
          worker.expectToBe(config)
          expect(planOf(worker.read(), config).filter((action) => !isTidying(action))).toEqual([])
        })
      }),
      { numRuns: 120 },
    )
  })

  test('leave nothing behind once nothing can be under way any more, and every place is in reserve again', () => {
    fc.assert(
      fc.property(histories, reserves, (history, reserve) => {
        live(history, reserve, (worker, config) => {
          tidyUp(worker, config)
          worker.expectToBe(config)
          worker.expectToBeTidy(config)
        })
      }),
      { numRuns: 80 },
    )
  })

  test('never count one client of a rate limit in two tables', () => {
    fc.assert(
      fc.property(histories, reserves, (history, reserve) => {
        live(history, reserve, (worker, config) => {
          for (const [scope, tables] of worker.tablesByScope(config)) expect([scope, ...tables]).toHaveLength(2)
        })
      }),
      { numRuns: 120 },
    )
  })

  test('are planned the same whether everything is looked at, or only who has changed', () => {
    fc.assert(
      fc.property(histories, reserves, ([first, second], reserve) => {
        const running = toRunning(first!, reserve)
        const told = { ...running, config: first!, isTold: true }
        const among = [...new Set([...first!.shares.keys(), ...second!.shares.keys()])].filter(
          (name) => first!.shares.get(name) !== second!.shares.get(name),
        )
        const desired = { config: second!, processDigest: SAME }
        expect(formatPlan(makePlan(told, desired, among))).toEqual(formatPlan(makePlan(running, desired)))
      }),
      RUNS,
    )
  })

  test('that differ in weights, states and addresses only never need a reload, or another place', () => {
    const pairs = configs.map(withoutAgents).chain((before) => fc.tuple(fc.constant(before), livelyChanged(before)))
    fc.assert(
      fc.property(pairs, ([before, after]) => {
        const worker = new SimulatedWorker(before, 0)
        worker.carryOut(planOf(worker.read(), after), after)
        worker.expectToBe(after)
        worker.expectToBeTidy(after)
      }),
      RUNS,
    )
  })

  test.each([
    [{ weight: 5 }, 'weight'],
    [{ state: 'drain' }, 'weight'],
    [{ state: 'maint' }, 'state'],
    [{ agentCheck: { port: 9998 } }, 'agentCheck'],
  ])(
    'a server with an agent is made anew when the user changes %j, since the agent shares weight and state',
    (change, said) => {
      const [before, after] = [{}, change].map((keys) => {
        const backends = [{ target: '10.0.0.1:80', weight: 9, agentCheck: { port: 9999 }, ...keys }]
        return merge([convert({ name: 'web', spec: { backends } })!], CONTEXT).value
      })
      const [claim, ...others] = plan(before!, after!)
      expect(claim).toMatchObject({ kind: 'claim-place', changes: [said] })
      expect(others.map(({ kind }) => kind)).toEqual(['add-server', 'set-route', 'leave-place'])
    },
  )

  test('that differ in pools and routes of what people use need no reload', () => {
    const isUsual = (config: Config) => {
      const free = toRunning(config).ledger.spares
      return poolsOf(config).every((pool) => {
        return findProfiles(pool).some((profile) => (free.get(profile)?.length ?? 0) > 0)
      })
    }
    fc.assert(
      fc.property(configs, configs, (before, after) => {
        const usual = {
          listeners: before.listeners,
          shares: after.shares.filter((share) =>
            isUsual({ ...after, shares: after.shares.filter((one) => one === share) }),
          ),
        }
        const codes = findReload(plan(before, usual)).map(({ code }) => code)
        expect(codes.filter((code) => code !== 'reserve-used-up')).toEqual([])
      }),
      RUNS,
    )
  })

  test('have a plan exactly where their files differ', () => {
    fc.assert(
      fc.property(oneKeyApart, ([before, after]) => {
        // What is told of servers does not show where there are none.
        if ([before!, after!].some((config) => poolsOf(config).some(({ servers }) => servers.length === 0))) return
        const isSame = isDeepStrictEqual(sortedFiles(before!), sortedFiles(after!))
        expect([formatPlan(plan(before!, after!)), isSame]).toEqual([
          isSame ? [] : expect.arrayContaining([expect.any(String)]),
          isSame,
        ])
      }),
      { numRuns: 150 },
    )
  })
})

describe('what somebody else did', () => {
  test('to servers and rows is put back, in one plan', () => {
    fc.assert(
      fc.property(configs, fc.nat(), (config, chance) => {
        const worker = new SimulatedWorker(config, 20)
        const [listener] = config.listeners.keys()
        if (listener === undefined) return
        const map = `maps/routes_${listener.replace(/[[\]]/g, '').replace(/:/g, '_')}.map`
        worker.meddle(map, 'strange.example/', 'be_nowhere')
        const routes = [...config.shares.values()]
          .flatMap((share) => share.routes)
          .filter((one) => one.listener === listener)
        const victim = routes[chance % Math.max(1, routes.length)]
        if (victim)
          worker.meddle(
            map,
            `${(victim.host ?? '').replace('*', '')}${victim.path === '/' ? '/' : `${victim.path}/`}`,
            null,
          )
        const actions = planOf(worker.read(), config)
        expect(new Set(actions.map(({ kind }) => kind))).toEqual(new Set(['put-row']))
        worker.carryOut(actions, config)
        worker.expectToBe(config)
      }),
      RUNS,
    )
  })

  test('to a place in reserve makes it one that is left, and it comes back clean', () => {
    const config = merge([convert({ name: 'web', spec: { backends: [{ target: '10.0.0.1:80' }] } })!], CONTEXT).value
    const worker = new SimulatedWorker(config, 1000)
    const [place] = worker.told.ledger.spares.first() ?? []
    const [pool] = poolsOf(config)
    const [server] = pool!.servers
    const ref = { owner: 'x', pool: 'x', place: place!, server: 'stranger' }
    const strange = {
      kind: 'add-server',
      ...ref,
      definition: { ...toLive(server!), name: 'stranger' },
      in: pool!,
    } as const
    worker.carryOut([strange], config)
    expect([...worker.read().ledger.spares.values()].flat()).not.toContain(place)
    tidyUp(worker, config)
    worker.expectToBeTidy(config)
  })
})
