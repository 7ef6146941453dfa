// Notices within a moment that HAProxy has died, and rings: the next turn starts it again.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Haproxy } from '../haproxy/haproxy.ts'
import { outcomeOf } from '../io/outcome.ts'

/** Between two looks; a dead HAProxy must serve again within a second. */
const LOOK_MS = 150

/** Looks again and again until the signal aborts; rings while HAProxy does not answer. */
export async function supervise(haproxy: Haproxy, ring: () => void, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await outcomeOf(sleep(LOOK_MS, undefined, { signal }))
    if (!signal.aborted && !(await haproxy.isAlive())) ring()
  }
}
