// dns take-over: a name that somebody else made records for becomes ours.
import { takeOverRecord } from '../../../api/client.ts'
import type { CommandSpec } from '../../command-spec.ts'

export const dnsTakeOver: CommandSpec = {
  usage: 'take-over <domain>',
  summary: 'Make a domain ours whose addresses somebody else has written; never one that is a CNAME',
  kind: 'read',
  examples: [['It was made by hand before', 'PROGRAM dns take-over app.example.com']],
  run: async (call) => {
    const [domain = ''] = call.words
    const told = await (await call.client()).request(takeOverRecord(domain))
    await call.show(told, () => `${domain}: taken over at the next look; \`${call.program} dns list\` shows it`)
    return 0
  },
}
