// lb create: a new load balancer from options, a file, or a file with options on top.
import { createLoadBalancer } from '../../../api/client.ts'
import { type Call, numberOption, requiredOption, textOption, textsOption } from '../../call.ts'
import { carryOut } from '../../change.ts'
import { checkHealthCheck, checkResource, checkTarget, compact } from '../../check-input.ts'
import type { CommandSpec } from '../../command-spec.ts'
import { FILE_OPTION, readOneValue } from '../../input-files.ts'
import { readLabels } from '../../labels.ts'
import { TARGET_OPTION } from '../../targets.ts'
import { ALGORITHMS, TYPES } from '../../words.ts'

export const lbCreate: CommandSpec = {
  usage: 'create',
  summary: 'Create a load balancer',
  kind: 'change',
  examples: [
    ['Balance two web servers on port 80', 'PROGRAM lb create --name web-lb --target web-1:8080 --target web-2:8080'],
    ['Only on nodes of one vpc', 'PROGRAM lb create --name web-lb --type http --vpc prod'],
    ['Balance PostgreSQL connections', 'PROGRAM lb create --name db-lb --type tcp --port 5432 --target db-1:5432'],
    ['From a file, on another port', 'PROGRAM lb create -f web-lb.yml --port 8000'],
  ],
  options: [
    { flags: '--name <name>', help: 'a-z, 0-9 and -, at most 63 characters' },
    { flags: '--type <type>', help: 'what it balances', words: TYPES },
    { flags: '--port <port>', help: 'port to listen on; 80 by default for http' },
    { flags: '--bind <address>', help: 'address to listen on; all by default' },
    { flags: '--vpc <vpc>', help: 'only nodes of this vpc serve it' },
    { flags: '--algorithm <algorithm>', help: 'how a backend is picked', words: ALGORITHMS },
    TARGET_OPTION,
    { flags: '--health-check <check>', help: 'http:/path:interval, tcp::interval, redis::interval, … or none' },
    { flags: '--label <key=value>', help: 'a label', list: true },
    { ...FILE_OPTION, help: 'start from this resource; options win' },
  ],
  run: async (call) => carryOut(call, createLoadBalancer(await checkResource(call, await readResource(call)))),
}

async function readResource(call: Call): Promise<unknown> {
  const file = await readOneValue(call)
  const spec = (file['spec'] ?? {}) as Readonly<Record<string, unknown>>
  const check = textOption(call, 'healthCheck')
  const targets = textsOption(call, 'target').map((target) => ({ target: checkTarget(target) }))
  const own = (spec['backends'] ?? []) as readonly unknown[]
  const labels = { ...(file['labels'] as object | undefined), ...readLabels(call) }
  return {
    name: file['name'] === undefined ? requiredOption(call, 'name') : (textOption(call, 'name') ?? file['name']),
    ...(Object.keys(labels).length > 0 ? { labels } : {}),
    spec: {
      ...spec,
      ...compact({
        type: textOption(call, 'type'),
        vpc: textOption(call, 'vpc'),
        port: numberOption(call, 'port'),
        bind: textOption(call, 'bind'),
        algorithm: textOption(call, 'algorithm'),
      }),
      ...(targets.length > 0 ? { backends: [...own, ...targets] } : {}),
      ...(check === undefined ? {} : { healthCheck: await checkHealthCheck(call, check) }),
    },
  }
}
