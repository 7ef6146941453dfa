// lb backend remove: takes servers out of a load balancer for good.
import { removeBackend } from '../../../../api/client.ts'
import { carryOutAll } from '../../../change.ts'
import type { CommandSpec } from '../../../command-spec.ts'
import { KNOWN_TARGET_OPTION, POOL_OPTION, readPool, readTargets } from '../../../targets.ts'

export const backendRemove: CommandSpec = {
  usage: 'remove <name> [targets...]',
  summary: 'Remove backends',
  kind: 'change',
  examples: [['A server is gone for good', 'PROGRAM lb backend remove web-lb web-2:8080']],
  options: [KNOWN_TARGET_OPTION, POOL_OPTION],
  run: (call) => {
    const [name = ''] = call.words
    return carryOutAll(
      call,
      readTargets(call).map((target) => removeBackend(name, target, readPool(call))),
    )
  },
}
