// What a real HAProxy is told is what it does: any sequence of run-time changes ends with the model, read back, as wanted.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { layOut } from '../../src/haproxy/layout.ts'
import { overlayLive } from '../../src/haproxy/overlay.ts'
import { formatCommands } from '../../src/haproxy/runtime-commands.ts'
import { RuntimeSocket } from '../../src/haproxy/runtime-socket.ts'
import { waitFor } from '../../src/io/deadline.ts'
import { request } from '../../src/io/line-socket.ts'
import { outcomeOf } from '../../src/io/outcome.ts'
import { merge } from '../../src/merge/merge.ts'
import type { Config, Pool, Route, Server } from '../../src/model/config.ts'
import { formatPlan } from '../../src/plan/format-plan.ts'
import { makePlan } from '../../src/plan/plan.ts'
import type { Running } from '../../src/plan/running.ts'
import { formatRouteMapPath } from '../../src/render/haproxy/names.ts'
import { renderHaproxy } from '../../src/render/haproxy/render-haproxy.ts'
import { renderRouteMap } from '../../src/render/haproxy/routing.ts'
import { convert } from '../arbitrary/resources.ts'
import { findFreePort } from '../live/kit/free-port.ts'
import { SAME } from '../plan/to-running.ts'
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
  mkdirSync(layout.runDir)
  writeGeneration(folder, renderHaproxy(first, { ...(await readOwnSettings()), runDir: layout.runDir }))
  haproxy = spawn(HAPROXY, ['-db', '-C', folder, '-f', 'config'], { stdio: ['ignore', 'ignore', 'pipe'] })
  await waitFor(async () => (await outcomeOf(socket.info())).ok, { timeoutMs: 10_000, what: 'HAProxy to answer' })
}, 30_000)

afterAll(async () => {
  const gone = new Promise((resolve) => haproxy.once('exit', resolve))
  haproxy.kill('SIGTERM')
  await gone
  rmSync(folder, { recursive: true, force: true })
})

/** Servers that run and are not wanted. */
function retiredIn(running: Running, wanted: Config): Record<string, readonly Server[]> {
  const names = new Map(wanted.pools.map((pool) => [pool.id, new Set(pool.servers.map(({ name }) => name))]))
  return Object.fromEntries(
    running.config.pools.map(({ id, servers }) => [id, servers.filter(({ name }) => !names.get(id)?.has(name))]),
  )
}

/** What runs now, when this was the last thing that was wanted. */
async function read(config: Config, retired: Record<string, readonly Server[]> = {}): Promise<Running> {
  return overlayLive({ config, processDigest: SAME, fragments: [], retired }, await socket.serversState())
}

/** The rows of a map as HAProxy holds them now. */
async function readRoutes(listener: string): Promise<string[]> {
  const answer = await request(layout.workerSocket, `show map ${formatRouteMapPath(listener)}`, { timeoutMs: 5000 })
  return answer
    .split('\n')
    .flatMap((line) => (/^0x/.test(line) ? [line.replace(/^\S+ /, '')] : []))
    .sort()
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

/** Other servers and routes in the pools and listeners there are. */
const changes = fc.record({ 'web.main': servers, 'web.pool.b': servers, 'web.pool.c': servers, routes })

function wantedBy(change: typeof changes extends fc.Arbitrary<infer T> ? T : never): Config {
  const listener = first.listeners[0]?.id ?? ''
  const pools = first.pools.map((pool): Pool => ({ ...pool, servers: change[pool.id as 'web.main'] }))
  return { ...first, pools, routes: change.routes.map((route): Route => ({ ...route, listener, owner: 'web' })) }
}

test('what was rendered is what runs', async () => {
  const running = await read(first)
  expect(formatPlan(makePlan(running, { config: first, processDigest: SAME }))).toEqual([])
  expect(await readRoutes(first.listeners[0]!.id)).toEqual(renderRouteMap(first.routes).trimEnd().split('\n').sort())
})

test('any sequence of changes ends with what is wanted, without a reload', async () => {
  const [seed = 0] = fc.sample(fc.integer(), 1)
  let before = first
  let retired: Record<string, readonly Server[]> = {}
  for (const change of fc.sample(changes, { numRuns: 40, seed })) {
    const wanted = wantedBy(change)
    const running = await read(before, retired)
    const plan = makePlan(running, { config: wanted, processDigest: SAME })
    const told = `seed ${seed}\n${formatPlan(plan).join('\n')}`
    expect(
      plan.map(({ kind }) => kind),
      told,
    ).not.toContain('reload')
    for (const action of plan.filter(({ kind }) => kind !== 'delete-server')) {
      for (const command of formatCommands(action, { cookieKey: '00', passes: () => change.routes.length % 2 === 0 }))
        await socket.command(command)
    }
    retired = retiredIn(running, wanted)
    const left = makePlan(await read(wanted, retired), { config: wanted, processDigest: SAME })
    expect(formatPlan(left.filter(({ kind }) => kind !== 'delete-server')), told).toEqual([])
    expect(await readRoutes(first.listeners[0]!.id), told).toEqual(
      renderRouteMap(wanted.routes).split('\n').filter(Boolean).sort(),
    )
    before = wanted
  }
}, 60_000)
