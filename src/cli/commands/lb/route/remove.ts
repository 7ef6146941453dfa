// lb route remove: takes the route with exactly this host and path away.
import { removeRoute } from '../../../../api/client.ts'
import { parseHostPattern, parsePathPrefix } from '../../../../model/text.ts'
import { textOption } from '../../../call.ts'
import { carryOut } from '../../../change.ts'
import { checkText } from '../../../check-input.ts'
import type { CommandSpec } from '../../../command-spec.ts'
import { usageFailure } from '../../../refusal.ts'

export const routeRemove: CommandSpec = {
  usage: 'remove <name>',
  summary: 'Remove the route with this host and path',
  kind: 'change',
  examples: [
    ['The route of a host', 'PROGRAM lb route remove web-lb --host api.example.com'],
    ['The route of a host and a path', 'PROGRAM lb route remove web-lb --host api.example.com --path /v2'],
  ],
  options: [
    { flags: '--host <host>', help: 'as it was added; any host by default' },
    { flags: '--path <path>', help: 'as it was added; / by default' },
  ],
  run: async (call) => {
    const match = { host: textOption(call, 'host'), path: textOption(call, 'path') }
    if (match.host !== undefined) checkText('--host', match.host, parseHostPattern)
    if (match.path !== undefined) checkText('--path', match.path, parsePathPrefix)
    if (match.host !== undefined || match.path !== undefined)
      return carryOut(call, removeRoute(call.words[0] ?? '', match))
    throw usageFailure(
      `${call.name} needs --host, --path or both; \`${call.program} lb route list ${call.words[0]}\` shows them`,
    )
  },
}
