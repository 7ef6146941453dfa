// One turn of the loop: from everybody's newest word to a HAProxy that does it, proven by reading back.
import type { LastApply } from '../api/wire.ts'
import type { Haproxy } from '../haproxy/haproxy.ts'
import { Failure } from '../io/failure.ts'
import type { Fragment, Word } from '../model/fragment.ts'
import type { Action, Reason } from '../plan/action.ts'
import { formatPlan, formatReason } from '../plan/format-plan.ts'
import { findReload, makePlan } from '../plan/plan.ts'
import type { Turned } from './board.ts'
import { type Ground, type Settled, settle } from './settle.ts'

/** What a turn did, beside the state it left. */
export type TurnReport = {
  readonly turned: Turned
  readonly plan: readonly Action[]
  readonly touched: readonly string[]
  readonly ms: number
}

/** Tells a plan's lines before they are carried out. */
export type TellPlan = (lines: readonly string[]) => void

/** Carries out one word. Failures of HAProxy or the disk are thrown; what ran before goes on running. */
export async function turn(
  word: Word,
  before: Turned,
  ground: Ground,
  tell: TellPlan,
  startedAt: number,
): Promise<TurnReport> {
  const { haproxy } = ground
  const running = await haproxy.read()
  const kept = await readKept(haproxy)
  const aged = withKeptAge(word, kept)
  const settled = await settle(aged, running, kept, ground)
  let plan = settled.plan
  if (plan.length > 0) {
    tell(formatPlan(plan))
    await applySettled(settled, ground)
    plan = await proveOrReload(aged, kept, settled, ground, tell)
  }
  const ms = Math.round(performance.now() - startedAt)
  const touched = findTouched(before, settled, plan)
  return { turned: toTurned(aged, before, settled, plan, touched, ms), plan, touched, ms }
}

async function applySettled(
  { candidate, plan, files, snapshot, merged }: Settled,
  { haproxy, settings }: Ground,
): Promise<void> {
  if (candidate) await haproxy.reload(candidate.generation, merged.value, settings.maxConnections)
  else await haproxy.change(plan, files, snapshot)
}

/** Reads back; what the running process did not take over after all, a reload brings into force. */
async function proveOrReload(
  word: Word,
  kept: ReadonlyMap<string, Fragment>,
  settled: Settled,
  ground: Ground,
  tell: TellPlan,
): Promise<readonly Action[]> {
  const desired = { config: settled.merged.value, processDigest: settled.snapshot.processDigest }
  const left = makePlan(await ground.haproxy.read(), desired)
  if (left.length === 0) return settled.plan
  const text = `HAProxy did not take over: ${formatPlan(left).join('; ')}`
  if (settled.candidate) throw new Failure('not-proven', text)
  const reload: Action = { kind: 'reload', because: [{ code: 'runtime-refused', owner: null, text }] }
  tell(formatPlan([reload]))
  const again = await settle(word, await ground.haproxy.read(), kept, ground, [reload])
  await applySettled(again, ground)
  return [reload]
}

async function readKept(haproxy: Haproxy): Promise<ReadonlyMap<string, Fragment>> {
  const snapshot = await haproxy.lastSnapshot()
  return new Map(snapshot?.fragments.map((fragment) => [fragment.name, fragment]))
}

/** A source that cannot tell since when an object exists, since it was just started, does not make it a newcomer. */
function withKeptAge(word: Word, kept: ReadonlyMap<string, Fragment>): Word {
  return word.map((fragment) => {
    const before = kept.get(fragment.name)?.origin
    if (
      before?.source !== fragment.origin.source ||
      before.id !== fragment.origin.id ||
      before.since >= fragment.origin.since
    )
      return fragment
    return { ...fragment, origin: { ...fragment.origin, since: before.since } }
  })
}

/** Who this turn was about: named in the plan, new, gone, or of another version than before. */
function findTouched(before: Turned, { merged }: Settled, plan: readonly Action[]): string[] {
  const inPlan = plan.flatMap((action) =>
    action.kind === 'reload' ? action.because.map((reason) => reason.owner) : [action.owner],
  )
  const everyone = findReload(plan).some((reason) => reason.owner === null)
  const names = [...merged.placements.keys()]
  const changed = names.filter(
    (name) => everyone || before.placements.get(name)?.version !== merged.placements.get(name)?.version,
  )
  const gone = [...before.placements.keys()].filter((name) => !merged.placements.has(name))
  return [...new Set([...inPlan.filter((name) => name !== null), ...changed, ...gone])]
}

function toTurned(
  word: Word,
  before: Turned,
  { merged }: Settled,
  plan: readonly Action[],
  touched: readonly string[],
  ms: number,
): Turned {
  const at = new Date().toISOString()
  const reasons = findReload(plan)
  const lastApplies = new Map(
    [...before.lastApplies].filter(([name]) => merged.placements.has(name) || touched.includes(name)),
  )
  for (const name of touched)
    if (merged.placements.get(name)?.serving !== null) lastApplies.set(name, toLastApply(name, reasons, ms, at))
  return { word, config: merged.value, placements: merged.placements, failure: null, lastApplies }
}

function toLastApply(name: string, reasons: readonly Reason[], ms: number, at: string): LastApply {
  const own = reasons.filter((reason) => reason.owner === name)
  const told = own.length > 0 ? own.map((reason) => reason.text) : reasons.map(formatReason)
  return { ms, reload: reasons.length > 0, because: told, at }
}
