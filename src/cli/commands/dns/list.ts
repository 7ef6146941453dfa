// dns list: every domain of a load balancer in a zone that we hold, and how it stands with its records.
import type { CommandSpec } from '../../command-spec.ts'
import { formatRecords } from '../../format/record-table.ts'

export const dnsList: CommandSpec = {
  usage: 'list',
  summary: 'List the domains in our zones: where they lead, and what is wrong with which',
  kind: 'read',
  examples: [['Do our names lead here?', 'PROGRAM dns list']],
  run: async (call) => {
    const items = await (await call.client()).records()
    await call.show({ items }, (display) => formatRecords(display, items))
    return 0
  },
}
