// dns plan: what would be done with records, from a fresh look at the zones; nothing is changed.
import type { CommandSpec } from '../../command-spec.ts'
import { formatRecords } from '../../format/record-table.ts'

export const dnsPlan: CommandSpec = {
  usage: 'plan',
  summary: 'Show what would be done with the records of our domains, and change nothing',
  kind: 'read',
  examples: [['Before anything is written (the daemon runs with --dns-policy none)', 'PROGRAM dns plan']],
  run: async (call) => {
    const items = await (await call.client()).planRecords()
    await call.show({ items }, (display) => formatRecords(display, items))
    return 0
  },
}
