// node list: the machines that serve.
import type { CommandSpec } from '../../command-spec.ts'
import { formatNodes } from '../../format/node-table.ts'

export const nodeList: CommandSpec = {
  usage: 'list',
  summary: 'List the nodes with their HAProxy',
  kind: 'read',
  examples: [['Which nodes are there, and what do they serve?', 'PROGRAM node list']],
  run: async (call) => {
    const nodes = await (await call.client()).nodes()
    await call.show(nodes, (display) => formatNodes(display, nodes))
    return 0
  },
}
