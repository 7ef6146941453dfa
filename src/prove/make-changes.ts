// Changes, one after the other, each made through the API and timed; the servers they need come and go with them.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Client, Deleted } from '../api/client.ts'
import type { LoadBalancer } from '../api/wire.ts'
import { outcomeOf } from '../io/outcome.ts'
import type { Chance } from './chance.ts'
import { type ChangeKind, type ChosenStep, chooseStep } from './changes/step.ts'
import type { Fleet } from './servers/fleet.ts'
import type { Tally } from './tally.ts'
import type { World } from './world.ts'

/** One change that was made, or refused. */
export type MadeChange = {
  readonly kind: string
  readonly text: string
  /** From asking the API to its answer that the change is live, in milliseconds. */
  readonly latencyMs: number
  /** What the daemon itself needed, in milliseconds; null where nothing had to change. */
  readonly appliedMs: number | null
  readonly reload: boolean
  /** Why the change is not live; null where it is. */
  readonly refusal: string | null
}

/** Where changes are made. `world` is what there is now. */
export type Ground = {
  readonly client: Client
  readonly fleet: Fleet
  readonly tally: Tally
  readonly chance: Chance
  readonly made: MadeChange[]
  readonly signal: AbortSignal
  /** When to make no more changes, by `performance.now()`. */
  readonly endMs: number
  /** Least time from one change to the next, in milliseconds. */
  readonly intervalMs: number
  readonly onChange: (made: readonly MadeChange[]) => void
  world: World
}

/** Makes one change of these kinds at random. Answers false where there is no time left, or no room for any. */
export async function makeChange(ground: Ground, kinds: readonly ChangeKind[]): Promise<boolean> {
  ground.signal.throwIfAborted()
  const startMs = performance.now()
  if (startMs >= ground.endMs) return false
  const world = await ground.fleet.topUp(ground.world)
  const step = chooseStep(kinds, world, ground.chance)
  if (!step) return false
  ground.tally.during = `change ${ground.made.length + 1}: ${step.text}`
  const made = await sendStep(ground.client, step)
  ground.made.push(made)
  ground.tally.during = `after change ${ground.made.length}: ${step.text}`
  ground.world = made.refusal === null ? step.next : world
  if (made.refusal === null) ground.fleet.retire(step.freed)
  ground.onChange(ground.made)
  const restMs = ground.intervalMs - (performance.now() - startMs)
  if (restMs > 0) await sleep(restMs, undefined, { signal: ground.signal })
  return true
}

async function sendStep(client: Client, { kind, text, request }: ChosenStep): Promise<MadeChange> {
  const [startMs, sentAt] = [performance.now(), Date.now()]
  const sent = await outcomeOf(client.send(request, { wait: true }))
  const latencyMs = performance.now() - startMs
  if (!sent.ok) return { kind, text, latencyMs, appliedMs: null, reload: false, refusal: sent.error.message }
  const last = 'deleted' in sent.value ? sent.value.lastApply : sent.value.status.lastApply
  // An older one tells of an earlier change: this one was live without anything to do.
  const apply = last && Date.parse(last.at) >= sentAt ? last : null
  const refusal = findRefusal(sent.value)
  return { kind, text, latencyMs, appliedMs: apply?.ms ?? null, reload: apply?.reload ?? false, refusal }
}

function findRefusal(answer: LoadBalancer | Deleted): string | null {
  if ('deleted' in answer) return null
  const { version, status } = answer
  const isLive = status.appliedVersion !== null && status.appliedVersion >= version && status.state !== 'Error'
  if (isLive && status.problems.length === 0) return null
  return status.problems[0]?.message ?? `version ${version} is stored, but not live`
}
