// A change, carried out as every command does it: planned with --dry-run, else sent, and told how it went live.
import type { ApiRequest, Deleted } from '../api/client.ts'
import type { LoadBalancer } from '../api/wire.ts'
import type { Call } from './call.ts'
import { formatChange, isLive } from './format/change-line.ts'
import { tellPlan } from './plans.ts'
import { EXIT, formatDetail } from './refusal.ts'

/** What the line of a change says first: "created", "deleted"; nothing for a plain change. Problems with the code are told by others. */
export type Told = { readonly action?: string; readonly exceptCode?: string }

/** Sends one change and prints what became of it. Answers the exit code: 1 where it is stored but does not go live. */
export async function carryOut(call: Call, change: ApiRequest, told: Told = {}): Promise<number> {
  const client = await call.client()
  if (call.dryRun) {
    const plan = await client.dryRun(change)
    await tellPlan(call, plan)
    return EXIT.done
  }
  const answer = await client.send(change, { wait: call.wait })
  await call.show(answer, () => formatChange(answer, { ...told, wait: call.wait }))
  return tellProblems(call, answer, told.exceptCode)
}

/** Several changes, one after the other; the first that is refused ends it. */
export async function carryOutAll(call: Call, changes: readonly ApiRequest[], told: Told = {}): Promise<number> {
  let exitCode: number = EXIT.done
  for (const change of changes) exitCode = Math.max(exitCode, await carryOut(call, change, told))
  return exitCode
}

/** Problems of a load balancer are warnings beside its line; those that keep it from being live are the command's. */
export function tellProblems(call: Call, answer: LoadBalancer | Deleted, exceptCode?: string): number {
  if ('deleted' in answer) return EXIT.done
  const failed = call.wait && !isLive(answer)
  // Of one that is not live the line itself has told the first problem.
  for (const { code, message, path = '' } of answer.status.problems.slice(failed && call.output === 'table' ? 1 : 0)) {
    if (code === exceptCode) continue
    call.warn(`${answer.name}: ${formatDetail({ path, message })}`)
  }
  return failed ? EXIT.failed : EXIT.done
}
