// lb route list: which requests go where.
import type { CommandSpec } from '../../../command-spec.ts'
import { formatRoutes } from '../../../format/route-table.ts'

export const routeList: CommandSpec = {
  usage: 'list <name>',
  summary: 'List which requests go where',
  kind: 'read',
  examples: [['Where does /api go?', 'PROGRAM lb route list web-lb']],
  run: async (call) => {
    const { spec } = await (await call.client()).get(call.words[0] ?? '')
    await call.show(spec.routes ?? [], (display) => formatRoutes(display, spec))
    return 0
  },
}
