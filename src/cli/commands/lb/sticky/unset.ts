// lb sticky unset: stickiness taken away.
import { deletePart } from '../../../../api/client.ts'
import { carryOut } from '../../../change.ts'
import type { CommandSpec } from '../../../command-spec.ts'
import { POOL_OPTION, readPool } from '../../../targets.ts'

export const stickyUnset: CommandSpec = {
  usage: 'unset <name>',
  summary: 'Let each request go to any backend',
  kind: 'change',
  examples: [['Clients need not come back to the same backend', 'PROGRAM lb sticky unset web-lb']],
  options: [POOL_OPTION],
  run: (call) => carryOut(call, deletePart(call.words[0] ?? '', 'sticky', readPool(call))),
}
