// cert list: every certificate that is stored or obtained.
import type { CommandSpec } from '../../command-spec.ts'
import { formatCertificates } from '../../format/certificate-table.ts'

export const certList: CommandSpec = {
  usage: 'list',
  summary: 'List the certificates, stored or obtained: issuer, until when, renewal, who uses them',
  kind: 'read',
  examples: [['What is there, until when, and does renewal work?', 'PROGRAM cert list']],
  run: async (call) => {
    const items = await (await call.client()).certificates()
    await call.show({ items }, (display) => formatCertificates(display, items))
    return 0
  },
}
