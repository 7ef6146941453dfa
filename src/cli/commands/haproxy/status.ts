// haproxy status: the processes of HAProxy, its reloads, and why workers of earlier configurations still live.
import type { CommandSpec } from '../../command-spec.ts'
import { formatHaproxyStatus } from '../../format/haproxy-status.ts'

export const haproxyStatus: CommandSpec = {
  usage: 'status',
  summary: 'Show how HAProxy is: processes, connections, reloads and their reasons, old workers',
  kind: 'read',
  examples: [
    ['Why do old workers still live?', 'PROGRAM haproxy status'],
    ['How many of them are there?', "PROGRAM haproxy status -o json | jq '.oldWorkers | length'"],
  ],
  run: async (call) => {
    const status = await (await call.client()).haproxy()
    await call.show(status, (display) => formatHaproxyStatus(display, status))
    return 0
  },
}
