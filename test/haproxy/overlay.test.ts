// What really runs: what was loaded, under what is live.
import { expect, test } from 'vitest'
import { overlayLive } from '../../src/haproxy/overlay.ts'
import { parseServersState } from '../../src/haproxy/servers-state.ts'
import type { Snapshot } from '../../src/haproxy/snapshot.ts'
import { EMPTY_CONFIG, type Pool, type Server } from '../../src/model/config.ts'
import { makePlan } from '../../src/plan/plan.ts'

const SERVER: Server = {
  name: 'web-1:80',
  host: 'web-1',
  port: 80,
  address: '10.0.0.1',
  weight: 5,
  backup: true,
  maxConnections: 9,
  state: 'drain',
}
const POOL: Pool = {
  id: 'web.main',
  owner: 'web',
  mode: 'http',
  algorithm: 'roundrobin',
  servers: [SERVER, { ...SERVER, name: 'web-2:80', host: 'web-2', address: null, state: 'ready' }],
  healthCheck: { type: 'tcp', intervalMs: 1, timeoutMs: 1, rise: 1, fall: 1, port: null },
  stickiness: null,
  rateLimit: null,
  timeouts: { connectMs: 1, serverMs: 1, queueMs: 1, tunnelMs: 1 },
  customLines: [],
}
const SNAPSHOT: Snapshot = {
  config: { ...EMPTY_CONFIG, pools: [POOL] },
  processDigest: 'x',
  fragments: [],
  retired: {},
}

/** Lines of `show servers state`: backend, server, address, port, administrative bits, weight, seconds since a change. */
function answer(...servers: readonly [string, string, string, number, number, number, number][]) {
  const lines = servers.map(([backend, name, address, port, admin, weight, seconds]) => {
    return `3 ${backend} 1 ${name} ${address} 2 ${admin} ${weight} ${weight} ${seconds} 6 3 4 6 0 0 0 - ${port} - 0 0 - - 0`
  })
  return parseServersState(`1\n# head\n${lines.join('\n')}\n`)
}

const AS_LOADED = answer(
  ['be_web.main', 'web-1:80', '10.0.0.1', 80, 0, 0, 1],
  ['be_web.main', 'web-2:80', '127.0.0.1', 1, 1, 5, 1],
)

test('a worker that does what it was told needs nothing', () => {
  const running = overlayLive(SNAPSHOT, AS_LOADED)
  expect(running).toMatchObject({ processDigest: 'x', config: { listeners: [], routes: [] } })
  expect(makePlan(running, { config: SNAPSHOT.config, processDigest: 'x' })).toEqual([])
})

test('weight, place and state are the live ones, everything else is as loaded', () => {
  const running = overlayLive(SNAPSHOT, answer(['be_web.main', 'web-1:80', 'fd00::7', 81, 1, 256, 1]))
  expect(running.config.pools[0]?.servers).toEqual([
    { ...SERVER, address: 'fd00::7', port: 81, weight: 256, state: 'maint' },
  ])
})

test('a server that is gone from the worker, or that nobody told us of, shows', () => {
  const running = overlayLive(
    SNAPSHOT,
    answer(
      ['be_web.main', 'stranger', '10.0.0.9', 90, 0, 1, 1],
      ['be_other.main', 'web-1:80', '10.0.0.1', 80, 0, 1, 1],
    ),
  )
  expect(running.config.pools.map(({ id, servers }) => [id, servers.map(({ name }) => name)])).toEqual([
    ['web.main', ['stranger']],
  ])
  const plan = makePlan(running, { config: SNAPSHOT.config, processDigest: 'x' })
  expect(plan).not.toEqual([])
})

test('a retired server is known by what it was, until it may be forgotten', () => {
  const retired = { 'web.main': [{ ...SERVER, name: 'old:80', host: 'old' }] }
  const live = (seconds: number) => [...AS_LOADED, ...answer(['be_web.main', 'old:80', '10.0.0.3', 80, 1, 1, seconds])]
  const early = overlayLive({ ...SNAPSHOT, retired }, live(1))
  expect(early.config.pools[0]?.servers.at(-1)).toMatchObject({
    name: 'old:80',
    host: 'old',
    backup: true,
    state: 'maint',
  })
  expect([...early.deletable]).toEqual([])
  const late = overlayLive({ ...SNAPSHOT, retired }, live(60))
  expect([...late.deletable]).toContain('web.main old:80')
})

test('a server that serves is never deletable, however long it has', () => {
  expect([
    ...overlayLive(SNAPSHOT, answer(['be_web.main', 'web-1:80', '10.0.0.1', 80, 0, 1, 99_999])).deletable,
  ]).toEqual([])
})
