// One turn of the loop: from everybody's newest word to a HAProxy that does it, proven by reading back.
import { isDeepStrictEqual } from 'node:util'
import type { LastApply } from '../api/wire.ts'
import { findTouched as findOwners } from '../haproxy/live-reader.ts'
import { Failure } from '../io/failure.ts'
import { outcomeOf } from '../io/outcome.ts'
import { type Config, listenersOf } from '../model/config.ts'
import type { Fragment, Word } from '../model/fragment.ts'
import { Table } from '../model/table.ts'
import { findStretch } from '../model/word-change.ts'
import { type Action, isTidying, type Reason } from '../plan/action.ts'
import { formatPlan, formatReason } from '../plan/format-plan.ts'
import { findReload, makePlan } from '../plan/plan.ts'
import { renderChanged } from '../render/haproxy/render-haproxy.ts'
import type { Turned } from './board.ts'
import { type Ground, type Settled, type Start, settle } from './settle.ts'

/** What a turn did, beside the state it left. */
export type TurnReport = {
  readonly turned: Turned
  readonly plan: readonly Action[]
  readonly touched: readonly string[]
  readonly ms: number
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
  tellPlan: TellPlan,
  startedAt: number,
): Promise<TurnReport> {
  const { haproxy, look } = ground
  const running = await haproxy.read(look)
  const kept = (await haproxy.lastTold())?.fragments ?? Table<string, Fragment>()
  const aged = withKeptAge(word, kept)
  // A look at everything is held against everything.
  const start: Start = {
    running,
    kept,
    before: running?.isTold && before.failure === null ? (before.merged ?? undefined) : undefined,
  }
  const settled = await settle(aged, start, ground)
  let plan = settled.plan
  const isDrift = hasDrifted(before, settled)
  if (plan.length > 0) {
    const work = formatPlan(plan.filter((action) => !isTidying(action)))
    tellPlan(isDrift ? ['HAProxy differs from what was applied to it; putting it right', ...work] : work)
    const doubt = await applySettled(settled, start, ground)
    // What only tidies up is tried again after a closer look.
    if (doubt !== null && !plan.every(isTidying)) plan = await reloadInstead(doubt, aged, kept, ground, tellPlan)
    else if (doubt !== null) return unproven(before, plan, startedAt, haproxy)
  }
  if (running !== null || plan.length > 0) haproxy.prove(settled.told)
  const ms = Math.round(performance.now() - startedAt)
  const touched = findTouched(before, settled, plan)
  return { turned: toTurned(aged, before, settled, plan, touched, ms), plan, touched, ms, isDrift }
}

/** Applies and reads back; null when what runs is what was wanted, else why it is not. A reload that fails is thrown. */
async function applySettled(
  settled: Settled,
  { running, before }: Start,
  { haproxy, settings }: Ground,
): Promise<string | null> {
  const { candidate, plan, told, merged } = settled
  if (candidate) await haproxy.reload(candidate.generation, told, settings.maxConnections)
  else if (running) {
    const names = new Set([...(merged.changed ?? []), ...findOwners(plan)])
    const changed = [...names].map(
      (name) => [name, told.fragments.get(name) ?? null, told.config.shares.get(name) ?? null] as const,
    )
    const { cookieKey } = settings
    const layout = (await haproxy.lastTold())?.layout ?? 'each'
    const { files, gone } = renderChanged(before?.value ?? running.config, merged.value, names, layout, settings)
    const done = await outcomeOf(haproxy.change(running, { plan, files, gone, changed, cookieKey }))
    if (!done.ok) return done.error.message
  }
  const now = candidate ? await haproxy.read('all') : await haproxy.readBack(plan)
  const left = makePlan(now, told, candidate ? null : findOwners(plan))
  const unfinished = left.filter((action) => !isTidying(action))
  if (unfinished.length === 0) return null
  const text = `HAProxy did not take over: ${formatPlan(unfinished).join('; ')}`
  if (candidate) throw new Failure('not-proven', text)
  return text
}

/** What the running process did not take over after all, a reload brings into force. */
async function reloadInstead(
  text: string,
  word: Word,
  kept: Table<string, Fragment>,
  ground: Ground,
  tellPlan: TellPlan,
): Promise<readonly Action[]> {
  const reload: Action = { kind: 'reload', because: [{ code: 'runtime-refused', owner: null, text }] }
  tellPlan(formatPlan([reload]))
  const running = await ground.haproxy.read('all')
  const settled = await settle(word, { running, kept }, ground, [reload])
  await applySettled(settled, { running, kept }, ground)
  return [reload]
}

/** Nothing new is wanted, and yet something has to be done that is not our own tidying up or a start. */
function hasDrifted(before: Turned, { plan, merged }: Settled): boolean {
  const work = plan.filter((action) => !isTidying(action))
  const isStart = findReload(plan).some((reason) => reason.code === 'start')
  return work.length > 0 && !isStart && before.merged !== null && isSameWish(before.merged.value, merged.value)
}

/** A merge from nothing makes new tables of the same shares, and may name another of those who share a listener. */
function isSameWish(before: Config, after: Config): boolean {
  if (before.shares !== after.shares && !before.shares.equals(after.shares)) return false
  const plain = (config: Config) => listenersOf(config).map(({ owner: _any, ...listener }) => listener)
  return before.listeners === after.listeners || isDeepStrictEqual(plain(before), plain(after))
}

/** Nothing that anybody waits for was done. */
function unproven(turned: Turned, plan: readonly Action[], startedAt: number, haproxy: Ground['haproxy']): TurnReport {
  haproxy.doubt()
  return { turned, plan, touched: [], ms: Math.round(performance.now() - startedAt), isDrift: false }
}

/** A source that cannot tell since when an object exists, since it was just started, does not make it a newcomer. */
export function withKeptAge(word: Word, kept: Table<string, Fragment>): Word {
  const { start, beforeEnd, afterEnd } = findStretch(lastAged.word, word)
  const changed = word.slice(start, afterEnd).map((fragment) => {
    const known = AGED.get(fragment) ?? toAged(fragment, kept.get(fragment.name))
    AGED.set(fragment, known)
    return known
  })
  lastAged = { word, aged: [...lastAged.aged.slice(0, start), ...changed, ...lastAged.aged.slice(beforeEnd)] }
  return lastAged.aged
}

/** The same fragment comes out as the same object each time. */
const AGED = new WeakMap<Word[number], Word[number]>()

/** Saves looking at all that is as it was the time before. */
let lastAged: { readonly word: Word; readonly aged: Word } = { word: [], aged: [] }

function toAged(fragment: Word[number], kept: Fragment | undefined): Word[number] {
  const before = kept?.origin
  const { origin } = fragment
  if (before?.source !== origin.source || before.id !== origin.id || before.since >= origin.since) return fragment
  return { ...fragment, origin: { ...origin, since: before.since } }
}

/** Who this turn was about: named in the plan, new, gone, or of another version than before. */
function findTouched(before: Turned, { merged }: Settled, plan: readonly Action[]): string[] {
  const told = plan.filter((action) => !isTidying(action))
  const inPlan = told.flatMap((action) =>
    action.kind === 'reload' ? action.because.map((reason) => reason.owner) : [action.owner],
  )
  const everyone = findReload(plan).some((reason) => reason.owner === null) || merged.changed === null
  const names = everyone ? [...merged.placements.keys(), ...before.placements.keys()] : (merged.changed ?? [])
  const isAll = findReload(plan).some((reason) => reason.owner === null)
  const changed = [...names].filter(
    (name) => isAll || before.placements.get(name)?.version !== merged.placements.get(name)?.version,
  )
  return [...new Set([...inPlan.filter((name) => name !== null), ...changed])]
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
  const lastApplies = before.lastApplies.withMutations((draft) => {
    for (const name of touched)
      if (merged.placements.get(name)?.serving !== null) draft.set(name, toLastApply(name, reasons, ms, at))
  })
  return { word, merged, config: merged.value, placements: merged.placements, failure: null, lastApplies }
}

function toLastApply(name: string, reasons: readonly Reason[], ms: number, at: string): LastApply {
  const own = reasons.filter((reason) => reason.owner === name)
  const told = own.length > 0 ? own.map((reason) => reason.text) : reasons.map(formatReason)
  return { ms, reload: reasons.length > 0, because: told, at }
}
