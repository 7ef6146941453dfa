// Waiting that ends when it is told to, and how long to wait.
import { setTimeout as sleep } from 'node:timers/promises'
import { outcomeOf } from '../../io/outcome.ts'

/** Sleeps; rejects with the signal's reason when it aborts. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await outcomeOf(sleep(ms, undefined, { signal }))
  signal.throwIfAborted()
}

/** Twice as long each time, between half of it and all of it, so that many who failed together do not return together. */
export function backOff(attempt: number, { firstMs, mostMs, chance }: BackOff): number {
  return Math.min(mostMs, firstMs * 2 ** Math.min(attempt, 30)) * (0.5 + chance / 2)
}

type BackOff = {
  readonly firstMs: number
  readonly mostMs: number
  /** From 0 to 1. */
  readonly chance: number
}
