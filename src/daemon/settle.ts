// From fragments to a plan that HAProxy and this machine accept: whoever is refused is set aside alone, the rest goes on.

import type { Alert } from '../haproxy/alerts.ts'
import { findBindObstacle } from '../haproxy/bind-test.ts'
import type { Candidate, Haproxy, Look } from '../haproxy/haproxy.ts'
import { digestOf, type Told } from '../haproxy/told.ts'
import { Failure } from '../io/failure.ts'
import { type Kept, type Merged, merge } from '../merge/merge.ts'
import { type TokenKeys, withTokenKeys } from '../merge/token-keys.ts'
import type { KnownCertificates } from '../model/certificate.ts'
import { type Listener, listenersOf } from '../model/config.ts'
import { type Fragment, findWinners, type Problem, type Word } from '../model/fragment.ts'
import { Table } from '../model/table.ts'
import type { Action } from '../plan/action.ts'
import { findReload, makePlan } from '../plan/plan.ts'
import { NEW_LEDGER, type Running } from '../plan/running.ts'
import type { RenderedFile } from '../render/files.ts'
import type { ProcessSettings } from '../render/haproxy/process-settings.ts'
import { renderHaproxy } from '../render/haproxy/render-haproxy.ts'
import { planReserve } from '../render/haproxy/reserve.ts'
import { layOutFiles } from '../render/haproxy/share-files.ts'
import { findCulprits } from './culprits.ts'
import type { Refusals } from './refusals.ts'

/** What settling works with; all of it is only read, but for the refusals, which remember. */
export type Ground = {
  readonly haproxy: Haproxy
  readonly settings: ProcessSettings
  readonly vpcs: readonly string[]
  readonly addresses: ReadonlyMap<string, string>
  readonly certificates: KnownCertificates
  readonly tokenKeys: TokenKeys
  readonly refusals: Refusals
  readonly look: Look
}

/** What settling starts from. */
export type Start = {
  readonly running: Running | null
  readonly kept: Table<string, Fragment>
  /** The merge that is in force, when nothing but what is on its way out was looked at since. */
  readonly before?: Merged | undefined
  /** Load balancers for which no earlier version stands in. */
  readonly withoutStandIn?: ReadonlySet<string>
}

/** A plan that may be applied. `candidate` is there when it needs a reload: checked, on disk, not in force. */
export type Settled = {
  readonly merged: Merged
  readonly plan: readonly Action[]
  /** All of them when the plan reloads; what a change in the running process touches is rendered when it is made. */
  readonly files: readonly RenderedFile[]
  /** What HAProxy is told by a reload. */
  readonly told: Told
  readonly candidate: Candidate | null
}

/** Each pass sets at least one load balancer aside, so this bounds the work, not the outcome. */
const MOST_PASSES = 20

/** Settles `word` against what runs. Failure `refused` when HAProxy refuses the configuration and nobody can be blamed. */
export async function settle(
  word: Word,
  start: Start,
  ground: Ground,
  force: readonly Action[] = [],
): Promise<Settled> {
  const unfit = new Set(start.withoutStandIn)
  const kept: Kept = { get: (name) => (unfit.has(name) ? undefined : start.kept.get(name)) }
  for (let pass = 0; pass < MOST_PASSES; pass++) {
    const setAside = ground.refusals.among(word)
    const { vpcs, addresses, certificates } = ground
    const keyed = withTokenKeys(word, ground.tokenKeys)
    const merged = merge(keyed, { vpcs, addresses, certificates, kept, setAside }, start.before)
    const settled = draw(merged, start, ground, force)
    const isReload = findReload(settled.plan).length > 0
    if (!isReload && !takesRawNames(settled)) return settled
    const busy = isReload ? await findBusy(settled, start.running, ground) : NOBODY
    if (busy.size > 0) {
      // Who is refused again although its last good version stands in for it: that version is at fault too.
      for (const name of busy.keys()) if (setAside.has(name)) unfit.add(name)
      setAsideAll(busy, word, ground.refusals, 'machine')
      continue
    }
    const files = isReload ? settled.files : renderHaproxy(merged.value, ground.settings)
    const candidate = await ground.haproxy.prepare(files, settled.told)
    if (candidate.isValid && isReload) return { ...settled, candidate }
    await ground.haproxy.discard(candidate.generation)
    if (candidate.isValid) return settled
    const blamed = await blame(candidate.alerts, { ...settled, files }, word, ground)
    for (const name of blamed.keys()) if (setAside.has(name)) unfit.add(name)
    setAsideAll(blamed, word, ground.refusals, 'haproxy')
  }
  throw new Failure(
    'refused',
    `HAProxy refuses the configuration after ${MOST_PASSES} load balancers were set aside; see \`haproxy check\``,
  )
}

const NOBODY: ReadonlyMap<string, Problem> = new Map()

/**
 * Whether a change in the running process takes away a name that stands in raw lines of the same load balancer: the
 * files might be refused at the next start or reload, so HAProxy is asked now.
 */
function takesRawNames({ plan, merged }: Settled): boolean {
  const gone = plan.flatMap((action) => {
    if (action.kind === 'retire-server') return [{ owner: action.owner, name: action.server }]
    return action.kind === 'leave-place' ? [{ owner: action.owner, name: action.place }] : []
  })
  return gone.some(({ owner, name }) =>
    merged.value.shares.get(owner)?.pools.some(({ customLines }) =>
      // HAProxy reads "a"b and a\b as ab.
      customLines.some((line) => line.replaceAll(/["'\\]/g, '').includes(name)),
    ),
  )
}

function draw(
  merged: Merged,
  { running, kept, before }: Start,
  { settings }: Ground,
  force: readonly Action[],
): Settled {
  const desired = { config: merged.value, processDigest: digestOf(settings) }
  const among = before ? merged.changed : null
  const plan = force.length > 0 ? force : makePlan(running, desired, among)
  const fragments = servingOf(merged, kept)
  const isReload = findReload(plan).length > 0
  const ledger = isReload ? { ...NEW_LEDGER, spares: planSpares(merged, settings) } : NEW_LEDGER
  const told = { ...desired, layout: layOutFiles(merged.value), fragments, ledger }
  const files = isReload ? renderHaproxy(merged.value, settings) : []
  return { merged, plan, files, told, candidate: null }
}

/** Who serves, by name. */
function servingOf(merged: Merged, kept: Table<string, Fragment>): Table<string, Fragment> {
  const names = merged.changed ?? new Set([...kept.keys(), ...merged.placements.keys()])
  return kept.withMutations((draft) => {
    for (const name of names) {
      const serving = merged.placements.get(name)?.serving
      if (serving) draft.set(name, serving)
      else draft.delete(name)
    }
  })
}

function planSpares(merged: Merged, settings: ProcessSettings): Told['ledger']['spares'] {
  return Table([...planReserve(merged.value, settings)].map(([profile, { places }]) => [profile, places]))
}

/** New listeners whose port somebody else has: HAProxy would pause every listener over them, and `-c` does not see it. */
async function findBusy(
  { merged }: Settled,
  running: Running | null,
  { settings }: Ground,
): Promise<Map<string, Problem>> {
  const now = running?.config.listeners
  const fresh = listenersOf(merged.value).filter(({ id, port }) => !now?.has(id) || port === settings.statsPort)
  const busy = new Map<string, Problem>()
  for (const listener of fresh) {
    const ours = [...(now?.values() ?? [])].filter(({ port }) => port === listener.port)
    const obstacle =
      listener.port === settings.statsPort
        ? "has HAProxy's statistics page (--stats-port); choose another port for one of them"
        : await findObstacle(listener, ours, settings.ipv6)
    const problem: Problem = {
      code: 'conflict',
      path: listener.tls && listener.mode === 'http' ? 'spec.tls.port' : 'spec.port',
      message: `port ${listener.port} ${obstacle}`,
      fatal: true,
    }
    if (obstacle !== null)
      for (const owner of merged.claims.listeners.get(listener.id)?.keys() ?? []) busy.set(owner, problem)
  }
  return busy
}

async function findObstacle(listener: Listener, ours: readonly Listener[], ipv6: boolean): Promise<string | null> {
  const held = ours.flatMap((own) => toAddresses(own, ipv6))
  for (const address of toAddresses(listener, ipv6)) {
    const obstacle = await findBindObstacle(address, listener.port, held)
    if (obstacle !== null) return obstacle
  }
  return null
}

function toAddresses({ address }: Listener, ipv6: boolean): string[] {
  return address === '0.0.0.0' && ipv6 ? ['0.0.0.0', '::'] : [address]
}

/** Who HAProxy names; where it names nobody, whoever makes the difference between refused and accepted. */
async function blame(
  alerts: readonly Alert[],
  settled: Settled,
  word: Word,
  ground: Ground,
): Promise<Map<string, Problem>> {
  const owners = new Set(
    settled.files.flatMap(({ owner, sections = [] }) => [
      ...(owner ? [owner] : []),
      ...sections.map((one) => one.owner),
    ]),
  )
  const named = alerts.filter((alert) => alert.owner !== null && owners.has(alert.owner))
  if (named.length > 0) {
    const byOwner = Map.groupBy(named, (alert) => alert.owner ?? '')
    return new Map([...byOwner].map(([owner, own]) => [owner, toProblem(own, owner, word)]))
  }
  const accepts = async (names: ReadonlySet<string>) => {
    const some = word.filter((fragment) => names.has(fragment.name))
    const merged = merge(some, {
      vpcs: ground.vpcs,
      addresses: ground.addresses,
      certificates: ground.certificates,
      kept: new Map(),
      setAside: ground.refusals.among(some),
    })
    const candidate = await ground.haproxy.prepare(renderHaproxy(merged.value, ground.settings), settled.told)
    await ground.haproxy.discard(candidate.generation)
    return candidate.isValid
  }
  const culprits = await findCulprits([...owners], accepts)
  if (culprits.length === 0)
    throw new Failure('refused', `HAProxy refuses the configuration: ${alerts.map((alert) => alert.text).join('; ')}`)
  return new Map(culprits.map((owner) => [owner, toProblem(alerts, owner, word)]))
}

function toProblem(alerts: readonly Alert[], owner: string, word: Word): Problem {
  const isRaw = word.some(
    (one) => one.name === owner && !('broken' in one) && one.pools.some(({ customLines }) => customLines.length > 0),
  )
  const words = [...new Set(alerts.map((alert) => alert.text))].slice(0, 3).join('; ')
  // Beside raw lines only what HAProxy alone can judge comes so far, such as a regular expression.
  return {
    code: 'invalid',
    path: isRaw ? 'spec.customSettings' : 'spec',
    message: `HAProxy refuses it: ${words}`,
    fatal: true,
  }
}

function setAsideAll(
  found: ReadonlyMap<string, Problem>,
  word: Word,
  refusals: Refusals,
  by: 'machine' | 'haproxy',
): void {
  for (const fragment of findWinners(word)) {
    const problem = found.get(fragment.name)
    if (problem && !('broken' in fragment)) refusals.add(fragment, problem, by)
  }
}
