// The HAProxy of this node on one page: its processes, its reloads, and why old workers still live.
import type { HaproxyStatus, OldWorkerStatus, Reserve } from '../api/wire.ts'
import { parseGeneration } from '../haproxy/generations.ts'
import type { Haproxy } from '../haproxy/haproxy.ts'
import { askOldWorker, countOldConnections } from '../haproxy/old-worker.ts'
import type { RuntimeSocket } from '../haproxy/runtime-socket.ts'
import type { Processes, WorkerProcess } from '../haproxy/show-proc.ts'
import { outcomeOf } from '../io/outcome.ts'
import type { Ledger } from '../plan/running.ts'
import { isMadeWhenTaken, MADE_WHEN_TAKEN } from '../render/haproxy/names.ts'
import { formatReservedPrefix } from '../render/haproxy/reserve.ts'
import type { Metrics } from './metrics.ts'
import { formatWhy } from './old-worker-words.ts'
import type { OldWorkers } from './old-workers.ts'

/** What the page is made from. */
type HaproxyGround = {
  readonly haproxy: Haproxy
  readonly metrics: Metrics
  readonly oldWorkers: OldWorkers
}

/** Reads all of it; an HAProxy that does not answer shows as pids null. */
export async function describeHaproxy({ haproxy, metrics, oldWorkers }: HaproxyGround): Promise<HaproxyStatus> {
  const [processes, info] = await Promise.all([outcomeOf(haproxy.socket.processes()), outcomeOf(haproxy.socket.info())])
  const number = (key: string) => (info.ok ? Number(info.value.get(key) ?? 0) : 0)
  const known = processes.ok ? processes.value : null
  const old = await Promise.all(
    (known?.oldWorkers ?? []).map((worker) =>
      describeOldWorker(worker, known as Processes, haproxy.socket, oldWorkers),
    ),
  )
  const { reasons, failures } = await metrics.reloads()
  const [worker] = known?.workers ?? []
  return {
    version: haproxy.binary.version,
    masterPid: known?.masterPid ?? null,
    workerPid: worker?.pid ?? null,
    generation: info.ok ? parseGeneration(info.value.get('description')) : null,
    uptimeSeconds: known?.uptimeSeconds ?? 0,
    workerUptimeSeconds: worker?.uptimeSeconds ?? 0,
    reloads: { done: known ? known.reloads - known.failed : 0, reasons, failed: failures },
    connections: { current: number('CurrConns'), max: number('Maxconn') },
    oldWorkerLimit: oldWorkers.limit,
    oldWorkers: old.filter((one) => one !== null),
    reserve: describeReserve(haproxy.ledger),
  }
}

/** Places by profile; of those nothing is in, only how many there are together. */
function describeReserve({ spares, places, left }: Ledger): Reserve[] {
  const used = Map.groupBy(places.values(), (place) => profileKeyOf(place))
  const leaving = Map.groupBy(left.values(), ({ profile }) => profile)
  const all = [...spares].map(([profile, free]) => ({
    profile,
    free: free.length,
    used: used.get(formatReservedPrefix(profile))?.length ?? 0,
    leaving: leaving.get(profile)?.length ?? 0,
  }))
  const [touched, untouched] = [true, false].map((is) => all.filter((one) => one.used + one.leaving > 0 === is))
  const rest = (untouched ?? []).reduce((sum, { free }) => sum + free, 0)
  const kinds = `${untouched?.length ?? 0} other kinds`
  return [...(touched ?? []), ...(rest > 0 ? [{ profile: kinds, free: rest, used: 0, leaving: 0 }] : [])]
}

function profileKeyOf(place: string): string {
  const prefix = place.slice(0, place.lastIndexOf('_') + 1)
  return isMadeWhenTaken(prefix) ? prefix.slice(MADE_WHEN_TAKEN.length) : prefix
}

async function describeOldWorker(
  worker: WorkerProcess,
  processes: Processes,
  socket: RuntimeSocket,
  oldWorkers: OldWorkers,
): Promise<OldWorkerStatus | null> {
  const answer = await askOldWorker(socket, worker.pid)
  if (answer === 'gone') return null
  const { retiredAtMs, endsAtMs } = oldWorkers.retirement(worker, processes)
  return {
    pid: worker.pid,
    generation: answer?.generation ?? null,
    ageSeconds: worker.uptimeSeconds,
    oldSince: new Date(retiredAtMs).toISOString(),
    deadline: new Date(endsAtMs).toISOString(),
    connections: answer?.connections ?? null,
    why: formatWhy(answer?.connections ?? null, endsAtMs - Date.now()),
  }
}

/** How many old workers live, and how many connections they have together. */
export async function countOldWorkers(
  socket: RuntimeSocket,
): Promise<{ readonly workers: number; readonly connections: number }> {
  const processes = await outcomeOf(socket.processes())
  const old = processes.ok ? processes.value.oldWorkers : []
  const counts = await Promise.all(old.map(({ pid }) => countOldConnections(socket, pid)))
  return { workers: old.length, connections: counts.reduce((sum, count) => sum + count, 0) }
}
