// What really runs: what was told, under what is live.
import { expect, test } from 'vitest'
import { findSettled } from '../../src/haproxy/leaver-times.ts'
import { findOddRows, overlayLedger, overlayShare } from '../../src/haproxy/overlay.ts'
import { type LiveServer, parseServersState } from '../../src/haproxy/servers-state.ts'
import type { Told } from '../../src/haproxy/told.ts'
import { type Pool, type Server, type Share, toConfig } from '../../src/model/config.ts'
import { Table } from '../../src/model/table.ts'
import { isTidying } from '../../src/plan/action.ts'
import { makePlan } from '../../src/plan/plan.ts'
import { type Left, NEW_LEDGER, type Running } from '../../src/plan/running.ts'

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
const SHARE: Share = { owner: 'web', pools: [POOL], routes: [] }
const TOLD: Told = {
  config: toConfig([], [SHARE]),
  processDigest: 'x',
  fragments: Table(),
  layout: 'each',
  ledger: { ...NEW_LEDGER, spares: Table([['plain', ['bl_1', 'bl_2']]]) },
}
const LEFT: Left = { owner: 'old', pool: 'old.main', profile: 'plain', sinceMs: 1000, graceMs: 5000 }

type Line = readonly [
  place: string,
  name: string,
  address: string,
  port: number,
  admin: number,
  weight: number,
  seconds?: number,
]

/** What `show servers state` answers. */
function live(...servers: readonly Line[]): LiveServer[] {
  const lines = servers.map(([place, name, address, port, admin, weight, seconds = 1]) => {
    return `3 ${place} 1 ${name} ${address} 2 ${admin} ${weight} ${weight} ${seconds} 6 3 4 6 0 0 0 - ${port} - 0 0 - - 0`
  })
  return parseServersState(`1\n# head\n${lines.join('\n')}\n`)
}

function read(told: Told, servers: readonly LiveServer[], nowMs = 0): Running {
  const byPlace = Map.groupBy(servers, ({ backend }) => backend)
  const ledger = overlayLedger(told, byPlace)
  const shares = told.config.shares.map((share) => overlayShare(share, ledger, byPlace))
  const config = { ...told.config, shares }
  return { config, ledger, processDigest: 'x', isTold: false, odd: [], ...findSettled(ledger, servers, nowMs) }
}

const planFor = (running: Running) => makePlan(running, { config: TOLD.config, processDigest: 'x' })

const AS_TOLD: readonly Line[] = [
  ['be_web.main', 'web-1:80', '10.0.0.1', 80, 0, 0],
  ['be_web.main', 'web-2:80', '127.0.0.1', 1, 1, 5],
]

test('what an agent makes of weight and state is as told; one that nobody asks any more is not', () => {
  const agentCheck = { port: 9999, intervalMs: 1000, send: null }
  const server: Server = { ...SERVER, weight: 100, backup: false, state: 'ready', agentCheck }
  const share: Share = { ...SHARE, pools: [{ ...POOL, servers: [server] }] }
  const line = (admin: number, weight: number, born: number, agent: number, address = '10.0.0.1') =>
    parseServersState(
      `3 be_web.main 1 web-1:80 ${address} 2 ${admin} ${weight} ${born} 1 6 3 4 6 ${agent} 0 0 - 80 - 0 0 - - 9999`,
    )
  const over = (servers: LiveServer[]) => overlayShare(share, NEW_LEDGER, new Map([['be_web.main', servers]]))
  for (const admin of [0, 1, 8]) expect(over(line(admin, 30, 100, 22))).toBe(share)
  const differs = (servers: LiveServer[]) => over(servers).pools[0]?.servers[0]
  expect(differs(line(0, 30, 50, 22))).toMatchObject({ weight: 50, state: 'ready' })
  expect(differs(line(8, 30, 100, 18))).toMatchObject({ weight: 30, state: 'maint' })
  expect(differs(line(8, 30, 100, 22, '10.0.0.9'))).toMatchObject({ address: '10.0.0.9', weight: 100, state: 'ready' })
})

test('a worker that does what it was told needs nothing, and all of it is the same object', () => {
  const running = read(TOLD, live(...AS_TOLD))
  expect(planFor(running)).toEqual([])
  expect(running.config.shares.get('web')).toBe(SHARE)
  expect(running.ledger).toEqual(TOLD.ledger)
})

test('weight, place and state are the live ones, everything else is as told', () => {
  const { config } = read(TOLD, live(['be_web.main', 'web-1:80', 'fd00::7', 81, 1, 256]))
  // The other one is gone from the worker.
  expect(config.shares.get('web')?.pools[0]?.servers).toEqual([
    { ...SERVER, address: 'fd00::7', port: 81, weight: 256, state: 'maint' },
  ])
})

test('where a server in maintenance stands does not matter', () => {
  const [first, second] = AS_TOLD
  expect(planFor(read(TOLD, live(first!, ['be_web.main', 'web-2:80', '10.9.9.9', 99, 1, 5])))).toEqual([])
  expect(second?.[2]).not.toBe('10.9.9.9')
})

test('servers of a pool in a place of the reserve are looked for there', () => {
  const told = { ...TOLD, ledger: { ...TOLD.ledger, places: Table([['web.main', 'bl_9']]) } }
  const there = live(...AS_TOLD.map(([, ...rest]): Line => ['bl_9', ...rest]))
  expect(planFor(read(told, there))).toEqual([])
  expect(planFor(read(told, live(...AS_TOLD))).map(({ kind }) => kind)).toEqual(['add-server', 'add-server'])
})

test('a server nobody told us of is taken out, and forgotten once it is quiet', () => {
  const stranger: Line = ['be_web.main', 'stranger', '10.0.0.9', 90, 0, 1]
  const running = read(TOLD, live(...AS_TOLD, stranger))
  const plan = planFor(running)
  expect(plan).toMatchObject([{ kind: 'retire-server', place: 'be_web.main', server: 'stranger' }])
  expect(plan.every(isTidying)).toBe(true)
  const out = (seconds: number) =>
    read(TOLD, live(...AS_TOLD, ['be_web.main', 'stranger', '10.0.0.9', 90, 1, 1, seconds]))
  expect(planFor(out(5))).toEqual([])
  expect(planFor(out(60))).toMatchObject([{ kind: 'delete-server', place: 'be_web.main', server: 'stranger' }])
})

test('what is not a pool’s is nobody’s business: the way to the next worker', () => {
  expect(planFor(read(TOLD, live(...AS_TOLD, ['nx_0.0.0.0:80', 'next', '0.0.0.0', 0, 0, 1])))).toEqual([])
})

test('a retired server is known by what it was and how it is, until it is gone', () => {
  const old = { ...SERVER, name: 'old:80', host: 'old', state: 'maint' } as const
  const leavers = Table([['be_web.main', { owner: 'web', pool: 'web.main', servers: [old] }]])
  const told = { ...TOLD, ledger: { ...TOLD.ledger, leavers } }
  const there = read(told, live(...AS_TOLD, ['be_web.main', 'old:80', '10.0.0.3', 80, 1, 1]))
  expect(there.ledger.leavers.get('be_web.main')?.servers).toEqual([{ ...old, address: '10.0.0.3', weight: 1 }])
  expect(read(told, live(...AS_TOLD)).ledger.leavers.size).toBe(0)
})

test('a spare place somebody uses is none until it is empty again', () => {
  const running = read(TOLD, live(...AS_TOLD, ['bl_1', 'stranger', '10.0.0.9', 90, 0, 1]))
  expect(running.ledger.spares.get('plain')).toEqual(['bl_2'])
  expect(planFor(running)).toMatchObject([{ kind: 'retire-server', place: 'bl_1', isLate: true }])
})

test('a left place waits for its time, then its servers go, then it is free', () => {
  const servers = [{ ...SERVER, name: 'old:80' }]
  const leavers = Table([['bl_7', { owner: 'old', pool: 'old.main', servers }]])
  const told = { ...TOLD, ledger: { ...TOLD.ledger, left: Table([['bl_7', LEFT]]), leavers } }
  const at = (admin: number, seconds: number): LiveServer[] =>
    live(...AS_TOLD, ['bl_7', 'old:80', '10.0.0.3', 80, admin, 1, seconds])
  const kinds = (running: Running) => planFor(running).map(({ kind }) => kind)
  expect(kinds(read(told, at(0, 99), 5999))).toEqual([])
  expect(kinds(read(told, at(0, 99), 6000))).toEqual(['retire-server'])
  expect(kinds(read(told, at(1, 3), 6000))).toEqual([])
  expect(kinds(read(told, at(1, 6), 6000))).toEqual(['delete-server'])
  expect(planFor(read(told, live(...AS_TOLD), 6000))).toMatchObject([
    { kind: 'free-place', place: 'bl_7', profile: 'plain' },
  ])
  expect(kinds(read(told, live(...AS_TOLD), 5999))).toEqual([])
})

test('a server that serves is never quiet, however long it has', () => {
  expect([...read(TOLD, live(['be_web.main', 'web-1:80', '10.0.0.1', 80, 0, 1, 99_999])).quiet]).toEqual([])
})

test('rows that are missing, other or strange are odd, and no others', () => {
  const map = (rows: Record<string, string>) => new Map(Object.entries(rows))
  const told = new Map([
    ['m1', map({ 'a/': 'be_a', 'b/': 'be_b', 'c/': 'be_c' })],
    ['m2', map({})],
  ])
  expect(findOddRows(told, told)).toEqual([])
  const there = new Map([['m1', map({ 'a/': 'be_a', 'b/': 'be_x', 'd/': 'be_d' })]])
  expect(findOddRows(told, there)).toEqual([
    { map: 'm1', key: 'b/', told: 'be_b', live: 'be_x' },
    { map: 'm1', key: 'c/', told: 'be_c', live: null },
    { map: 'm1', key: 'd/', told: null, live: 'be_d' },
  ])
})
