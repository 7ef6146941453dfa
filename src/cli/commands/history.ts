// history: every version of a load balancer, who made it, and what it changed.
import type { CommandSpec } from '../command-spec.ts'
import { formatHistory } from '../format/history-table.ts'

export const history: CommandSpec = {
  usage: 'history <name>',
  summary: 'List the versions of a load balancer, newest first',
  kind: 'read',
  examples: [
    ['Who changed web-lb, and what?', 'PROGRAM history web-lb'],
    ['The specs themselves', 'PROGRAM history web-lb -o yaml'],
  ],
  run: async (call) => {
    const entries = await (await call.client()).history(call.words[0] ?? '')
    await call.show(entries, (display) => formatHistory(display, entries))
    return 0
  },
}
