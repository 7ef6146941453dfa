// lb tls unset: http only.
import { deletePart } from '../../../../api/client.ts'
import { carryOut } from '../../../change.ts'
import type { CommandSpec } from '../../../command-spec.ts'

export const tlsUnset: CommandSpec = {
  usage: 'unset <name>',
  summary: 'Stop serving https',
  kind: 'change',
  examples: [['Serve http only', 'PROGRAM lb tls unset web-lb']],
  run: (call) => carryOut(call, deletePart(call.words[0] ?? '', 'tls')),
}
