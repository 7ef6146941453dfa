// lb backend add: more servers for a load balancer, and a health check with them.
import { addBackends } from '../../../../api/client.ts'
import { numberOption, textOption } from '../../../call.ts'
import { carryOut } from '../../../change.ts'
import { checkHealthCheck, checkPart, compact } from '../../../check-input.ts'
import type { CommandSpec } from '../../../command-spec.ts'
import { POOL_OPTION, readPool, readTargets, TARGET_OPTION } from '../../../targets.ts'

export const backendAdd: CommandSpec = {
  usage: 'add <name> [host:port...]',
  summary: 'Add backends, all of them as one change',
  kind: 'change',
  examples: [
    [
      'Two servers, checked every 5 seconds',
      'PROGRAM lb backend add web-lb --target web-1:8080 --target web-2:8080 --health-check "http:/health:5s"',
    ],
    ['One that takes twice the share of the others', 'PROGRAM lb backend add web-lb web-3:8080 --weight 2'],
    ['One for when all others are down', 'PROGRAM lb backend add web-lb spare:8080 --backup'],
  ],
  options: [
    TARGET_OPTION,
    { flags: '--weight <weight>', help: 'share of the traffic, 0 to 256; 1 by default' },
    { flags: '--max-connections <count>', help: 'above it requests queue' },
    { flags: '--backup', help: 'only used when all others are down' },
    { flags: '--health-check <check>', help: 'http:/path:interval, tcp::interval, redis::interval, … or none' },
    POOL_OPTION,
  ],
  run: async (call) => {
    const settings = compact({
      weight: numberOption(call, 'weight'),
      maxConnections: numberOption(call, 'maxConnections'),
      backup: call.options['backup'],
    })
    const targets = readTargets(call)
    const backends = await Promise.all(targets.map((target) => checkPart(call, 'backend', { target, ...settings })))
    const text = textOption(call, 'healthCheck')
    const added = text === undefined ? { backends } : { backends, healthCheck: await checkHealthCheck(call, text) }
    return carryOut(call, addBackends(call.words[0] ?? '', added, readPool(call)))
  },
}
