// A write, from judging it to the answer that says how it went live.
import { isDeepStrictEqual } from 'node:util'
import type { LoadBalancerInput } from '../spec/schema.ts'
import type { Written } from '../store/store.ts'
import { type Answer, type Answerable, answer, endWith, ready, refuse } from './answer.ts'
import type { Context, StoredLoadBalancer } from './context.ts'
import type { Outcome } from './engine.ts'
import type { Precondition } from './if-match.ts'
import { type Drafting, formatProblem, type Judged, judgeChange } from './judge-change.ts'
import { logWrite } from './log-write.ts'
import { toLoadBalancer } from './to-wire.ts'

/** How a writer wants a write to be done, whatever it changes. */
export type Manner = {
  readonly expected: Precondition
  readonly author: string
  /** Answer the plan and change nothing. */
  readonly dryRun: boolean
  /** Answer once it is live; false: once it is stored. */
  readonly wait: boolean
}

type Kept = {
  readonly action: 'create' | 'update' | 'delete' | 'none'
  readonly stored: StoredLoadBalancer
}

/** How often a write that lost a race is tried again on what the winner left. */
const ATTEMPTS = 5

/**
 * Changes one load balancer: judged, stored, waited for, read back. A refusal leaves everything as it was, but for
 * one: what the node sets aside only while applying it stays stored, and the answer says so.
 */
export async function changeLoadBalancer(
  context: Context,
  name: string,
  drafting: Drafting,
  manner: Manner & { readonly rollback?: boolean },
): Promise<Answer> {
  const startedAt = performance.now()
  const kept = await context.turns(() => keepChange(context, name, drafting, manner))
  const said = kept.ok ? await settle(context, kept.value, manner) : kept.answer
  const action = kept.ok ? kept.value.action : 'none'
  if (!manner.dryRun) logWrite(context.log, { name, action, author: manner.author, answer: said, startedAt })
  return said
}

async function keepChange(
  context: Context,
  name: string,
  drafting: Drafting,
  manner: Manner & { readonly rollback?: boolean },
): Promise<Answerable<Kept>> {
  for (let attempt = 1; ; attempt++) {
    const judged = await judgeChange(context, name, drafting, manner.expected)
    if (!judged.ok) return judged
    if (manner.dryRun) return endWith(answer(200, judged.value.plan))
    const { current, resource } = judged.value
    if (current && isDeepStrictEqual(current.value, resource)) return ready({ action: 'none', stored: current })
    const written = write(context, name, judged.value, manner)
    if (written.ok) {
      const action = resource === null ? 'delete' : current ? 'update' : 'create'
      return ready({ action, stored: written.stored })
    }
    if (attempt === ATTEMPTS) {
      return endWith(refuse(409, 'version_conflict', `${written.refusal.message}: someone else was faster`))
    }
  }
}

function write(
  { store }: Context,
  name: string,
  { current, resource }: Judged,
  { author, rollback = false }: Pick<Manner, 'author'> & { readonly rollback?: boolean },
): Written<LoadBalancerInput> {
  const version = current === undefined ? {} : { version: current.version }
  if (resource === null) return store.delete(name, { ...version, author })
  const expect = current ? ({ present: true, version: current.version } as const) : ({ absent: true } as const)
  return store.put(name, resource, { expect, author, ...(rollback ? { action: 'rollback' as const } : {}) })
}

async function settle(context: Context, kept: Kept, { wait }: Manner): Promise<Answer> {
  const { name, version } = kept.stored
  const deleted = kept.action === 'delete'
  const options = { timeoutMs: context.settleTimeoutMs, deleted }
  const outcome = wait ? await context.engine.settled(name, version, options) : undefined
  if (deleted) return answer(200, { name, deleted: true, lastApply: outcome?.lastApply ?? null })
  if (outcome && !outcome.live && outcome.problems.length > 0) return refuseSetAside(kept.stored, outcome)
  return answerStored(context, kept.stored, kept.action === 'create' ? 201 : 200)
}

/** A load balancer with its status read back, and where it is found. */
async function answerStored(context: Context, stored: StoredLoadBalancer, status: number): Promise<Answer> {
  const body = toLoadBalancer(stored, await context.engine.status(stored.name))
  const headers = { etag: `"${stored.version}"` }
  return answer(status, body, status === 201 ? { ...headers, location: `/v1/load-balancers/${stored.name}` } : headers)
}

/** The node could not carry out what the review let pass: it is stored, and it does not serve. */
function refuseSetAside({ name, version }: StoredLoadBalancer, { problems }: Outcome): Answer {
  const details = problems.map(({ path = '', message }) => ({ path, message }))
  const [first] = problems
  const why = first === undefined ? 'set aside' : formatProblem(first)
  const sentence = `${name} is stored as version ${version} but does not serve it: ${why}; correct it or roll back`
  const isConflict = problems.some(({ code }) => code === 'conflict')
  return refuse(isConflict ? 409 : 422, isConflict ? 'conflict' : 'invalid', sentence, details)
}
