// lb tls renew: comes with certificates that are obtained; until then it says so.
import type { CommandSpec } from '../../../command-spec.ts'
import { notBuilt } from '../../../refusal.ts'

export const tlsRenew: CommandSpec = {
  usage: 'renew <name>',
  summary: 'Renew the certificate now (not built yet)',
  kind: 'change',
  examples: [['Once certificates are obtained', 'PROGRAM lb tls renew web-lb']],
  run: (call) => {
    throw notBuilt(
      `\`${call.program} ${call.name}\``,
      `a certificate file is followed by itself, and \`${call.program} cert add NAME --file web.pem --replace\` replaces a stored one`,
    )
  },
}
