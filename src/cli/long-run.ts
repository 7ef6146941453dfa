// Commands that run for a while and end by themselves: Ctrl-C ends them in order, and a person sees how far they are.
import type { Call } from './call.ts'
import { oneLine } from './format/display.ts'
import { shorten } from './format/table.ts'

/** What a shell sees of a program that Ctrl-C ended. */
export const EXIT_INTERRUPTED = 130

/** Ctrl-C aborts the signal instead of ending the process, until `release`. */
export function takeOverSignals(call: Call): { readonly signal: AbortSignal; readonly release: () => void } {
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
export function tellProgress({ terminal, display }: Call, text: string): void {
  if (display.columns === null) return
  terminal.err(`\r\x1b[K${shorten(oneLine(text), display.columns - 1)}`)
}
