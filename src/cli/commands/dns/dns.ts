// dns: the group of the records that lead clients to our load balancers.
import type { GroupSpec } from '../../command-spec.ts'
import { dnsList } from './list.ts'
import { dnsPlan } from './plan.ts'
import { dnsTakeOver } from './take-over.ts'

export const dns: GroupSpec = {
  name: 'dns',
  summary: 'DNS: the records that lead to the domains of load balancers',
  entries: [dnsList, dnsPlan, dnsTakeOver],
}
