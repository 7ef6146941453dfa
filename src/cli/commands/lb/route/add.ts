// lb route add: requests for a host or path go to backends of their own, or to a named pool.
import { addRoute } from '../../../../api/client.ts'
import { type Call, textOption, textsOption } from '../../../call.ts'
import { carryOut } from '../../../change.ts'
import { checkHealthCheck, checkPart, checkTarget, compact } from '../../../check-input.ts'
import type { CommandSpec } from '../../../command-spec.ts'
import { usageFailure } from '../../../refusal.ts'
import { TARGET_OPTION } from '../../../targets.ts'
import { ALGORITHMS } from '../../../words.ts'

export const routeAdd: CommandSpec = {
  usage: 'add <name>',
  summary: 'Send requests for a host or path to backends of their own',
  kind: 'change',
  examples: [
    ['A host', 'PROGRAM lb route add web-lb --host api.example.com --target api-1:8080 --target api-2:8080'],
    ['A path, to a pool of the load balancer', 'PROGRAM lb route add web-lb --path /shop --pool shop'],
  ],
  options: [
    { flags: '--host <host>', help: 'app.example.com, or *.example.com for any depth below; any host by default' },
    { flags: '--path <path>', help: 'path prefix by whole segments; / by default' },
    TARGET_OPTION,
    { flags: '--pool <name>', help: 'a pool of the load balancer, instead of targets', completes: 'pools' },
    { flags: '--algorithm <algorithm>', help: 'how a backend is picked', words: ALGORITHMS },
    { flags: '--health-check <check>', help: 'http:/path:interval, tcp::interval, redis::interval, … or none' },
  ],
  run: async (call) => {
    const route = await checkPart(call, 'route', await readRoute(call))
    return carryOut(call, addRoute(call.words[0] ?? '', route))
  },
}

async function readRoute(call: Call): Promise<Record<string, unknown>> {
  const [pool, text] = [textOption(call, 'pool'), textOption(call, 'healthCheck')]
  const targets = textsOption(call, 'target').map((target) => ({ target: checkTarget(target) }))
  const match = compact({ host: textOption(call, 'host'), path: textOption(call, 'path') })
  const example = `\`${call.program} ${call.name} web-lb --host api.example.com --target api-1:8080\``
  if (Object.keys(match).length === 0)
    throw usageFailure(`${call.name} needs --host, --path or both, for example ${example}`)
  if (targets.length > 0 === (pool !== undefined)) {
    throw usageFailure(`${call.name} needs either --target or --pool, for example ${example}`)
  }
  return compact({
    match,
    pool,
    backends: targets.length > 0 ? targets : undefined,
    algorithm: textOption(call, 'algorithm'),
    healthCheck: text === undefined ? undefined : await checkHealthCheck(call, text),
  })
}
