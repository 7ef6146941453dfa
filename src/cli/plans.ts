// Plans the daemon answered: printed, and held against what it would refuse.
import type { PlanAnswer } from '../api/wire.ts'
import type { Call } from './call.ts'
import { formatPlan } from './format/plan.ts'
import { formatDetail, RefusedInput } from './refusal.ts'

/** Prints a plan, and what the daemon remarks on it as warnings. */
export async function tellPlan(call: Call, plan: PlanAnswer): Promise<void> {
  await call.show(plan, (display) => formatPlan(display, plan))
  for (const { path = '', message } of plan.problems) call.warn(formatDetail({ path, message }))
}

/** Throws `RefusedInput` where the daemon would not take a resource. */
export function refuseProblems({ problems }: PlanAnswer): void {
  const refusals = problems.filter(({ code }) => code === 'invalid' || code === 'conflict')
  if (refusals.length === 0) return
  const details = refusals.map(({ path = '', message }) => ({ path, message }))
  const code = refusals.some((refusal) => refusal.code === 'conflict') ? 'conflict' : 'invalid'
  throw new RefusedInput(`${refusals.length} problems, and nothing was changed`, details, code)
}
