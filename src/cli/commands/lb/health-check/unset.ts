// lb health-check unset: the health check taken away.
import { deletePart } from '../../../../api/client.ts'
import { carryOut } from '../../../change.ts'
import type { CommandSpec } from '../../../command-spec.ts'
import { POOL_OPTION, readPool } from '../../../targets.ts'

export const healthCheckUnset: CommandSpec = {
  usage: 'unset <name>',
  summary: 'Go back to the check that holds where none is set',
  kind: 'change',
  examples: [['Only check that a connection can be made', 'PROGRAM lb health-check unset web-lb']],
  options: [POOL_OPTION],
  run: (call) => carryOut(call, deletePart(call.words[0] ?? '', 'health-check', readPool(call))),
}
