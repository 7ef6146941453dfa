// lb tls set: serve https with a certificate.
import { resolve } from 'node:path'
import { putPart, renewPart } from '../../../../api/client.ts'
import { type Call, numberOption, textOption, textsOption } from '../../../call.ts'
import { carryOut } from '../../../change.ts'
import { checkPart, compact } from '../../../check-input.ts'
import type { CommandSpec } from '../../../command-spec.ts'
import { followObtaining, readObtained } from '../../../follow-obtaining.ts'
import { EXIT, usageFailure } from '../../../refusal.ts'
import { TLS_SETTINGS, TLS_VERSIONS } from '../../../words.ts'

/** What says where a certificate comes from. */
const SOURCES = ['domain', 'domains', 'certificate', 'certificateFile']

export const tlsSet: CommandSpec = {
  usage: 'set <name>',
  summary: 'Serve https with a certificate, and send http there',
  kind: 'change',
  examples: [
    ['With a certificate that is obtained and renewed', 'PROGRAM lb tls set web-lb --domain app.example.com'],
    ['With a stored certificate', 'PROGRAM lb tls set web-lb --certificate my-cert'],
    [
      'With a file on the node, followed while it changes',
      'PROGRAM lb tls set web-lb --certificate-file /etc/ssl/web.pem',
    ],
    [
      'Only for clients with a certificate of ours',
      'PROGRAM lb tls set web-lb --certificate my-cert --client-ca /etc/ssl/clients.pem',
    ],
    [
      'With several, of which the first is the usual one',
      'PROGRAM lb tls set web-lb --certificate one --certificate two',
    ],
    ['Also for clients that ask for no name', 'PROGRAM lb tls set web-lb --certificate my-cert --default'],
    ['Keep serving http beside it', 'PROGRAM lb tls set web-lb --certificate my-cert --no-redirect'],
  ],
  options: [
    {
      flags: '--certificate <name>',
      help: 'a stored certificate, as `cert add` named it',
      list: true,
      completes: 'stored-certificates',
    },
    { flags: '--certificate-file <file>', help: 'a PEM file on the node: certificate, chain and key', list: true },
    { flags: '--port <port>', help: 'port to listen on, 443 by default' },
    { flags: '--min-version <version>', help: 'of TLS, 1.2 by default', words: TLS_VERSIONS },
    { flags: '--settings <name>', help: "of Mozilla's guideline; modern is TLS 1.3 alone", words: TLS_SETTINGS },
    { flags: '--hsts', help: 'tell browsers to come by https alone, for 180 days' },
    { flags: '--client-ca <file>', help: 'a PEM file on the node: CAs of which clients must show a certificate' },
    {
      flags: '--client-certificate <word>',
      help: 'whether they must show one; required by default',
      words: ['required', 'optional'],
    },
    { flags: '--default', help: 'its certificate answers clients that ask for no name, or one nobody has' },
    { flags: '--strict-sni', help: 'refuse those clients on this port' },
    { flags: '--no-redirect', help: 'keep serving http beside it' },
    { flags: '--domain <domain>', help: 'obtain a certificate for this name, and renew it', list: true },
  ],
  run: async (call) => {
    const domains = textsOption(call, 'domain')
    const value = compact({
      domain: domains.length === 1 ? domains[0] : undefined,
      domains: domains.length > 1 ? domains : undefined,
      certificate: oneOrSeveral(textsOption(call, 'certificate')),
      certificateFile: oneOrSeveral(textsOption(call, 'certificateFile').map(toFilePath)),
      clientCa: readFilePath(call),
      clientCertificate: textOption(call, 'clientCertificate'),
      port: numberOption(call, 'port'),
      minVersion: textOption(call, 'minVersion'),
      settings: textOption(call, 'settings'),
      hsts: call.options['hsts'] === true ? true : undefined,
      redirect: call.options['redirect'] === false ? false : undefined,
      default: call.options['default'] === true ? true : undefined,
      strictSni: call.options['strictSni'] === true ? true : undefined,
    })
    if (SOURCES.every((key) => value[key] === undefined))
      throw usageFailure(
        `${call.name} needs --domain, --certificate or --certificate-file; \`${call.program} cert list\` shows what is stored`,
      )
    const [name = ''] = call.words
    const change = putPart(name, 'tls', await checkPart(call, 'tls', value))
    if (domains.length === 0 || !call.wait || call.dryRun) return carryOut(call, change)
    const before = await readObtained(call, name)
    // What is still to come is told as it comes.
    const code = await carryOut(call, change, { exceptCode: 'pending' })
    if (code !== EXIT.done) return code
    // Who corrects something does not want to wait for the next try.
    if (before.some(({ lastError }) => lastError !== null)) await (await call.client()).request(renewPart(name))
    return followObtaining(call, name, { before, isAsked: false })
  },
}

function readFilePath(call: Call): string | undefined {
  const path = textOption(call, 'clientCa')
  return path === undefined ? path : toFilePath(path)
}

/** As it is found from here; the daemon may have been started elsewhere. */
function toFilePath(path: string): string {
  return path === '' ? path : resolve(path)
}

function oneOrSeveral(given: readonly string[]): string | readonly string[] | undefined {
  return given.length > 1 ? given : given[0]
}
