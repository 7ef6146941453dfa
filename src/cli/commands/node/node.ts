// node: the group.
import type { GroupSpec } from '../../command-spec.ts'
import { nodeList } from './list.ts'

export const node: GroupSpec = { name: 'node', summary: 'The machines that serve', entries: [nodeList] }
