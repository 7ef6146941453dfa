// A dead HAProxy while a source has not spoken yet: nobody knows what is wanted, so what served last serves again.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Haproxy } from '../haproxy/haproxy.ts'
import type { Logger } from '../io/log.ts'
import { outcomeOf } from '../io/outcome.ts'
import type { ProcessSettings } from '../render/haproxy/process-settings.ts'
import type { Board } from './board.ts'
import type { Serial } from './serial.ts'

/** Most sources speak at once, and what they say is what to start with. Also the pause between two attempts. */
const PATIENCE_MS = 2000

export type RevivalGround = {
  readonly haproxy: Pick<Haproxy, 'isAlive' | 'revive'>
  readonly board: Pick<Board, 'turns'>
  readonly serial: Serial
  readonly log: Pick<Logger, 'warn' | 'error'>
  readonly processSettings: Pick<ProcessSettings, 'maxConnections'>
}

/** Looks after HAProxy until the first turn, from which on each turn does, or until the signal aborts. */
export async function reviveWhileSilent(
  ground: RevivalGround,
  signal: AbortSignal,
  patienceMs = PATIENCE_MS,
): Promise<void> {
  const { board, serial, log } = ground
  for (;;) {
    await outcomeOf(sleep(patienceMs, undefined, { signal }))
    if (signal.aborted || board.turns > 0) return
    const done = await outcomeOf(serial.run(() => revive(ground, signal)))
    if (!done.ok) log.error(`what served last cannot serve again: ${done.error.message}`)
  }
}

async function revive({ haproxy, board, log, processSettings }: RevivalGround, signal: AbortSignal): Promise<void> {
  if (signal.aborted || board.turns > 0 || (await haproxy.isAlive())) return
  if (await haproxy.revive(processSettings.maxConnections))
    log.warn(
      'HAProxy did not run: started with the configuration that was in force last, until all sources have spoken',
    )
}
