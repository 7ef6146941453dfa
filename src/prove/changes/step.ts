// A change as a value: what is asked of the API, and what there is once it is live.
import type { ApiRequest } from '../../api/client.ts'
import type { Chance } from '../chance.ts'
import type { Demo, World } from '../world.ts'

/** One change. */
export type Step = {
  /** In words, with the names of servers: "weight of s3 to 50". */
  readonly text: string
  readonly request: ApiRequest
  /** What there is once the change is live. */
  readonly next: World
  /** Servers that nobody needs any more once it is live. */
  readonly freed: readonly Demo[]
}

/**
 * A kind of change. `daily` ones are what an operator does all day, and HAProxy is to take them while it runs; `forced`
 * ones need a reload, or may. `choose` answers null where the world has no room for such a change; it is pure.
 */
export type ChangeKind = {
  readonly name: string
  readonly group: 'daily' | 'forced'
  readonly choose: (world: World, chance: Chance) => Step | null
}

/** A change of this kind that was chosen. */
export type ChosenStep = Step & { readonly kind: string }

/** A change of one of these kinds; null where none of them has room. Each kind is as likely as another. */
export function chooseStep(kinds: readonly ChangeKind[], world: World, chance: Chance): ChosenStep | null {
  for (const kind of chance.shuffle(kinds)) {
    const step = kind.choose(world, chance)
    if (step) return { ...step, kind: kind.name }
  }
  return null
}
