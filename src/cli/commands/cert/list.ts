// cert list: every stored certificate.
import type { CommandSpec } from '../../command-spec.ts'
import { formatCertificates } from '../../format/certificate-table.ts'

export const certList: CommandSpec = {
  usage: 'list',
  summary: 'List the stored certificates: names, until when, who uses them',
  kind: 'read',
  examples: [['What is stored?', 'PROGRAM cert list']],
  run: async (call) => {
    const items = await (await call.client()).certificates()
    await call.show({ items }, (display) => formatCertificates(display, items))
    return 0
  },
}
