// lb list: every load balancer, whichever source it comes from.
import { textsOption } from '../../call.ts'
import type { CommandSpec } from '../../command-spec.ts'
import { formatLoadBalancers } from '../../format/load-balancer-table.ts'
import { readLabels } from '../../labels.ts'

export const lbList: CommandSpec = {
  usage: 'list',
  summary: 'List load balancers',
  kind: 'read',
  examples: [
    ['All of them', 'PROGRAM lb list'],
    ['Those with a label', 'PROGRAM lb list --label team=web'],
    ['Their names, for a script', "PROGRAM lb list -o json | jq -r '.[].name'"],
  ],
  options: [{ flags: '--label <key=value>', help: 'only those with this label', list: true }],
  run: async (call) => {
    readLabels(call)
    const items = await (await call.client()).list(textsOption(call, 'label'))
    if (items.length === 0 && call.output === 'table') {
      call.terminal.err(`no load balancers yet; \`${call.program} lb create --help\` shows how to make one\n`)
      return 0
    }
    await call.show(items, (display) => formatLoadBalancers(display, items))
    return 0
  },
}
