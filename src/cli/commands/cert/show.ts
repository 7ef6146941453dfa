// cert show: everything about one certificate but its key.
import type { CommandSpec } from '../../command-spec.ts'
import { formatCertificate } from '../../format/certificate.ts'

export const certShow: CommandSpec = {
  usage: 'show <certificate>',
  summary: 'Show a certificate: names, chain, dates, fingerprint, who uses it, when it is renewed',
  kind: 'read',
  examples: [
    ['Is the chain of my-cert complete?', 'PROGRAM cert show my-cert'],
    ['When is the one that is obtained for a domain renewed?', 'PROGRAM cert show app.example.com'],
  ],
  run: async (call) => {
    const found = await (await call.client()).certificate(call.words[0] ?? '')
    await call.show(found, (display) => formatCertificate(display, found))
    return 0
  },
}
