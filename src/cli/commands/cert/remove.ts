// cert remove: a stored certificate that nobody uses is thrown away.
import { removeCertificate } from '../../../api/client.ts'
import type { CommandSpec } from '../../command-spec.ts'

export const certRemove: CommandSpec = {
  usage: 'remove <stored-certificate>',
  summary: 'Remove a stored certificate that nobody uses',
  kind: 'read',
  examples: [['It is not needed any more', 'PROGRAM cert remove my-cert']],
  run: async (call) => {
    const name = call.words[0] ?? ''
    const gone = await (await call.client()).sendCertificate(removeCertificate(name))
    await call.show(gone, () => `${name}: removed`)
    return 0
  },
}
