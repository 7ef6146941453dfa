// `show proc` of the master: itself, the worker in force, and older workers still finishing.

/** The processes of one HAProxy. */
export type Processes = {
  readonly masterPid: number
  /** Reloads tried since the start, and how many of the last ones failed in a row. */
  readonly reloads: number
  readonly failed: number
  readonly workers: readonly number[]
  readonly oldWorkers: readonly number[]
}

/** Reads the answer of 2.4 to 3.4, which differ in columns but not in these. */
export function parseShowProc(answer: string): Processes | null {
  let section = 'master'
  let master: RegExpExecArray | null = null
  const pids: Record<string, number[]> = { workers: [], 'old workers': [] }
  for (const line of answer.split('\n')) {
    const heading = /^# (workers|old workers|programs|old programs)/.exec(line)
    if (heading) section = heading[1] ?? ''
    // 2.4 has a column more before the reloads: the relative PID, which is 0 for the master.
    master ??= /^(\d+)\s+master\s+(?:0\s+(?=\d+\s))?(\d+)(?:\s+\[failed: (\d+)\])?/.exec(line)
    const worker = /^(\d+)\s+worker\s/.exec(line)
    if (worker) pids[section]?.push(Number(worker[1]))
  }
  if (!master) return null
  return {
    masterPid: Number(master[1]),
    reloads: Number(master[2]),
    failed: Number(master[3] ?? 0),
    workers: pids['workers'] ?? [],
    oldWorkers: pids['old workers'] ?? [],
  }
}
