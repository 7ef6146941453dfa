// What the last turn of the loop came to, for everyone who waits for it or asks for it.
import type { LastApply } from '../api/wire.ts'
import type { Merged, Placement } from '../merge/merge.ts'
import type { Config } from '../model/config.ts'
import { EMPTY_CONFIG } from '../model/config.ts'
import type { Word } from '../model/fragment.ts'
import { Table } from '../model/table.ts'

/** The state after one turn. */
export type Turned = {
  readonly word: Word
  /** The merge in force; null before the first. */
  readonly merged: Merged | null
  readonly config: Config
  readonly placements: Table<string, Placement>
  /** Why the turn could not apply what it wanted; null when it did. */
  readonly failure: string | null
  readonly lastApplies: Table<string, LastApply>
}

export const NOTHING_YET: Turned = {
  word: [],
  merged: null,
  config: EMPTY_CONFIG,
  placements: Table(),
  failure: null,
  lastApplies: Table(),
}

/** Holds the newest `Turned` and lets others wait for one that pleases them. */
export class Board {
  #now: Turned = NOTHING_YET
  #turns = 0
  #waiting = new Set<() => void>()

  get now(): Turned {
    return this.#now
  }

  /** How many turns have ended; 0 until the first. */
  get turns(): number {
    return this.#turns
  }

  post(turned: Turned): void {
    this.#now = turned
    this.#turns++
    for (const look of [...this.#waiting]) look()
  }

  /** Resolves true when the condition holds for the state at hand or a later one, false at the deadline. */
  waitUntil(holds: (turned: Turned) => boolean, timeoutMs: number): Promise<boolean> {
    if (holds(this.#now)) return Promise.resolve(true)
    return new Promise((resolve) => {
      const end = (answer: boolean) => {
        clearTimeout(timer)
        this.#waiting.delete(look)
        resolve(answer)
      }
      const look = () => holds(this.#now) && end(true)
      const timer = setTimeout(() => end(false), timeoutMs)
      this.#waiting.add(look)
    })
  }
}
