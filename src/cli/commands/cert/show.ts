// cert show: everything about one stored certificate but its key.
import type { CommandSpec } from '../../command-spec.ts'
import { formatCertificate } from '../../format/certificate.ts'

export const certShow: CommandSpec = {
  usage: 'show <certificate>',
  summary: 'Show a stored certificate: names, chain, dates, fingerprint, who uses it',
  kind: 'read',
  examples: [['Is the chain of my-cert complete?', 'PROGRAM cert show my-cert']],
  run: async (call) => {
    const found = await (await call.client()).certificate(call.words[0] ?? '')
    await call.show(found, (display) => formatCertificate(display, found))
    return 0
  },
}
