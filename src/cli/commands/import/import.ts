// import: the group.
import type { GroupSpec } from '../../command-spec.ts'
import { importHaproxyFile } from './haproxy.ts'
import { importKontenaFile } from './kontena.ts'
import { importNginxFile } from './nginx.ts'

export const importFiles: GroupSpec = {
  name: 'import',
  summary: 'Turn configurations of nginx, HAProxy and Kontena into load balancers',
  entries: [importNginxFile, importHaproxyFile, importKontenaFile],
}
