// Load balancers that HAProxy or the machine refused: remembered by version, so that one broken object costs no check each turn.
import { type BrokenFragment, type Fragment, findWinners, type Problem, type Word } from '../model/fragment.ts'

type Refusal = {
  readonly version: number
  readonly since: number
  readonly problem: Problem
  readonly by: 'machine' | 'haproxy'
  readonly at: number
}

/** A refusal by the machine (a busy port) may pass by itself: it is tried again after this time. */
export const TRY_AGAIN_MS = 5000

/** What was refused, and why. */
export class Refusals {
  readonly #now: () => number
  #refused = new Map<string, Refusal>()

  constructor(now: () => number = Date.now) {
    this.#now = now
  }

  add(fragment: Fragment, problem: Problem, by: 'machine' | 'haproxy'): void {
    const { version, since } = fragment.origin
    this.#refused.set(keyOf(fragment), { version, since, problem, by, at: this.#now() })
  }

  /** By name, those that still stand for whoever would serve under it; what stands for nobody is forgotten. */
  among(word: Word): ReadonlyMap<string, Problem> {
    if (this.#refused.size === 0) return new Map()
    const present = new Map(word.map((fragment) => [keyOf(fragment), fragment]))
    for (const [key, refusal] of this.#refused) if (!this.#stands(refusal, present.get(key))) this.#refused.delete(key)
    const refused = findWinners(word).map((fragment) => [fragment.name, this.#refused.get(keyOf(fragment))] as const)
    return new Map(refused.flatMap(([name, refusal]) => (refusal ? [[name, refusal.problem] as const] : [])))
  }

  /** Whether something refused may be accepted later without anyone changing it. */
  hasPassing(): boolean {
    return [...this.#refused.values()].some((refusal) => refusal.by === 'machine')
  }

  /** A copy that can be tried out without consequences. */
  copy(): Refusals {
    const copy = new Refusals(this.#now)
    copy.#refused = new Map(this.#refused)
    return copy
  }

  #stands(refusal: Refusal, fragment: Fragment | BrokenFragment | undefined): boolean {
    if (!fragment || fragment.origin.version !== refusal.version || fragment.origin.since !== refusal.since)
      return false
    return refusal.by === 'haproxy' || this.#now() - refusal.at < TRY_AGAIN_MS
  }
}

function keyOf({ origin }: Fragment | BrokenFragment): string {
  return `${origin.source} ${origin.id}`
}
