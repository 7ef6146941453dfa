// lb rate-limit unset: the rate limit taken away.
import { deletePart } from '../../../../api/client.ts'
import { carryOut } from '../../../change.ts'
import type { CommandSpec } from '../../../command-spec.ts'
import { POOL_OPTION, readPool } from '../../../targets.ts'

export const rateLimitUnset: CommandSpec = {
  usage: 'unset <name>',
  summary: 'Take the rate limit away',
  kind: 'change',
  examples: [['Let clients send as much as they want', 'PROGRAM lb rate-limit unset web-lb']],
  options: [POOL_OPTION],
  run: (call) => carryOut(call, deletePart(call.words[0] ?? '', 'rate-limit', readPool(call))),
}
