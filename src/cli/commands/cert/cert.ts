// cert: the group of the node's certificates.
import type { GroupSpec } from '../../command-spec.ts'
import { certAdd } from './add.ts'
import { certList } from './list.ts'
import { certRemove } from './remove.ts'
import { certShow } from './show.ts'

export const cert: GroupSpec = {
  name: 'cert',
  summary: 'Certificates of the node: those you store, and those it obtains',
  entries: [certList, certShow, certAdd, certRemove],
}
