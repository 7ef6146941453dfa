// lb set, lb unset: any key of a load balancer, by its path.
import { putLoadBalancer } from '../../../api/client.ts'
import type { Call } from '../../call.ts'
import { carryOut } from '../../change.ts'
import { checkResource, compact } from '../../check-input.ts'
import type { CommandSpec } from '../../command-spec.ts'
import { type KeyValue, readKey, readKeyValue, withKeyValues } from '../../key-values.ts'

export const lbSet: CommandSpec = {
  usage: 'set <name> <settings...>',
  summary: 'Set any key of a load balancer, as KEY=VALUE',
  kind: 'change',
  examples: [
    ['Servers that come back start slowly', 'PROGRAM lb set web-lb slowStart=30s'],
    ['A header on every answer', 'PROGRAM lb set web-lb headers.response.set.X-Frame-Options=DENY'],
    ['Maintenance', 'PROGRAM lb set web-lb maintenance=true'],
    [
      'A limit for the first route',
      "PROGRAM lb set web-lb 'routes[0].rateLimit.requests=100' 'routes[0].rateLimit.window=60s'",
    ],
    ['A list', "PROGRAM lb set web-lb 'access.allow=[10.0.0.0/8, 192.0.2.7]'"],
    ['A canary', "PROGRAM lb set web-lb 'routes[0].split=[{ pool: v1, weight: 95 }, { pool: v2, weight: 5 }]'"],
  ],
  run: async (call) => change(call, await Promise.all(call.words.slice(1).map(readKeyValue))),
}

export const lbUnset: CommandSpec = {
  usage: 'unset <name> <keys...>',
  summary: 'Take keys out of a load balancer; what they set is as by default again',
  kind: 'change',
  examples: [
    ['No slow start', 'PROGRAM lb unset web-lb slowStart'],
    ['Without its second route', "PROGRAM lb unset web-lb 'routes[1]'"],
  ],
  run: async (call) => change(call, await Promise.all(call.words.slice(1).map(readKey))),
}

/** The whole resource goes back, and only onto the version it was made from: nobody's change in between is lost. */
async function change(call: Call, changes: readonly KeyValue[]): Promise<number> {
  const client = await call.client()
  const { name, labels, spec, version } = await client.get(call.words[0] ?? '')
  const resource = await checkResource(call, compact({ name, labels, spec: await withKeyValues(spec, changes) }))
  return carryOut(call, { ...putLoadBalancer(resource), headers: { 'if-match': `"${version}"` } })
}
