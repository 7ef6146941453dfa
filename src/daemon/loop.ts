// The daemon's loop: it reads like the sentence it carries out, and remembers nothing that HAProxy or the disk can tell.

import { latest, type Pulse } from '../sources/latest.ts'
import type { Source } from '../sources/source.ts'
import type { Board } from './board.ts'
import type { Clocks } from './clocks.ts'
import type { Reporter } from './reporter.ts'
import type { Serial } from './serial.ts'
import type { Survey } from './survey.ts'
import { turn } from './turn.ts'

/** Everything the loop works with. */
export type LoopContext = {
  readonly sources: readonly Source[]
  readonly pulses: readonly Pulse[]
  readonly board: Board
  readonly serial: Serial
  readonly reporter: Reporter
  readonly survey: Survey
  readonly clocks: Clocks
  readonly silence: { readonly tell: (titles: readonly string[]) => void }
}

/** Runs until the signal aborts. A turn that fails is told, changes nothing, and is tried again. */
export async function runLoop(context: LoopContext, signal: AbortSignal): Promise<void> {
  const { sources, pulses, board, serial, reporter } = context
  for await (const word of latest(sources, pulses, signal, ({ silent }) => context.silence.tell(silent))) {
    const startedAt = performance.now()
    await serial.run(async () => {
      if (signal.aborted) return
      const ground = await context.survey.take(word)
      try {
        const report = await turn(word, board.now, ground, (lines) => reporter.plan(lines), startedAt)
        const before = board.now
        board.post(report.turned)
        reporter.turned(before, report)
      } catch (cause) {
        ground.haproxy.doubt()
        reporter.failed(cause)
        board.post({ ...board.now, word, failure: cause instanceof Error ? cause.message : String(cause) })
        context.clocks.retryLater()
      }
      if (ground.refusals.hasPassing()) context.clocks.retryLater()
      if (ground.haproxy.isLeaving) context.clocks.tidyLater()
    })
  }
}
