// From fragments to a plan that HAProxy and this machine accept: whoever is refused is set aside alone, the rest goes on.

import type { Alert } from '../haproxy/alerts.ts'
import { findBindObstacle } from '../haproxy/bind-test.ts'
import type { Candidate, Haproxy } from '../haproxy/haproxy.ts'
import { digestOf, type Snapshot } from '../haproxy/snapshot.ts'
import { Failure } from '../io/failure.ts'
import { type Merged, merge } from '../merge/merge.ts'
import type { Config, Listener } from '../model/config.ts'
import { type Fragment, findWinners, type Problem, type Word } from '../model/fragment.ts'
import type { Action } from '../plan/action.ts'
import { findReload, makePlan } from '../plan/plan.ts'
import type { Running } from '../plan/running.ts'
import type { RenderedFile } from '../render/files.ts'
import type { ProcessSettings } from '../render/haproxy/process-settings.ts'
import { renderHaproxy } from '../render/haproxy/render-haproxy.ts'
import { findCulprits } from './culprits.ts'
import type { Refusals } from './refusals.ts'

/** What settling works with; all of it is only read, but for the refusals, which remember. */
export type Ground = {
  readonly haproxy: Haproxy
  readonly settings: ProcessSettings
  readonly vpcs: readonly string[]
  readonly addresses: ReadonlyMap<string, string>
  readonly refusals: Refusals
}

/** A plan that may be applied. `candidate` is there when it needs a reload: checked, on disk, not in force. */
export type Settled = {
  readonly merged: Merged
  readonly plan: readonly Action[]
  readonly files: readonly RenderedFile[]
  readonly snapshot: Snapshot
  readonly candidate: Candidate | null
}

/** Each pass sets at least one load balancer aside, so this bounds the work, not the outcome. */
const MOST_PASSES = 20

/** Settles `word` against what runs. Failure `refused` when HAProxy refuses the configuration and nobody can be blamed. */
export async function settle(
  word: Word,
  running: Running | null,
  kept: ReadonlyMap<string, Fragment>,
  ground: Ground,
  force: readonly Action[] = [],
): Promise<Settled> {
  const standIns = new Map(kept)
  for (let pass = 0; pass < MOST_PASSES; pass++) {
    const setAside = ground.refusals.among(word)
    const settled = draw(
      merge(word, { vpcs: ground.vpcs, addresses: ground.addresses, kept: standIns, setAside }),
      running,
      ground,
      force,
    )
    if (findReload(settled.plan).length === 0) return settled
    const busy = await findBusy(settled, running, ground)
    if (busy.size > 0) {
      // Who is refused again although its last good version stands in for it: that version is at fault too.
      for (const name of busy.keys()) if (setAside.has(name)) standIns.delete(name)
      setAsideAll(busy, word, ground.refusals, 'machine')
      continue
    }
    const candidate = await ground.haproxy.prepare(settled.files, settled.snapshot)
    if (candidate.isValid) return { ...settled, candidate }
    await ground.haproxy.discard(candidate.generation)
    const blamed = await blame(candidate.alerts, settled, word, ground)
    for (const name of blamed.keys()) if (setAside.has(name)) standIns.delete(name)
    setAsideAll(blamed, word, ground.refusals, 'haproxy')
  }
  throw new Failure(
    'refused',
    `HAProxy refuses the configuration after ${MOST_PASSES} load balancers were set aside; see \`haproxy check\``,
  )
}

function draw(merged: Merged, running: Running | null, { settings }: Ground, force: readonly Action[]): Settled {
  const desired = { config: merged.value, processDigest: digestOf(settings) }
  const plan = force.length > 0 ? force : makePlan(running, desired)
  const fragments = [...merged.placements.values()].flatMap((placement) =>
    placement.serving ? [placement.serving] : [],
  )
  const retired = findReload(plan).length > 0 ? {} : findRetired(running, merged.value)
  return {
    merged,
    plan,
    files: plan.length > 0 ? renderHaproxy(merged.value, settings) : [],
    snapshot: { ...desired, fragments, retired },
    candidate: null,
  }
}

/** Servers the worker knows and nobody wants any more; a reload forgets them. */
function findRetired(running: Running | null, desired: Config): Snapshot['retired'] {
  const wanted = new Map(desired.pools.map((pool) => [pool.id, new Set(pool.servers.map((server) => server.name))]))
  const leavers = (running?.config.pools ?? []).map((pool) => {
    return [pool.id, pool.servers.filter((server) => !wanted.get(pool.id)?.has(server.name))] as const
  })
  return Object.fromEntries(leavers.filter(([, servers]) => servers.length > 0))
}

/** New listeners whose port somebody else has: HAProxy would pause every listener over them, and `-c` does not see it. */
async function findBusy(
  { merged }: Settled,
  running: Running | null,
  { settings }: Ground,
): Promise<Map<string, Problem>> {
  // A port we hold on another address looks taken, by ourselves; HAProxy can have it twice.
  const ours = new Set(running?.config.listeners.map((listener) => listener.port))
  const fresh = merged.value.listeners.filter((listener) => !ours.has(listener.port))
  const busy = new Map<string, Problem>()
  for (const listener of fresh) {
    const obstacle = await findObstacle(listener, settings.ipv6)
    const problem: Problem = {
      code: 'conflict',
      path: 'spec.port',
      message: `port ${listener.port} ${obstacle}`,
      fatal: true,
    }
    if (obstacle !== null) for (const owner of listener.owners) busy.set(owner, problem)
  }
  return busy
}

async function findObstacle(listener: Listener, ipv6: boolean): Promise<string | null> {
  const addresses = listener.address === '0.0.0.0' && ipv6 ? ['0.0.0.0', '::'] : [listener.address]
  for (const address of addresses) {
    const obstacle = await findBindObstacle(address, listener.port)
    if (obstacle !== null) return obstacle
  }
  return null
}

/** Who HAProxy names; where it names nobody, whoever makes the difference between refused and accepted. */
async function blame(
  alerts: readonly Alert[],
  settled: Settled,
  word: Word,
  ground: Ground,
): Promise<Map<string, Problem>> {
  const owners = new Set(settled.files.flatMap((file) => (file.owner === null ? [] : [file.owner])))
  const named = alerts.filter((alert) => alert.owner !== null && owners.has(alert.owner))
  if (named.length > 0) {
    const byOwner = Map.groupBy(named, (alert) => alert.owner ?? '')
    return new Map([...byOwner].map(([owner, own]) => [owner, toProblem(own)]))
  }
  const accepts = async (names: ReadonlySet<string>) => {
    const some = word.filter((fragment) => names.has(fragment.name))
    const merged = merge(some, {
      vpcs: ground.vpcs,
      addresses: ground.addresses,
      kept: new Map(),
      setAside: ground.refusals.among(some),
    })
    const candidate = await ground.haproxy.prepare(renderHaproxy(merged.value, ground.settings), settled.snapshot)
    await ground.haproxy.discard(candidate.generation)
    return candidate.isValid
  }
  const culprits = await findCulprits([...owners], accepts)
  if (culprits.length === 0)
    throw new Failure('refused', `HAProxy refuses the configuration: ${alerts.map((alert) => alert.text).join('; ')}`)
  return new Map(culprits.map((owner) => [owner, toProblem(alerts)]))
}

function toProblem(alerts: readonly Alert[]): Problem {
  const words = [...new Set(alerts.map((alert) => alert.text))].slice(0, 3).join('; ')
  return { code: 'invalid', path: 'spec.customSettings', message: `HAProxy refuses it: ${words}`, fatal: true }
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
