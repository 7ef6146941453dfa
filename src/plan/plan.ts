// The least disruptive way from what runs to what is wanted.
//
//   before            | after               | action
//   ------------------+---------------------+------------------------------------------
//   nothing runs      | any configuration   | reload because start
//   -                 | a pool more         | claim-place       of the reserve, servers added
//   pool              | other structure     | claim-place, its routes moved, leave-place
//   pool in reserve   | other parameters    | set-parameters    in maps
//   pool              | not wanted          | leave-place       and free-place once it is quiet
//   pool              | one server more     | add-server        in the running process
//   server            | other weight, drain | set-weight        in the running process
//   server ready      | maint, no address   | set-state maint   in the running process
//   server at A       | at B                | set-address       in the running process
//   server            | other connections   | set-max-connections
//   server ready      | not wanted          | retire-server     in the running process
//   server retired    | not wanted, quiet   | delete-server     in the running process
//   route             | new, other, gone    | set-route         in the running process
//   row of a map      | as somebody typed   | put-row           in the running process
//   listener, checks  | off, by somebody    | open-listener, resume-checks
//   certificate       | more, other, less   | add-, replace-, remove-certificate
//   default one       | another             | set-default-certificate
//   name              | to be proven or not | set-challenge     in the running process
//   anything else     | differs             | reload, every difference named
//   the same          | the same            | (empty plan)
import type { Action, Reason } from './action.ts'
import { planDefaults } from './plan-certificates.ts'
import { planChallenges } from './plan-challenges.ts'
import { planLeavers } from './plan-leavers.ts'
import { planShare, type ShareSteps } from './plan-share.ts'
import { findReasons } from './reasons.ts'
import type { Desired, Running } from './running.ts'

/**
 * Compares; an empty answer means that nothing needs doing. A plan with a reload holds nothing else: the files carry
 * all of it. `among` are the load balancers that may differ, where that is known.
 */
export function makePlan(running: Running | null, desired: Desired, among?: Iterable<string> | null): Action[] {
  if (running === null)
    return [{ kind: 'reload', because: [{ code: 'start', owner: null, text: 'HAProxy is not running' }] }]
  const reasons = findReasons(running, desired)
  if (running.processDigest === '') return [{ kind: 'reload', because: reasons }]
  const spares = new Spares(running)
  const owners = [...(among ?? findOwners(running, desired))].sort()
  const steps = owners.map((owner) => {
    const [before, after] = [running.config.shares.get(owner), desired.config.shares.get(owner)]
    return before === after ? NO_STEPS : planShare(before, after, running.ledger, (profile) => spares.take(profile))
  })
  const because: Reason[] = [...reasons, ...steps.flatMap((step) => step.reasons)]
  if (because.length > 0) return [{ kind: 'reload', because }]
  return [
    ...planSwitches(running),
    ...running.odd.map(
      ({ map, key, live, told }): Action => ({ kind: 'put-row', owner: null, map, key, from: live, to: told }),
    ),
    ...(running.strayCertificates ?? []).map(
      (stray): Action => ({ kind: 'remove-stray-certificate', owner: null, ...stray }),
    ),
    ...steps.flatMap((step) => step.build),
    ...planDefaults(running.config, desired.config),
    ...planChallenges(running.config.shares, desired.config.shares, owners),
    ...joinRoutes(steps.flatMap((step) => step.routes)),
    // Last: whoever takes over is there before anybody leaves.
    ...steps.flatMap((step) => step.leave),
    ...planLeavers(running, desired),
  ]
}

function planSwitches({ switchedOff, config }: Running): Action[] {
  const listeners = switchedOff?.listeners.filter((id) => config.listeners.has(id)) ?? []
  return [
    ...listeners.map((listener): Action => ({ kind: 'open-listener', owner: null, listener })),
    ...(switchedOff?.checks ?? []).map((ref): Action => ({ kind: 'resume-checks', ...ref })),
  ]
}

const NO_STEPS: ShareSteps = { build: [], routes: [], leave: [], reasons: [] }

/** The reload's reasons, or none when the plan runs without one. */
export function findReload(plan: readonly Action[]): readonly Reason[] {
  return plan.flatMap((action) => (action.kind === 'reload' ? action.because : []))
}

function findOwners({ config: before }: Running, { config: after }: Desired): Set<string> {
  return new Set([...before.shares.keys(), ...after.shares.keys()])
}

/** The places of the reserve as this plan takes them. */
class Spares {
  readonly #running: Running
  #taken = new Map<string, number>()

  constructor(running: Running) {
    this.#running = running
  }

  take(profile: string): string | undefined {
    const next = this.#taken.get(profile) ?? 0
    this.#taken.set(profile, next + 1)
    return this.#running.ledger.spares.get(profile)?.[next]
  }
}

type SetRoute = Extract<Action, { kind: 'set-route' }>

/** A route that one load balancer gives up and another takes is one change of one row; what goes goes last. */
function joinRoutes(routes: readonly SetRoute[]): Action[] {
  const byRow = Map.groupBy(routes, ({ listener, host, path }) => `${listener} ${host ?? ''}${path}`)
  const joined = [...byRow.values()].map((changes) => {
    const gone = changes.find(({ to }) => to === null)
    const taken = changes.find(({ to }) => to !== null)
    return gone && taken ? { ...taken, from: gone.from } : (changes[0] as SetRoute)
  })
  return [...joined.filter(({ to }) => to !== null), ...joined.filter(({ to }) => to === null)]
}
