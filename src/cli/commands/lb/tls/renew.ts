// lb tls renew: the certificates of a load balancer's domains are asked for now.
import { renewPart } from '../../../../api/client.ts'
import type { CommandSpec } from '../../../command-spec.ts'
import { followObtaining, readObtained } from '../../../follow-obtaining.ts'
import { EXIT } from '../../../refusal.ts'

export const tlsRenew: CommandSpec = {
  usage: 'renew <name>',
  summary: 'Renew the certificates that are obtained, now',
  kind: 'change',
  examples: [
    ['A new certificate, or another try after a failure', 'PROGRAM lb tls renew web-lb'],
    ['Without waiting for it', 'PROGRAM lb tls renew web-lb --no-wait'],
  ],
  run: async (call) => {
    const [name = ''] = call.words
    const before = await readObtained(call, name)
    await (await call.client()).request(renewPart(name))
    return call.wait ? followObtaining(call, name, { before, isAsked: true }) : EXIT.done
  },
}
