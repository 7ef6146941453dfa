// lb delete: takes load balancers out of service and forgets them.
import { deleteLoadBalancer } from '../../../api/client.ts'
import { carryOutAll } from '../../change.ts'
import type { CommandSpec } from '../../command-spec.ts'

export const lbDelete: CommandSpec = {
  usage: 'delete <names...>',
  summary: 'Delete load balancers',
  kind: 'change',
  examples: [
    ['Delete one', 'PROGRAM lb delete web-lb'],
    ['See first what that would change', 'PROGRAM lb delete web-lb --dry-run'],
  ],
  run: (call) => carryOutAll(call, call.words.map(deleteLoadBalancer), { action: 'deleted' }),
}
