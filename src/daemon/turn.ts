// One turn of the loop: from everybody's newest word to a HAProxy that does it, proven by reading back.

import { isDeepStrictEqual } from 'node:util'
import type { LastApply } from '../api/wire.ts'
import type { Haproxy } from '../haproxy/haproxy.ts'
import { Failure } from '../io/failure.ts'
import { outcomeOf } from '../io/outcome.ts'
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
  /** Servers wait to be forgotten: another turn should come soon. */
  readonly isLeaving: boolean
  /** Somebody else changed HAProxy meanwhile. */
  readonly isDrift: boolean
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
  const isDrift = hasDrifted(before, settled)
  if (plan.length > 0) {
    tell(
      isDrift
        ? ['HAProxy differs from what was applied to it; putting it right', ...formatPlan(plan)]
        : formatPlan(plan),
    )
    const doubt = await applySettled(settled, ground)
    if (doubt !== null) plan = await reloadInstead(doubt, aged, kept, ground, tell)
  }
  const ms = Math.round(performance.now() - startedAt)
  const touched = findTouched(before, settled, plan)
  const isLeaving = Object.keys(settled.snapshot.retired).length > 0
  return { turned: toTurned(aged, before, settled, plan, touched, ms), plan, touched, ms, isLeaving, isDrift }
}

/** Applies and reads back; null when what runs is what was wanted, else why it is not. A reload that fails is thrown. */
async function applySettled(settled: Settled, { haproxy, settings }: Ground): Promise<string | null> {
  const { candidate, plan, files, snapshot, merged } = settled
  if (candidate) await haproxy.reload(candidate.generation, merged.value, settings.maxConnections)
  const changed = candidate ? null : await outcomeOf(haproxy.change(plan, files, snapshot, settings.cookieKey))
  if (changed?.ok === false) return changed.error.message
  const left = makePlan(await haproxy.read(), { config: merged.value, processDigest: snapshot.processDigest })
  const unfinished = left.filter((action) => action.kind !== 'delete-server')
  if (unfinished.length === 0) return null
  const text = `HAProxy did not take over: ${formatPlan(unfinished).join('; ')}`
  if (candidate) throw new Failure('not-proven', text)
  return text
}

/** What the running process did not take over after all, a reload brings into force. */
async function reloadInstead(
  text: string,
  word: Word,
  kept: ReadonlyMap<string, Fragment>,
  ground: Ground,
  tell: TellPlan,
): Promise<readonly Action[]> {
  const reload: Action = { kind: 'reload', because: [{ code: 'runtime-refused', owner: null, text }] }
  tell(formatPlan([reload]))
  const settled = await settle(word, await ground.haproxy.read(), kept, ground, [reload])
  await applySettled(settled, ground)
  return [reload]
}

/** Nothing new is wanted, and yet something has to be done that is not our own tidying up or a start. */
function hasDrifted(before: Turned, { plan, merged }: Settled): boolean {
  const work = plan.filter((action) => action.kind !== 'delete-server')
  const isStart = findReload(plan).some((reason) => reason.code === 'start')
  return work.length > 0 && !isStart && isDeepStrictEqual(before.config, merged.value)
}

/** The last version of each load balancer that served. */
export async function readKept(haproxy: Haproxy): Promise<ReadonlyMap<string, Fragment>> {
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
  const told = plan.filter((action) => action.kind !== 'delete-server')
  const inPlan = told.flatMap((action) =>
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
