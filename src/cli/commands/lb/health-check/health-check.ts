// lb health-check: the group.
import type { GroupSpec } from '../../../command-spec.ts'
import { healthCheckSet } from './set.ts'
import { healthCheckUnset } from './unset.ts'

export const healthCheck: GroupSpec = {
  name: 'health-check',
  summary: 'How backends are probed',
  entries: [healthCheckSet, healthCheckUnset],
}
