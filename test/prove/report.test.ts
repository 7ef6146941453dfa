// The report: percentiles, the verdict, and how it is printed.
import { describe, expect, test } from 'vitest'
import { formatReport } from '../../src/cli/format/prove-report.ts'
import { findReloadsBetween, parseReasons } from '../../src/prove/count-reloads.ts'
import type { MadeChange } from '../../src/prove/make-changes.ts'
import { type Evidence, findPercentiles, makeReport } from '../../src/prove/report.ts'

const CHANGE: MadeChange = {
  kind: 'weight',
  text: 'weight of s1 to 50',
  latencyMs: 8.26,
  appliedMs: 3,
  reload: false,
  refusal: null,
}

const GOOD: Evidence = {
  seed: 42,
  durationMs: 12_345.6,
  daily: [CHANGE, { ...CHANGE, kind: 'drain', latencyMs: 10 }],
  forced: [{ ...CHANGE, kind: 'port opened', latencyMs: 200, appliedMs: null, reload: true }],
  reloads: { total: 1, byReason: { 'listener-added': 1 } },
  dailyReloads: { total: 0, byReason: {} },
  requests: { 'keep-alive': 100, 'quiet keep-alive': 10, 'new connection': 20, tls: 0, http2: 30, websocket: 5 },
  failed: 0,
  reset: 0,
  retried: 3,
  webSockets: { opened: 4, stillOpen: 4 },
  failures: [],
  warnings: [],
}

describe('percentiles', () => {
  test('are values that were measured, to a tenth', () => {
    const values = Array.from({ length: 100 }, (_, index) => index + 1)
    expect(findPercentiles(values)).toEqual({ p50: 50, p90: 90, p99: 99, max: 100 })
    expect(findPercentiles([3.14])).toEqual({ p50: 3.1, p90: 3.1, p99: 3.1, max: 3.1 })
    expect(findPercentiles([2, 1])).toEqual({ p50: 1, p90: 2, p99: 2, max: 2 })
  })

  test('of nothing are none', () => {
    expect(findPercentiles([])).toBeNull()
  })
})

describe('the verdict', () => {
  test('of a run that lost nothing', () => {
    const report = makeReport(GOOD)
    expect(report.ok).toBe(true)
    expect(report.verdict).toBe(
      'proven: 2 daily changes without a reload, then 1 change with 1 reload; all 165 requests were answered, and all 4 WebSockets stayed open',
    )
    expect(report.changes.byKind).toEqual({
      drain: { made: 1, reloads: 0 },
      'port opened': { made: 1, reloads: 1 },
      weight: { made: 1, reloads: 0 },
    })
    expect(report.latencyMs).toEqual({ p50: 10, p90: 200, p99: 200, max: 200 })
    expect(report.appliedMs?.max).toBe(3)
  })

  const faults: [given: Partial<Evidence>, said: string][] = [
    [{ failed: 1 }, '1 request failed'],
    [{ reset: 2 }, '2 requests met a broken connection'],
    [{ webSockets: { opened: 4, stillOpen: 3 } }, '1 WebSocket of 4 did not stay open'],
    [{ dailyReloads: { total: 1, byReason: { 'pool-added': 1 } } }, 'daily changes needed 1 reload'],
    [{ daily: [{ ...CHANGE, refusal: 'there is no such pool' }] }, '1 change did not go live'],
    [{ daily: [], forced: [] }, 'no change was made under load'],
  ]
  for (const [given, said] of faults) {
    test(`says: ${said}`, () => {
      const report = makeReport({ ...GOOD, ...given })
      expect(report).toMatchObject({ ok: false, verdict: `not proven: ${said}` })
    })
  }

  test('names everything that is wrong', () => {
    expect(makeReport({ ...GOOD, failed: 1, reset: 1 }).verdict).toBe(
      'not proven: 1 request failed; 1 request met a broken connection',
    )
  })
})

describe('reloads', () => {
  const metrics = [
    '# TYPE fairlead_reloads_total counter',
    'fairlead_reloads_total{reason="start"} 1',
    'fairlead_reloads_total{reason="pool-added"} 12',
    'fairlead_changes_total{kind="add-server"} 7',
  ].join('\n')

  test('are read from the metrics by reason', () => {
    expect(parseReasons(metrics)).toEqual({ start: 1, 'pool-added': 12 })
  })

  test('between two counts', () => {
    const before = { total: 3, byReason: { start: 1, 'pool-added': 10 } }
    const after = { total: 6, byReason: { start: 1, 'pool-added': 12, 'listener-added': 1 } }
    expect(findReloadsBetween(before, after)).toEqual({ total: 3, byReason: { 'pool-added': 2, 'listener-added': 1 } })
  })
})

test('a person sees figures, kinds, failures, and the verdict last', () => {
  const failures = [
    {
      atMs: 1200,
      client: 'http2',
      asked: 'one.prove.test/a/x',
      result: 'failed',
      why: 'status 503',
      during: 'change 2: s1 to drain',
    },
  ] as const
  const text = formatReport({ columns: null, colour: false }, makeReport({ ...GOOD, failed: 1, failures }))
  expect(text).toBe(`seed                 42
changes              3 in 12s: 2 daily, 1 forced
requests             165: keep-alive 100, quiet keep-alive 10, new connection 20, tls 0, http2 30, websocket 5
failed               1
reset                0
retried              3 (HTTP/2 requests refused unprocessed and sent again)
WebSockets           4 of 4 still open
reloads              1: listener-added 1
by daily changes     0
change live in       p50 10 ms, p90 200 ms, p99 200 ms, max 200 ms
of it in the daemon  p50 3 ms, p90 3 ms, p99 3 ms, max 3 ms

CHANGE       MADE  RELOADS
drain           1        0
port opened     1        1
weight          1        0

     AT  CLIENT  ASKED               SEEN        DURING
1200 ms  http2   one.prove.test/a/x  status 503  change 2: s1 to drain

not proven: 1 request failed
`)
})
