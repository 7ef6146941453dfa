// `show proc` of the master: itself, the worker in force, and older workers still finishing.

/** The processes of one HAProxy. */
export type Processes = {
  readonly masterPid: number
  /** Reloads tried since the start, and how many of the last ones failed in a row. */
  readonly reloads: number
  readonly failed: number
  readonly uptimeSeconds: number
  readonly workers: readonly WorkerProcess[]
  readonly oldWorkers: readonly WorkerProcess[]
}

/** One worker; `reloads` counts those it has outlived, 0 for the one in force. */
export type WorkerProcess = { readonly pid: number; readonly reloads: number; readonly uptimeSeconds: number }

/** Reads the answer of 2.4 to 3.4, which differ in columns but not in these. */
export function parseShowProc(answer: string): Processes | null {
  let section = 'master'
  let master: RegExpExecArray | null = null
  const found: Record<string, WorkerProcess[]> = { workers: [], 'old workers': [] }
  for (const line of answer.split('\n')) {
    const heading = /^# (workers|old workers|programs|old programs)/.exec(line)
    if (heading) section = heading[1] ?? ''
    // 2.4 has a column more before the reloads: the relative PID, which is 0 for the master.
    master ??= /^(\d+)\s+master\s+(?:0\s+(?=\d+\s))?(\d+)(?:\s+\[failed: (\d+)\])?/.exec(line)
    // The same column says "[was: 1]" of an old worker.
    const worker = /^(\d+)\s+worker\s+(?:(?:1|\[was: \d+\])\s+(?=\d+\s))?(\d+)\s/.exec(line)
    if (worker)
      found[section]?.push({ pid: Number(worker[1]), reloads: Number(worker[2]), uptimeSeconds: parseUptime(line) })
  }
  if (!master) return null
  return {
    masterPid: Number(master[1]),
    reloads: Number(master[2]),
    failed: Number(master[3] ?? 0),
    uptimeSeconds: parseUptime(master.input),
    workers: found['workers'] ?? [],
    oldWorkers: found['old workers'] ?? [],
  }
}

/** The seconds of "0d00h24m05s" in a row. */
function parseUptime(row: string): number {
  const [, days, hours, minutes, seconds] = (/\s(\d+)d(\d+)h(\d+)m(\d+)s\s/.exec(row) ?? []).map(Number)
  return (((days ?? 0) * 24 + (hours ?? 0)) * 60 + (minutes ?? 0)) * 60 + (seconds ?? 0)
}
