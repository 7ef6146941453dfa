// Notices that HAProxy has died, or that somebody else has changed it, and rings: the next turn puts it right.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Haproxy } from '../haproxy/haproxy.ts'
import { outcomeOf } from '../io/outcome.ts'

/** Between two looks; a dead HAProxy must serve again within a second. */
const LOOK_MS = 150

/** Between two full comparisons of what runs with what was applied. */
const AUDIT_MS = 10_000

/** Asks now and then for a turn that compares everything that runs with what is wanted, and puts right what somebody else changed. */
export async function audit(look: () => void, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await outcomeOf(sleep(AUDIT_MS, undefined, { signal }))
    if (!signal.aborted) look()
  }
}

/** Looks again and again until the signal aborts; rings while HAProxy does not answer. */
export async function supervise(haproxy: Haproxy, ring: () => void, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await outcomeOf(sleep(LOOK_MS, undefined, { signal }))
    if (!signal.aborted && !(await haproxy.isAlive())) ring()
  }
}
