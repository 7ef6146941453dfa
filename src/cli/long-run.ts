// Commands that run for a while and end by themselves: Ctrl-C ends them in order, and a person sees how far they are.
import { outcomeOf } from '../io/outcome.ts'
import type { Call } from './call.ts'
import { oneLine } from './format/display.ts'
import { shorten } from './format/table.ts'
import { EXIT } from './refusal.ts'

/** What a shell sees of a program that Ctrl-C ended. */
const EXIT_INTERRUPTED = 130

/** What a long run may use of the shell it runs in. */
export type Surroundings = {
  readonly env: NodeJS.ProcessEnv
  readonly signal: AbortSignal
  readonly onProgress: (text: string) => void
}

/** Runs to the end, or until Ctrl-C, and shows what came of it; answers the exit code. */
export async function runLong<Result extends { readonly ok: boolean }>(
  call: Call,
  run: (surroundings: Surroundings) => Promise<Result>,
  show: (result: Result) => Promise<void>,
): Promise<number> {
  const interrupt = takeOverSignals(call)
  const onProgress = (text: string) => tellProgress(call, text)
  const outcome = await outcomeOf(run({ env: call.terminal.env, signal: interrupt.signal, onProgress }))
  interrupt.release()
  tellProgress(call, '')
  if (!outcome.ok && interrupt.signal.aborted) return EXIT_INTERRUPTED
  if (!outcome.ok) throw outcome.error
  await show(outcome.value)
  return outcome.value.ok ? EXIT.done : EXIT.failed
}

/** Ctrl-C aborts the signal instead of ending the process, until `release`. */
function takeOverSignals(call: Call): { readonly signal: AbortSignal; readonly release: () => void } {
  const stop = new AbortController()
  const onSignal = () => stop.abort()
  call.terminal.handOver()
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, onSignal)
  const release = () => {
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.off(name, onSignal)
  }
  return { signal: stop.signal, release }
}

/** One line that each word of progress replaces, for a person only. */
function tellProgress({ terminal, display }: Call, text: string): void {
  if (display.columns === null) return
  terminal.err(`\r\x1b[K${shorten(oneLine(text), display.columns - 1)}`)
}
