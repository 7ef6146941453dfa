// lb tls get: what is served over TLS, and until when.
import type { CommandSpec } from '../../../command-spec.ts'
import { formatTls } from '../../../format/tls.ts'

export const tlsGet: CommandSpec = {
  usage: 'get <name>',
  summary: 'Show the TLS settings and the certificate that is served',
  kind: 'read',
  examples: [['Until when is the certificate of web-lb good?', 'PROGRAM lb tls get web-lb']],
  run: async (call) => {
    const item = await (await call.client()).get(call.words[0] ?? '')
    const { spec, status } = item
    await call.show({ tls: spec.tls ?? null, status: status.tls ?? null }, () => formatTls(item))
    return 0
  },
}
