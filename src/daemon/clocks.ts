// The clocks that wake the loop: to try again, to tidy up, to look at everything.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Look } from '../haproxy/haproxy.ts'
import { TRY_AGAIN_MS } from './refusals.ts'

/** Between two looks at what is on its way out. */
const TIDY_MS = 2000

/** Wakes the loop for a turn that looks at least this closely. */
export type Wake = (look: Look) => void

/** What the loop sets for itself. */
export type Clocks = {
  /** Wakes the loop after a failure. */
  readonly retryLater: () => void
  /** Wakes the loop to look after what is on its way out; one clock at a time. */
  readonly tidyLater: () => void
}

/** Clocks that end with the signal. */
export function makeClocks(wake: Wake, signal: AbortSignal): Clocks {
  const after = (ms: number, then: () => void) => void sleep(ms, undefined, { ref: false, signal }).then(then, () => {})
  let isTidying = false
  return {
    retryLater: () => after(TRY_AGAIN_MS, () => wake('told')),
    tidyLater: () => {
      if (isTidying) return
      isTidying = true
      after(TIDY_MS, () => {
        isTidying = false
        wake('leavers')
      })
    },
  }
}
