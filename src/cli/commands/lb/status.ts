// lb status: how one load balancer is doing right now.
import type { CommandSpec } from '../../command-spec.ts'
import { formatStatus } from '../../format/status.ts'

export const lbStatus: CommandSpec = {
  usage: 'status <name>',
  summary: 'Show how a load balancer is doing: backends, health, problems',
  kind: 'read',
  examples: [
    ['Is web-lb well?', 'PROGRAM lb status web-lb'],
    ['Only the status, for a script', 'PROGRAM lb status web-lb -o json'],
  ],
  run: async (call) => {
    const item = await (await call.client()).get(call.words[0] ?? '')
    await call.show(item.status, (display) => formatStatus(display, item))
    return 0
  },
}
