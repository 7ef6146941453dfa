// cert add: a certificate goes to the node. Keys are read from files, never from arguments, which others could see.
import { addCertificate, replaceCertificate } from '../../../api/client.ts'
import { parseName } from '../../../model/text.ts'
import { readInputFile, requiredOption, textOption } from '../../call.ts'
import { checkText } from '../../check-input.ts'
import type { CommandSpec } from '../../command-spec.ts'
import { oneLine } from '../../format/display.ts'

export const certAdd: CommandSpec = {
  usage: 'add <name>',
  summary: 'Store a certificate with its chain and key, or replace one',
  kind: 'read',
  examples: [
    ['Everything in one file', 'PROGRAM cert add my-cert --file web.pem'],
    ['The key in a file of its own', 'PROGRAM cert add my-cert --file fullchain.pem --key privkey.pem'],
    ['Renewed: whoever uses it serves the new one at once', 'PROGRAM cert add my-cert --file web.pem --replace'],
  ],
  options: [
    { flags: '-f, --file <file>', help: 'PEM: certificate and chain; - for standard input' },
    { flags: '--key <file>', help: 'PEM: the private key, where it is not in the same file' },
    { flags: '--replace', help: 'replace the one of this name' },
  ],
  run: async (call) => {
    const name = checkText('name', call.words[0] ?? '', parseName)
    const certificate = await readInputFile(call, requiredOption(call, 'file'))
    const keyFile = textOption(call, 'key')
    const key = keyFile === undefined ? undefined : await readInputFile(call, keyFile)
    const pem = { certificate, ...(key === undefined ? {} : { key }) }
    const change = call.options['replace'] === true ? replaceCertificate(name, pem) : addCertificate(name, pem)
    const stored = await (await call.client()).sendCertificate(change)
    const users = stored.usedBy.length > 0 ? `, served by ${stored.usedBy.join(', ')}` : ''
    const line = `${name}: stored, for ${stored.domains.join(', ')} until ${stored.notAfter?.slice(0, 10)}${users}`
    await call.show(stored, () => oneLine(line))
    for (const { message } of stored.problems) call.warn(`${name}: ${message}`)
    return 0
  },
}
