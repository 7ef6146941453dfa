// Since when a worker is old, and until when it may live, as far as can be known.
import { expect, test } from 'vitest'
import { OldWorkers } from '../../src/daemon/old-workers.ts'
import { layOut } from '../../src/haproxy/layout.ts'
import { RuntimeSocket } from '../../src/haproxy/runtime-socket.ts'
import type { Processes } from '../../src/haproxy/show-proc.ts'

const worker = (pid: number, reloads: number, uptimeSeconds: number) => ({ pid, reloads, uptimeSeconds })
const MASTER = { masterPid: 1, reloads: 3, failed: 0, uptimeSeconds: 1000 }

function watchOver(settings: { oldWorkerDeadlineMs: number }) {
  const ground = { settings: { oldWorkers: 10, drainTimeoutMs: 1000, ...settings } }
  return { ground, oldWorkers: new OldWorkers(new RuntimeSocket(layOut('/s', '/r')), ground, { haproxy: () => {} }) }
}

test('one that was old before the daemon came became old when the next younger one that lives started', () => {
  const { oldWorkers } = watchOver({ oldWorkerDeadlineMs: 3_600_000 })
  const [young, old] = [worker(20, 1, 500), worker(10, 3, 900)]
  const processes: Processes = { ...MASTER, workers: [worker(30, 0, 60)], oldWorkers: [young, old] }
  const nowMs = Date.now()
  const near = (ms: number) => expect.closeTo(nowMs + ms, -3)
  expect(oldWorkers.retirement(young, processes)).toEqual({ retiredAtMs: near(-60_000), endsAtMs: near(3_540_000) })
  expect(oldWorkers.retirement(old, processes)).toEqual({ retiredAtMs: near(-500_000), endsAtMs: near(3_100_000) })
})

test('one that was seen in force became old just now, and keeps the deadline it was started with', () => {
  const { ground, oldWorkers } = watchOver({ oldWorkerDeadlineMs: 60_000 })
  const [before, after] = [worker(10, 0, 900), worker(20, 0, 0)]
  oldWorkers.retirement(before, { ...MASTER, workers: [before], oldWorkers: [] })
  ground.settings = { ...ground.settings, oldWorkerDeadlineMs: 1000 }
  const old = worker(10, 1, 901)
  const first = oldWorkers.retirement(old, { ...MASTER, workers: [after], oldWorkers: [old] })
  expect(first.endsAtMs - first.retiredAtMs).toBe(60_000)
  expect(Date.now() - first.retiredAtMs).toBeLessThan(1000)
  const older = { ...MASTER, workers: [worker(30, 0, 0)], oldWorkers: [worker(20, 1, 5), worker(10, 2, 906)] }
  expect(oldWorkers.retirement(worker(10, 2, 906), older)).toEqual(first)
})
