// lb tls: comes with certificates; until then each command says so.
import type { CommandSpec, GroupSpec } from '../../command-spec.ts'
import { notBuilt } from '../../refusal.ts'

export const tls: GroupSpec = {
  name: 'tls',
  summary: 'TLS and its certificates (not built yet)',
  entries: [
    tlsCommand('set <name>', 'Serve a domain over TLS (not built yet)', 'set web-lb --domain app.example.com', [
      { flags: '--domain <domain>', help: 'the name to serve', list: true },
      { flags: '--port <port>', help: 'port to listen on, 443 by default' },
      { flags: '--certificate <name>', help: 'a stored certificate' },
      { flags: '--no-redirect', help: 'keep serving http beside it' },
    ]),
    tlsCommand('get <name>', 'Show the certificate (not built yet)', 'get web-lb'),
    tlsCommand('unset <name>', 'Stop serving TLS (not built yet)', 'unset web-lb'),
    tlsCommand('renew <name>', 'Renew the certificate now (not built yet)', 'renew web-lb'),
  ],
}

function tlsCommand(usage: string, summary: string, line: string, options: CommandSpec['options'] = []): CommandSpec {
  return {
    usage,
    summary,
    kind: 'change',
    examples: [['Once certificates are built', `PROGRAM lb tls ${line}`]],
    options,
    run: (call) => {
      throw notBuilt(
        `\`${call.program} ${call.name}\``,
        `certificates come later, and ${call.words[0]} was not changed`,
      )
    },
  }
}
