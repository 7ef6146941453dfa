// cert: the group of the stored certificates.
import type { GroupSpec } from '../../command-spec.ts'
import { certAdd } from './add.ts'
import { certList } from './list.ts'
import { certRemove } from './remove.ts'
import { certShow } from './show.ts'

export const cert: GroupSpec = {
  name: 'cert',
  summary: 'Certificates stored on the node, for load balancers to serve',
  entries: [certList, certShow, certAdd, certRemove],
}
