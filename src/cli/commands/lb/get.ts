// lb get: load balancers by name; with -o yaml everything about them.
import type { LoadBalancer } from '../../../api/wire.ts'
import type { CommandSpec } from '../../command-spec.ts'
import { formatLoadBalancers } from '../../format/load-balancer-table.ts'

export const lbGet: CommandSpec = {
  usage: 'get <names...>',
  summary: 'Show load balancers by name',
  kind: 'read',
  examples: [
    ['One line about it', 'PROGRAM lb get web-lb'],
    ['Everything about it, spec and status', 'PROGRAM lb get web-lb -o yaml'],
  ],
  run: async (call) => {
    const client = await call.client()
    const items: LoadBalancer[] = []
    for (const name of call.words) items.push(await client.get(name))
    await call.show(items.length === 1 ? items[0] : items, (display) => formatLoadBalancers(display, items))
    return 0
  },
}
