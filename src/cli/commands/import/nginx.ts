// import nginx: an nginx configuration as load balancers for apply.
import type { CommandSpec } from '../../command-spec.ts'
import { runImport } from '../../run-import.ts'

export const importNginxFile: CommandSpec = {
  usage: 'nginx <file>',
  summary: 'Print an nginx configuration as load balancers for apply, and say line by line what is not in them',
  kind: 'report',
  examples: [
    ['Look at what comes out', 'PROGRAM import nginx /etc/nginx/nginx.conf'],
    ['Into a file, to read and apply', 'PROGRAM import nginx site.conf > web.yml'],
    ['Straight into the daemon', 'PROGRAM import nginx site.conf | PROGRAM apply -f -'],
  ],
  run: async (call) => {
    const { importNginx } = await import('../../../import/nginx/import-nginx.ts')
    return runImport(call, importNginx)
  },
}
