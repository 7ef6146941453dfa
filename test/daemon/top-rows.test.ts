// Rates and percentiles: from two readings, over reloads, and by the weight of each line.
import { expect, test } from 'vitest'
import { LatencyWindow } from '../../src/daemon/latency-window.ts'
import { type Reading, toLoadBalancerRow, toServerRows } from '../../src/daemon/top-rows.ts'
import { type AccessLine, parseAccessLine } from '../../src/haproxy/access-line.ts'
import type { Share } from '../../src/model/config.ts'

const servers = [
  { name: 'a:80', host: 'a', port: 80, address: '127.0.0.1', state: 'ready' },
  { name: 'b:80', host: 'b', port: 80, address: '127.0.0.1', state: 'ready' },
]
const pool = { id: 'web.main', owner: 'web', servers }
const share = { owner: 'web', routes: [], pools: [pool] } as unknown as Share
const reading = (atMs: number, rows: Record<string, Record<string, string>>): Reading => ({
  atMs,
  rows: new Map(Object.entries(rows)),
})

function rowsOf(before: Reading, now: Reading) {
  const latencies = new LatencyWindow(() => 0)
  const ground = {
    before,
    now,
    placeOf: () => 'p7',
    latencyOf: (keys: readonly string[], averageMs: number | null) => latencies.read(keys, averageMs),
  }
  return [toLoadBalancerRow(share, ground), ...toServerRows(share.pools[0] as Share['pools'][0], ground)]
}

test('rates are what was counted between two readings', () => {
  const before = reading(0, { p7: { stot: '100', hrsp_5xx: '1', bout: '0' }, 'p7/a:80': { stot: '60' } })
  const now = reading(2000, {
    p7: { stot: '300', hrsp_5xx: '7', bout: '4000', scur: '3', qcur: '2', act: '1', bck: '0', rtime: '12' },
    'p7/a:80': { stot: '260', status: 'UP', check_status: 'L7OK' },
    'p7/b:80': { stot: '9', status: 'DOWN' },
  })
  expect(rowsOf(before, now)).toMatchObject([
    {
      server: null,
      requestsPerSecond: 100,
      errors5xxPerSecond: 3,
      bytesOutPerSecond: 2000,
      sessions: 3,
      queued: 2,
      health: '1/2 up',
      latency: { from: 'average', averageMs: 12 },
    },
    { server: 'a:80', pool: 'main', requestsPerSecond: 100, health: 'up' },
    // Who was not there before has no rate yet, whatever its counters say.
    { server: 'b:80', requestsPerSecond: 0, health: 'down' },
  ])
})

test('after a reload HAProxy counts from zero', () => {
  const [row] = rowsOf(reading(0, { p7: { stot: '1000' } }), reading(1000, { p7: { stot: '50' } }))
  expect(row?.requestsPerSecond).toBe(50)
})

function answered(atMs: number, answerMs: number, changes: Partial<AccessLine> = {}): AccessLine {
  const line = parseAccessLine(`${atMs} ::1 p7 a:80 0 0 ${answerMs} ${answerMs} 0 200 9 -- 1 - {a} GET /x`)
  return { ...(line as AccessLine), ...changes }
}

test('percentiles weigh each line by how many requests it stands for', () => {
  const latencies = new LatencyWindow(() => 1000)
  for (let count = 0; count < 20; count++) latencies.take(answered(0, 10, { rate: 1001 }))
  for (let count = 0; count < 10; count++) latencies.take(answered(0, 500, { status: 500, rate: 1001 }))
  expect(latencies.read(['p7'], 3)).toMatchObject({ from: 'log', samples: 30, p50Ms: 10, p90Ms: 10, p99Ms: 500 })
  expect(latencies.read(['p7/a:80'], 3)).toMatchObject({ from: 'log', samples: 30 })
})

test('few or old lines are no percentiles', () => {
  let now = 1000
  const latencies = new LatencyWindow(() => now)
  for (let count = 0; count < 19; count++) latencies.take(answered(0, 10))
  expect(latencies.read(['p7'], 3)).toMatchObject({ from: 'average', averageMs: 3, p99Ms: null })
  latencies.take(answered(0, 10))
  expect(latencies.read(['p7'], 3)).toMatchObject({ from: 'log' })
  now = 11_000
  expect(latencies.read(['p7'], 3)).toMatchObject({ from: 'average' })
})
