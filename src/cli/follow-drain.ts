// Waits until nothing is under way any more on backends that drain, so that they can be stopped without hurting anybody.
import { setTimeout as sleep } from 'node:timers/promises'
import { formatDuration } from '../model/duration.ts'
import type { Call } from './call.ts'
import { EXIT } from './refusal.ts'

/** Between two looks, in milliseconds. */
const LOOK_MS = 150

/** Which backends of a load balancer; `part` is their pool as the status names it. */
type Draining = { readonly name: string; readonly part: string; readonly targets: readonly string[] }

/** Waits, at most so many milliseconds, and tells what is still under way. Answers the exit code: 1 where the time is over. */
export async function followDrain(call: Call, draining: Draining, deadlineMs: number): Promise<number> {
  const begun = Date.now()
  const open = new Map(draining.targets.map((target) => [target, -1]))
  for (;;) {
    for (const [target, count] of await readUnderWay(call, { ...draining, targets: [...open.keys()] })) {
      if (count > 0 && count !== open.get(target)) call.terminal.err(`${target}: ${count} under way\n`)
      if (count > 0) open.set(target, count)
      else if (open.delete(target) && call.output === 'table') call.print(`${target}: idle`)
    }
    if (open.size === 0) return warnOfOldWorkers(call)
    if (Date.now() - begun >= deadlineMs) break
    await sleep(LOOK_MS)
  }
  for (const [target, count] of open)
    call.warn(
      `${target}: ${count} still under way after ${formatDuration(deadlineMs)}; it goes on to drain: wait longer, or stop it and they fail`,
    )
  return EXIT.failed
}

/** Requests and connections on each of them, those in its queue too; none on one that is gone. */
async function readUnderWay(call: Call, { name, part, targets }: Draining): Promise<(readonly [string, number])[]> {
  const { status } = await (await call.client()).get(name)
  const backends = status.backends.filter(({ pool }) => pool === part)
  return targets.map((target) => {
    const found = backends.find((backend) => backend.target === target)
    return [target, found ? found.sessions + found.queued : 0] as const
  })
}

/** Workers of earlier configurations have connections of their own, of which nobody knows to which server they lead. */
async function warnOfOldWorkers(call: Call): Promise<number> {
  const { oldWorkers } = await (await call.client()).haproxy()
  if (oldWorkers.length > 0)
    call.warn(
      `${oldWorkers.length} older HAProxy ${oldWorkers.length === 1 ? 'worker' : 'workers'} may still have connections to it; \`${call.program} haproxy status\` shows how many`,
    )
  return EXIT.done
}
