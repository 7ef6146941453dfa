// lb backend list: the servers of a load balancer and how they are.
import type { CommandSpec } from '../../../command-spec.ts'
import { formatBackends } from '../../../format/backend-table.ts'
import { POOL_OPTION, readPool } from '../../../targets.ts'

export const backendList: CommandSpec = {
  usage: 'list <name>',
  summary: 'List the backends with their health',
  kind: 'read',
  examples: [
    ['Which backends take traffic?', 'PROGRAM lb backend list web-lb'],
    ['Those of one named pool', 'PROGRAM lb backend list web-lb --pool v2'],
  ],
  options: [POOL_OPTION],
  run: async (call) => {
    const pool = readPool(call)
    const { status } = await (await call.client()).get(call.words[0] ?? '')
    const backends = status.backends.filter((backend) => pool === undefined || backend.pool === `pool.${pool}`)
    await call.show(backends, (display) => formatBackends(display, backends))
    return 0
  },
}
