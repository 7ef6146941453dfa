// lb sticky: the group.
import type { GroupSpec } from '../../../command-spec.ts'
import { stickySet } from './set.ts'
import { stickyUnset } from './unset.ts'

export const sticky: GroupSpec = {
  name: 'sticky',
  summary: 'Keep each client on one backend',
  entries: [stickySet, stickyUnset],
}
