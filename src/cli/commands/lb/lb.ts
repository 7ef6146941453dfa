// lb: the group of everything about load balancers.
import type { GroupSpec } from '../../command-spec.ts'
import { lbLogs } from '../logs.ts'
import { lbTop } from '../top.ts'
import { backend } from './backend/backend.ts'
import { lbCreate } from './create.ts'
import { lbDelete } from './delete.ts'
import { lbExport } from './export.ts'
import { lbGet } from './get.ts'
import { healthCheck } from './health-check/health-check.ts'
import { lbList } from './list.ts'
import { rateLimit } from './rate-limit/rate-limit.ts'
import { route } from './route/route.ts'
import { lbSet, lbUnset } from './set.ts'
import { lbStatus } from './status.ts'
import { sticky } from './sticky/sticky.ts'
import { tls } from './tls/tls.ts'

export const lb: GroupSpec = {
  name: 'lb',
  summary: 'Load balancers: create, change, look at them',
  entries: [
    lbCreate,
    lbList,
    lbGet,
    lbStatus,
    lbTop,
    lbLogs,
    lbSet,
    lbUnset,
    lbDelete,
    lbExport,
    backend,
    route,
    healthCheck,
    sticky,
    rateLimit,
    tls,
  ],
}
