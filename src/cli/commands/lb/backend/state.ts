// lb backend drain, ready, maint: what is wanted of a server, changed without a reload.
import { patchBackend } from '../../../../api/client.ts'
import type { ServerState } from '../../../../model/config.ts'
import { carryOutAll } from '../../../change.ts'
import type { CommandSpec, Example } from '../../../command-spec.ts'
import { KNOWN_TARGET_OPTION, POOL_OPTION, readPool, readTargets } from '../../../targets.ts'

export const backendDrain: CommandSpec = stateCommand(
  'drain',
  'Let backends finish what they do, and give them no new traffic',
  [['Before an update of web-1', 'PROGRAM lb backend drain web-lb web-1:8080']],
)

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
