// import haproxy: a hand-written haproxy.cfg as load balancers for apply.
import type { CommandSpec } from '../../command-spec.ts'
import { runImport } from '../../run-import.ts'

export const importHaproxyFile: CommandSpec = {
  usage: 'haproxy <file>',
  summary: 'Print a haproxy.cfg as load balancers for apply, and say line by line what is not in them',
  kind: 'report',
  examples: [
    ['Look at what comes out', 'PROGRAM import haproxy /etc/haproxy/haproxy.cfg'],
    ['Into a file, to read and apply', 'PROGRAM import haproxy haproxy.cfg > web.yml'],
  ],
  run: async (call) => {
    const { importHaproxy } = await import('../../../import/haproxy/import-haproxy.ts')
    return runImport(call, importHaproxy)
  },
}
