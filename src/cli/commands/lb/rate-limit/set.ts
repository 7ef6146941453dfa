// lb rate-limit set: how much one client may send.
import { putPart } from '../../../../api/client.ts'
import { numberOption, requiredOption, textOption } from '../../../call.ts'
import { carryOut } from '../../../change.ts'
import { checkPart, compact } from '../../../check-input.ts'
import type { CommandSpec } from '../../../command-spec.ts'
import { POOL_OPTION, readPool } from '../../../targets.ts'
import { RATE_LIMIT_ACTIONS } from '../../../words.ts'

export const rateLimitSet: CommandSpec = {
  usage: 'set <name>',
  summary: 'Limit how much one client may send',
  kind: 'change',
  examples: [
    [
      'Answer 429 to the 101st request within a minute',
      'PROGRAM lb rate-limit set web-lb --requests 100 --window 60s --action deny',
    ],
    ['Count by API key', 'PROGRAM lb rate-limit set web-lb --requests 10 --window 1s --key header:X-Api-Key'],
  ],
  options: [
    { flags: '--requests <count>', help: 'how many a client may send in any window' },
    { flags: '--window <duration>', help: 'length of the window: 1s, 60s, 1h' },
    {
      flags: '--action <action>',
      help: 'deny answers 429 (default), tarpit holds the request first',
      words: RATE_LIMIT_ACTIONS,
    },
    { flags: '--key <key>', help: 'who counts as one client: source (default), header:NAME, or path' },
    { flags: '--burst <count>', help: 'how many of them in any one second; all by default' },
    POOL_OPTION,
  ],
  run: async (call) => {
    requiredOption(call, 'requests')
    const value = compact({
      requests: numberOption(call, 'requests'),
      window: requiredOption(call, 'window'),
      action: textOption(call, 'action'),
      key: textOption(call, 'key'),
      burst: numberOption(call, 'burst'),
    })
    const limit = await checkPart(call, 'rateLimit', value)
    return carryOut(call, putPart(call.words[0] ?? '', 'rate-limit', limit, readPool(call)))
  },
}
