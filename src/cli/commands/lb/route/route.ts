// lb route: the group.
import type { GroupSpec } from '../../../command-spec.ts'
import { routeAdd } from './add.ts'
import { routeList } from './list.ts'
import { routeRemove } from './remove.ts'

export const route: GroupSpec = {
  name: 'route',
  summary: 'Which requests go where, by host and path',
  entries: [routeAdd, routeList, routeRemove],
}
