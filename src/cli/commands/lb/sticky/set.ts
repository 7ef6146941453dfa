// lb sticky set: keeps each client on one backend.
import { putPart } from '../../../../api/client.ts'
import { requiredOption, textOption } from '../../../call.ts'
import { carryOut } from '../../../change.ts'
import { checkPart, compact } from '../../../check-input.ts'
import type { CommandSpec } from '../../../command-spec.ts'
import { POOL_OPTION, readPool } from '../../../targets.ts'
import { STICKY_MODES } from '../../../words.ts'

export const stickySet: CommandSpec = {
  usage: 'set <name>',
  summary: 'Keep each client on one backend',
  kind: 'change',
  examples: [
    ['By a cookie', 'PROGRAM lb sticky set web-lb --mode cookie --cookie-name SERVERID'],
    ["By the client's address", 'PROGRAM lb sticky set db-lb --mode source'],
  ],
  options: [
    { flags: '--mode <mode>', help: 'what a client is known by', words: STICKY_MODES },
    { flags: '--cookie-name <name>', help: 'SERVERID by default' },
    POOL_OPTION,
  ],
  run: async (call) => {
    const value = compact({ mode: requiredOption(call, 'mode'), cookieName: textOption(call, 'cookieName') })
    return carryOut(
      call,
      putPart(call.words[0] ?? '', 'sticky', await checkPart(call, 'sticky', value), readPool(call)),
    )
  },
}
