// lb rate-limit: the group.
import type { GroupSpec } from '../../../command-spec.ts'
import { rateLimitSet } from './set.ts'
import { rateLimitUnset } from './unset.ts'

export const rateLimit: GroupSpec = {
  name: 'rate-limit',
  summary: 'How much one client may send',
  entries: [rateLimitSet, rateLimitUnset],
}
