// Whether a change may be made: held against what stands, read strictly, reviewed by the daemon. Nothing is written here.
import type { Problem } from '../model/fragment.ts'
import { parseResource } from '../spec/parse-resource.ts'
import type { LoadBalancerInput } from '../spec/schema.ts'
import { toFragment } from '../spec/to-fragment.ts'
import { type Answer, type Answerable, endWith, ready, refuse, refuseInvalid, refuseKey } from './answer.ts'
import { refuseForeign } from './catalogue.ts'
import type { Context, StoredLoadBalancer } from './context.ts'
import type { Verdict } from './engine.ts'
import { checkPrecondition, type Precondition } from './if-match.ts'
import type { PlanAnswer } from './wire.ts'

/** Makes the new form of a resource from what stands: JSON yet to be checked, or null to delete it. */
export type Drafting = (current: StoredLoadBalancer | undefined) => Answerable<unknown>

/** A change that may be made. `resource` is null for a deletion. */
export type Judged = {
  readonly current: StoredLoadBalancer | undefined
  readonly resource: LoadBalancerInput | null
  readonly plan: PlanAnswer
}

/** Judges one change against the store as it is now. */
export async function judgeChange(
  context: Context,
  name: string,
  drafting: Drafting,
  expected: Precondition,
): Promise<Answerable<Judged>> {
  const current = context.store.get(name)
  const foreign = current ? undefined : context.engine.foreignNamed(name)
  if (foreign) return endWith(refuseForeign(foreign))
  const conflict = checkPrecondition(name, current?.version ?? null, expected)
  if (conflict) return endWith(conflict)
  const drafted = drafting(current)
  if (!drafted.ok) return drafted
  const checked = drafted.value === null ? ready(null) : checkResource(drafted.value, name)
  if (!checked.ok) return checked
  const { answer: plan, refusal } = await context.engine.review([{ name, resource: checked.value }])
  if (refusal) return endWith(refuseVerdict(refusal))
  return ready({ current, resource: checked.value, plan })
}

/** Reads a whole resource in either dialect, and what only makes sense together; `name` where it must have that one. */
export function checkResource(json: unknown, name?: string): Answerable<LoadBalancerInput> {
  const parsed = parseResource(json)
  if (!parsed.ok) return endWith(refuseInvalid(parsed.problems))
  const given = parsed.value.name
  if (name !== undefined && given !== name) {
    return endWith(refuseKey('name', `is ${JSON.stringify(given)}, but this is ${name}; a name cannot change`))
  }
  const fragment = toFragment(parsed.value, { source: 'store', id: given, since: 0, version: 0 })
  return fragment.ok ? ready(parsed.value) : endWith(refuseInvalid(fragment.problems))
}

/** 409 where another owner or process is in the way, 422 where the change is wrong in itself. */
function refuseVerdict(refusal: NonNullable<Verdict['refusal']>): Answer {
  const { code, message, path } = refusal
  if (code === 'invalid') return refuseKey(path ?? '', message)
  return refuse(409, 'conflict', message, path === undefined ? undefined : [{ path, message }])
}

/** A problem as a sentence that names its path. */
export function formatProblem({ message, path }: Pick<Problem, 'message'> & { path?: string | undefined }): string {
  return path ? `${path}: ${message}` : message
}
