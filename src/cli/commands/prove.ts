// prove: shows on this machine that changes lose nothing.
import { outcomeOf } from '../../io/outcome.ts'
import { parseDuration } from '../../model/duration.ts'
import { LARGEST_SEED } from '../../prove/chance.ts'
import { type Call, formatFlag, textOption } from '../call.ts'
import type { CommandSpec } from '../command-spec.ts'
import { oneLine } from '../format/display.ts'
import { shorten } from '../format/table.ts'
import { EXIT, usageFailure } from '../refusal.ts'

/** What a shell sees of a program that Ctrl-C ended. */
const EXIT_INTERRUPTED = 130

const MOST_CHANGES = 100_000

export const prove: CommandSpec = {
  usage: 'prove',
  summary: 'Show on this machine that changes under load lose nothing; exit code 1 where one does',
  kind: 'report',
  examples: [
    ['A quarter of a minute', 'PROGRAM prove'],
    ['1,000 changes of a day, then 200 reloads', 'PROGRAM prove --changes 1000 --reloads 200'],
    ['For ten minutes, 5 changes a second', 'PROGRAM prove --changes 100000 --rate 5 --for 10m'],
    ['The same changes once more', 'PROGRAM prove --seed 12345'],
  ],
  options: [
    {
      flags: '--changes <count>',
      help: 'how many random changes of a day: servers, weights, routes, ...; default 200',
    },
    { flags: '--reloads <count>', help: 'how many forced reloads after them, servers coming and going; default 20' },
    { flags: '--rate <per-second>', help: 'changes a second at most; default: as fast as they are answered' },
    { flags: '--for <duration>', help: 'make no change later than this: 30s, 10m' },
    { flags: '--seed <number>', help: 'make the same choices as the run that printed it; default: a new one' },
  ],
  run: async (call) => {
    const wishes = readWishes(call)
    const interrupt = takeOverSignals(call)
    const { prove: run } = await import('../../prove/prove.ts')
    const onProgress = (text: string) => tellProgress(call, text)
    const outcome = await outcomeOf(run({ ...wishes, env: call.terminal.env, signal: interrupt.signal, onProgress }))
    interrupt.release()
    tellProgress(call, '')
    if (!outcome.ok && interrupt.signal.aborted) return EXIT_INTERRUPTED
    if (!outcome.ok) throw outcome.error
    const { formatReport } = await import('../format/prove-report.ts')
    await call.show(outcome.value, (display) => formatReport(display, outcome.value))
    return outcome.value.ok ? EXIT.done : EXIT.failed
  },
}

function readWishes(call: Call) {
  return {
    changes: readNumber(call, 'changes', 0, MOST_CHANGES) ?? 200,
    reloads: readNumber(call, 'reloads', 0, MOST_CHANGES) ?? 20,
    ratePerSecond: readNumber(call, 'rate', 1, 10_000),
    forMs: readDuration(call, 'for'),
    seed: readNumber(call, 'seed', 0, LARGEST_SEED) ?? Math.floor(Math.random() * (LARGEST_SEED + 1)),
  }
}

/** A whole number within these bounds; null where the option was not given. Failure `usage` for anything else. */
function readNumber(call: Call, name: string, least: number, most: number): number | null {
  const text = textOption(call, name)
  if (text === undefined) return null
  const number = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN
  if (number >= least && number <= most) return number
  throw usageFailure(`${formatFlag(name)} ${text} is not a whole number from ${least} to ${most}`)
}

function readDuration(call: Call, name: string): number | null {
  const text = textOption(call, name)
  if (text === undefined) return null
  const parsed = parseDuration(text)
  if (parsed.ok) return parsed.value
  throw usageFailure(`${formatFlag(name)}: ${parsed.message}`)
}

/** Ctrl-C ends the run in order: clients first, then the daemon. */
function takeOverSignals(call: Call) {
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
