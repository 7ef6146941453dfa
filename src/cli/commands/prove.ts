// prove: shows on this machine that changes lose nothing.
import { LARGEST_SEED } from '../../prove/chance.ts'
import type { Call } from '../call.ts'
import type { CommandSpec } from '../command-spec.ts'
import { runLong } from '../long-run.ts'
import { durationOption, wholeOption } from '../number-option.ts'

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
    const { prove: run } = await import('../../prove/prove.ts')
    const { formatReport } = await import('../format/prove-report.ts')
    return runLong(
      call,
      (surroundings) => run({ ...wishes, ...surroundings }),
      (report) => call.show(report, (display) => formatReport(display, report)),
    )
  },
}

function readWishes(call: Call) {
  return {
    changes: wholeOption(call, 'changes', 0, MOST_CHANGES) ?? 200,
    reloads: wholeOption(call, 'reloads', 0, MOST_CHANGES) ?? 20,
    ratePerSecond: wholeOption(call, 'rate', 1, 10_000),
    forMs: durationOption(call, 'for'),
    seed: wholeOption(call, 'seed', 0, LARGEST_SEED) ?? Math.floor(Math.random() * (LARGEST_SEED + 1)),
  }
}
