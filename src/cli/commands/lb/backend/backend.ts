// lb backend: the group.
import type { GroupSpec } from '../../../command-spec.ts'
import { backendAdd } from './add.ts'
import { backendList } from './list.ts'
import { backendRemove } from './remove.ts'
import { backendDrain, backendMaint, backendReady } from './state.ts'
import { backendWeight } from './weight.ts'

export const backend: GroupSpec = {
  name: 'backend',
  summary: 'The servers traffic goes to',
  entries: [backendAdd, backendList, backendRemove, backendDrain, backendReady, backendMaint, backendWeight],
}
