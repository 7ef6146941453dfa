// lb backend drain, ready, maint: what is wanted of a server, changed without a reload.
import { patchBackend } from '../../../../api/client.ts'
import type { ServerState } from '../../../../model/config.ts'
import { type Call, formatFlag } from '../../../call.ts'
import { carryOutAll } from '../../../change.ts'
import type { CommandSpec, Example, OptionSpec } from '../../../command-spec.ts'
import { followDrain } from '../../../follow-drain.ts'
import { durationOption } from '../../../number-option.ts'
import { EXIT, usageFailure } from '../../../refusal.ts'
import { KNOWN_TARGET_OPTION, POOL_OPTION, readPool, readTargets } from '../../../targets.ts'

const UNTIL_IDLE_OPTION: OptionSpec = {
  flags: '--until-idle <time>',
  help: 'wait until nothing is under way on them any more, at most so long (30s, 5m)',
}

const DRAIN: CommandSpec = stateCommand('drain', 'Let backends finish what they do, and give them no new traffic', [
  ['Before an update of web-1', 'PROGRAM lb backend drain web-lb web-1:8080'],
  ['Stop it once its last request is answered', 'PROGRAM lb backend drain web-lb web-1:8080 --until-idle 1m'],
])

export const backendDrain: CommandSpec = {
  ...DRAIN,
  options: [...(DRAIN.options ?? []), UNTIL_IDLE_OPTION],
  run: async (call) => {
    const deadlineMs = durationOption(call, 'untilIdle')
    if (deadlineMs !== null && !call.wait)
      throw usageFailure(`${formatFlag('untilIdle')} waits, so it does not go with --no-wait; leave out one of them`)
    const exitCode = await DRAIN.run(call)
    return exitCode !== EXIT.done || deadlineMs === null || call.dryRun ? exitCode : waitForIdle(call, deadlineMs)
  },
}

function waitForIdle(call: Call, deadlineMs: number): Promise<number> {
  const [name = ''] = call.words
  const pool = readPool(call)
  return followDrain(
    call,
    { name, part: pool === undefined ? 'main' : `pool.${pool}`, targets: readTargets(call) },
    deadlineMs,
  )
}

export const backendReady: CommandSpec = stateCommand('ready', 'Let backends take traffic again', [
  ['After the update', 'PROGRAM lb backend ready web-lb web-1:8080'],
])

export const backendMaint: CommandSpec = stateCommand(
  'maint',
  'Take backends out of service at once, checks included',
  [['A server misbehaves', 'PROGRAM lb backend maint web-lb web-1:8080']],
)

function stateCommand(state: ServerState, summary: string, examples: readonly Example[]): CommandSpec {
  return {
    usage: `${state} <name> [targets...]`,
    summary,
    kind: 'change',
    examples,
    options: [KNOWN_TARGET_OPTION, POOL_OPTION],
    run: (call) => {
      const [name = ''] = call.words
      return carryOutAll(
        call,
        readTargets(call).map((target) => patchBackend(name, target, { state }, readPool(call))),
      )
    },
  }
}
