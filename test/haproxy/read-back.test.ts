// What a real HAProxy is told is what it does: any sequence of run-time changes ends with the model, read back, as wanted.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { layOut } from '../../src/haproxy/layout.ts'
import { readAll, readTouched } from '../../src/haproxy/live-reader.ts'
import { formatCommands } from '../../src/haproxy/runtime-commands.ts'
import { escapeKey, RuntimeSocket } from '../../src/haproxy/runtime-socket.ts'
import { type Told, tell } from '../../src/haproxy/told.ts'
import { waitFor } from '../../src/io/deadline.ts'
import { outcomeOf } from '../../src/io/outcome.ts'
import { merge } from '../../src/merge/merge.ts'
import { type Config, type Pool, poolsOf, type Route, type Server, toConfig } from '../../src/model/config.ts'
import type { HealthCheck } from '../../src/model/health-check.ts'
import { Table } from '../../src/model/table.ts'
import { type Action, isTidying } from '../../src/plan/action.ts'
import { formatPlan } from '../../src/plan/format-plan.ts'
import { findReload, makePlan } from '../../src/plan/plan.ts'
import type { Running } from '../../src/plan/running.ts'
import { formatRouteMapPath } from '../../src/render/haproxy/names.ts'
import { renderHaproxy } from '../../src/render/haproxy/render-haproxy.ts'
import { PARAMETER_MAPS } from '../../src/render/haproxy/rows.ts'
import { convert } from '../arbitrary/resources.ts'
import { findFreePort } from '../live/kit/free-port.ts'
import { SAME, toNewLedger } from '../plan/to-running.ts'
import { HAPROXY, readOwnSettings } from '../render/settings.ts'
import { writeGeneration } from './check-files.ts'

const ADDRESSES = ['10.0.0.1', '10.0.0.2', 'fd00::1', '2001:db8::ff00:42:8329', '::ffff:10.0.0.3', '64:ff9b::a00:1']

/** Paths of every character a path may have, those that end a command of the socket among them. */
const PATHS = ['/', '/api', '/a;b', '/a;show', "/a'b(c)*", '/%20%2F', '/a$b&c=d:e@f!g', '/a,b+c~d', '/-._', '/a/b;/c']

const folder = mkdtempSync(join(tmpdir(), 'fl-read-back-'))
const layout = layOut(folder, join(folder, 'run'))
const socket = new RuntimeSocket(layout)
let haproxy: ChildProcess
let first: Config
let told: Told

beforeAll(async () => {
  const spec = {
    bind: '127.0.0.1',
    port: await findFreePort(),
    sticky: { mode: 'cookie' },
    backends: [{ target: '10.0.0.1:80' }, { target: '[fd00::1]:80', weight: 0 }, { target: 'nowhere:80', weight: 9 }],
    pools: {
      b: { algorithm: 'leastconn', healthCheck: { type: 'none' } },
      c: { algorithm: 'source', healthCheck: { path: '/' } },
    },
    routes: [{ match: { host: '*.a.example' }, pool: 'b' }],
  }
  const fragment = convert({ name: 'web', spec })
  first = merge([fragment!], { vpcs: [], addresses: new Map(), kept: new Map(), setAside: new Map() }).value
  told = { config: first, processDigest: SAME, fragments: Table(), layout: 'each', ledger: toNewLedger(first, 1000) }
  mkdirSync(layout.runDir)
  writeGeneration(folder, renderHaproxy(first, { ...(await readOwnSettings()), runDir: layout.runDir }))
  haproxy = spawn(HAPROXY, ['-db', '-C', folder, '-f', 'config'], { stdio: 'ignore' })
  await waitFor(async () => (await outcomeOf(socket.info())).ok, { timeoutMs: 60_000, what: 'HAProxy to answer' })
}, 30_000)

afterAll(async () => {
  const gone = new Promise((resolve) => haproxy.once('exit', resolve))
  haproxy.kill('SIGTERM')
  await gone
  rmSync(folder, { recursive: true, force: true })
})

/** Everything it is found to be; nothing is under way to anything, so all that is left behind may go. */
async function read(): Promise<Running> {
  const running = await readAll(told, socket, 0)
  const leavers = [...running.ledger.leavers].flatMap(([place, { servers: all }]) =>
    all.map(({ name }) => `${place} ${name}`),
  )
  return { ...running, quiet: new Set(leavers), ripe: new Set(running.ledger.left.keys()) }
}

/** Carries out a plan in the real process and notes it. */
async function carryOut(plan: readonly Action[], running: Running, config: Config, passes: boolean): Promise<void> {
  await socket.commands(plan.flatMap((action) => formatCommands(action, { cookieKey: '00', passes: () => passes })))
  const changed = [...config.shares].map(([name, share]) => [name, null, share] as const)
  told = tell({ ...told, ledger: running.ledger }, { atMs: 0, plan, changed })
}

const server = fc
  .record({
    host: fc.constantFrom('one', 'two', 'three.example', 'four'),
    port: fc.constantFrom(80, 65_535),
    address: fc.constantFrom(...ADDRESSES, null),
    weight: fc.integer({ min: 0, max: 256 }),
    maxConnections: fc.constantFrom(null, 1, 1_000_000),
    state: fc.constantFrom('ready', 'drain', 'maint'),
  })
  .map((one): Server => ({ ...one, name: `${one.host}:${one.port}`, backup: false }))
const servers = fc.uniqueArray(server, { maxLength: 6, selector: ({ name }) => name })
const routes = fc.uniqueArray(
  fc.record({
    host: fc.constantFrom(null, 'a.example', '*.a.example', '[::1]'),
    path: fc.constantFrom(...PATHS),
    pool: fc.constantFrom('web.main', 'web.pool.b', 'web.pool.c'),
  }),
  {
    maxLength: 8,
    selector: ({ host, path }) => `${host} ${path}`,
  },
)

const probe: fc.Arbitrary<HealthCheck> = fc
  .tuple(
    fc.oneof(
      fc.constantFrom({ type: 'tcp' } as const, { type: 'none' } as const),
      fc.record({
        type: fc.constant('http' as const),
        path: fc.constantFrom(...PATHS),
        host: fc.constantFrom(null, 'a.example', '::1'),
        statuses: fc.constant([{ from: 200, to: 399 }]),
      }),
    ),
    fc.constantFrom(1000, 2_147_483_647),
    fc.constantFrom(null, 9),
  )
  .map(([type, intervalMs, port]) => ({ ...type, intervalMs, port, timeoutMs: 2000, rise: 2, fall: 3 }))
const pool = fc.record({
  servers,
  algorithm: fc.constantFrom('roundrobin', 'leastconn', 'source', 'random'),
  healthCheck: probe,
  stickiness: fc.constantFrom(
    null,
    null,
    { mode: 'cookie', cookieName: 'SERVERID' } as const,
    { mode: 'source' } as const,
  ),
  limit: fc.constantFrom(null, null, 1, 1_000_000_000),
  serverMs: fc.constantFrom(1, 60_000, 2_147_483_647),
}) satisfies fc.Arbitrary<Partial<Pool> & { limit: number | null; serverMs: number }>

/** Other servers, settings and routes in the pools and listeners there are; a pool that is missing stays as it is. */
const changes = fc.record(
  { 'web.main': pool, 'web.pool.b': pool, 'web.pool.c': pool, routes },
  { requiredKeys: ['routes'] },
)
type Change = typeof changes extends fc.Arbitrary<infer T> ? T : never

function wantedBy(change: Change, before: Config): Config {
  const [listener = ''] = before.listeners.keys()
  const pools = poolsOf(before).map((old): Pool => {
    const other = change[old.id as 'web.main']
    if (!other) return old
    const { limit, serverMs, ...settings } = other
    const rateLimit =
      limit && ({ scope: old.id, requests: limit, windowMs: 1000, action: 'deny', key: { by: 'source' } } as const)
    return { ...old, ...settings, rateLimit: rateLimit || null, timeouts: { ...old.timeouts, serverMs } }
  })
  const share = {
    owner: 'web',
    pools,
    routes: change.routes.map((route): Route => ({ ...route, listener, owner: 'web' })),
  }
  return toConfig(before.listeners.values(), [share])
}

const planFor = (running: Running, config: Config) => makePlan(running, { config, processDigest: SAME })
const work = (plan: readonly Action[]) => formatPlan(plan.filter((action) => !isTidying(action)))

test('what was rendered is what runs', async () => {
  expect(formatPlan(planFor(await read(), told.config))).toEqual([])
})

test('any sequence of changes ends with what is wanted, without a reload', async () => {
  const [seed = 0] = fc.sample(fc.integer(), 1)
  for (const change of fc.sample(changes, { numRuns: 60, seed })) {
    const wanted = wantedBy(change, told.config)
    const running = await read()
    const plan = planFor(running, wanted)
    const lines = `seed ${seed}\n${formatPlan(plan).join('\n')}`
    expect(findReload(plan), lines).toEqual([])
    await carryOut(plan, running, wanted, change.routes.length % 2 === 0)
    expect(work(planFor(await read(), wanted)), lines).toEqual([])
    expect(work(planFor(await readTouched(told, plan, socket), wanted)), lines).toEqual([])
  }
}, 120_000)

test('then nothing is left behind, and every place is in reserve again or in use', async () => {
  const { config } = told
  for (let round = 0; round < 3; round++) {
    const running = await read()
    await carryOut(planFor(running, config), running, config, true)
  }
  const { ledger } = await read()
  expect(planFor(await read(), config)).toEqual([])
  const places = [...ledger.spares.values()].flat()
  expect([...places, ...ledger.places.values()].sort()).toEqual(
    [...toNewLedger(first, 1000).spares.values()].flat().sort(),
  )
})

test('rows and servers somebody else has changed are found and put right', async () => {
  const { config } = told
  const [listener = ''] = config.listeners.keys()
  const map = formatRouteMapPath(listener)
  const [row] = await socket.mapRows(map)
  for (const words of [
    `add map ${map} strange.example/ be_x`,
    ...(row ? [`set map ${map} ${escapeKey(row[0])} be_x`] : []),
  ])
    await socket.command(words)
  const used = [...told.ledger.places.values()][0]
  await socket.commands([`add map ${PARAMETER_MAPS.checkHost} be_none x`, `del map ${PARAMETER_MAPS.serverMs} ${used}`])
  const running = await read()
  const plan = planFor(running, config)
  expect(new Set(plan.map(({ kind }) => kind))).toEqual(new Set(['put-row']))
  await carryOut(plan, running, config, true)
  expect(planFor(await read(), config)).toEqual([])
})
