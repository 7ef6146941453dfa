// lb tls: the group.
import type { GroupSpec } from '../../../command-spec.ts'
import { tlsGet } from './get.ts'
import { tlsRenew } from './renew.ts'
import { tlsSet } from './set.ts'
import { tlsUnset } from './unset.ts'

export const tls: GroupSpec = {
  name: 'tls',
  summary: 'TLS: which certificate a load balancer serves',
  entries: [tlsSet, tlsGet, tlsUnset, tlsRenew],
}
