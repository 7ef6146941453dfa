// Why a server's health changed, whoever found it: the check, the agent, the traffic, or somebody who said so.
import { expect, test } from 'vitest'
import { formatCause } from '../../src/daemon/health-watch.ts'

test.each([
  [
    'down',
    { status: 'DOWN', check_status: 'L4CON', check_desc: 'Layer4 connection problem', last_chk: 'Connection refused' },
    'L4CON, Layer4 connection problem: Connection refused',
  ],
  ['down', { status: 'DOWN', check_status: '* L4TOUT', check_desc: 'Layer4 timeout' }, 'L4TOUT, Layer4 timeout'],
  [
    'down',
    {
      status: 'DOWN (agent)',
      check_status: 'L7OK',
      agent_status: 'L7STS',
      agent_desc: 'Layer7 wrong status',
      last_agt: 'via agent : down',
    },
    'agent: L7STS, Layer7 wrong status: via agent : down',
  ],
  [
    'down',
    { status: 'DOWN', check_status: 'HANA', check_desc: 'Health analyze', last_chk: 'Detected 3 consecutive errors' },
    'HANA, Health analyze: Detected 3 consecutive errors',
  ],
  ['maint', { status: 'MAINT', check_status: 'L4OK' }, 'told to'],
  ['unresolved', undefined, 'its name has no address'],
] as const)('%s, %j', (to, row, cause) => expect(formatCause(to, row)).toBe(cause))
