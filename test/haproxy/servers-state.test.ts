// `show servers state` as the worker really answers it, and the state file a reload is given.
import { expect, test } from 'vitest'
import { parseServerSigns, parseServersState, renderStateFile } from '../../src/haproxy/servers-state.ts'

const HEAD =
  '# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight srv_time_since_last_change srv_check_status srv_check_result srv_check_health srv_check_state srv_agent_state bk_f_forced_id srv_f_forced_id srv_fqdn srv_port srvrecord srv_use_ssl srv_check_port srv_check_addr srv_agent_addr srv_agent_port'
const LINES = [
  '3 be_web.main 1 web-1:80 127.0.0.1 0 0 10 10 4 8 2 0 6 0 0 0 - 9 - 0 0 - - 0',
  '3 be_web.main 2 fd00::1:80 fd00::1 0 1 0 0 0 1 0 0 0 0 0 0 - 80 - 0 0 - - 0',
  '3 be_web.main 3 web-2:80 127.0.0.1 0 5 5 5 4 1 0 0 8 0 0 0 - 1 - 0 0 - - 0',
  '4 be_db.main 1 10.0.0.1:5432 10.0.0.1 2 0 256 1 17 17 3 4 6 0 0 0 - 5432 - 0 0 - - 0',
]
const ANSWER = `1\n${HEAD}\n${LINES.join('\n')}\n\n`

/** The same answer from HAProxy 2.2, which had fewer columns after the port. */
const FEWER_COLUMNS = '3 be_a.main 1 s 10.0.0.1 2 0 1 1 4 1 0 2 0 0 0 0 - 80 -'

test('each server is read with its place, weight and state', () => {
  const read = parseServersState(ANSWER).map(
    ({ backend, server, address, port, weight, isMaint, operational, unchangedForSeconds }) => [
      `${backend}/${server}`,
      address,
      port,
      weight,
      isMaint,
      operational,
      unchangedForSeconds,
    ],
  )
  expect(read).toEqual([
    ['be_web.main/web-1:80', '127.0.0.1', 9, 10, false, 0, 4],
    ['be_web.main/fd00::1:80', 'fd00::1', 80, 0, true, 0, 0],
    ['be_web.main/web-2:80', '127.0.0.1', 1, 5, true, 0, 4],
    ['be_db.main/10.0.0.1:5432', '10.0.0.1', 5432, 256, false, 2, 17],
  ])
  expect(parseServersState(ANSWER).map(({ line }) => line)).toEqual(LINES)
})

test.each([
  [0x00, false],
  [0x01, true],
  [0x02, true],
  [0x04, false],
  [0x05, true],
  [0x08, true],
  [0x10, true],
  [0x20, true],
  [0x40, true],
  [0x18, true],
  [0x6f, true],
])('of the administrative bits %d those that keep a server out count: %s', (admin, isMaint) => {
  const line = LINES[0]!.replace('127.0.0.1 0 0 10', `127.0.0.1 0 ${admin} 10`)
  expect(parseServersState(line)[0]?.isMaint).toBe(isMaint)
})

test('other columns and other lines do no harm', () => {
  expect(parseServersState(FEWER_COLUMNS)).toMatchObject([{ backend: 'be_a.main', port: 80 }])
  expect(parseServersState('')).toEqual([])
  expect(parseServersState("1\n# x\n\nCan't find backend.\n3 be_web.main 1 cut")).toEqual([])
})

test('the health of a server in a place of the reserve is that of the place its pool gets', () => {
  const live = parseServersState(ANSWER.replaceAll('be_db.main', 'bl_1234abcd_1'))
  const file = renderStateFile(live, ({ backend }) =>
    backend.startsWith('bl_') ? { backend: 'be_db.main', weight: 1 } : null,
  )
  expect(file).toBe(`1\n${HEAD}\n${LINES[3]?.replace(' 2 0 256 1 ', ' 2 0 1 1 ')}\n`)
})

test('signs tell a server whose health, weight or check has changed from one that is as before', () => {
  const before = parseServerSigns(ANSWER)
  expect([...before.keys()]).toEqual(parseServersState(ANSWER).map(({ backend, server }) => `${backend}/${server}`))
  // Time that goes by is no change.
  const later = parseServerSigns(ANSWER.replace(' 1 17 17 3', ' 1 99 17 3'))
  expect(later).toEqual(before)
  const changed = parseServerSigns(ANSWER.replace('10.0.0.1 2 0', '10.0.0.1 0 0'))
  expect([...changed].filter(([name, sign]) => before.get(name) !== sign).map(([name]) => name)).toEqual([
    'be_db.main/10.0.0.1:5432',
  ])
})

test('the state file holds the health of those whose place is the same, and the weight they shall have', () => {
  const live = parseServersState(ANSWER)
  const [, , , fourth = ''] = LINES
  expect(renderStateFile(live, ({ backend }) => (backend === 'be_db.main' ? { backend, weight: 7 } : null))).toBe(
    `1\n${HEAD}\n${fourth.replace(' 2 0 256 1 ', ' 2 0 7 7 ')}\n`,
  )
  // What an administrator set by hand is not health: it does not come back.
  expect(
    renderStateFile(live, ({ backend, server }) => (server === 'fd00::1:80' ? { backend, weight: 3 } : null)),
  ).toContain(' fd00::1:80 fd00::1 0 0 3 3 ')
  expect(renderStateFile(live, () => null)).toBe(`1\n${HEAD}\n`)
})

test('a check and an agent are asked where the new configuration says, not where they were before', () => {
  const [server] = parseServersState(LINES[3]!.replace(/ 0 - - 0$/, ' 9000 10.0.0.9 10.0.0.9 9001'))
  const end = (ports: object) =>
    renderStateFile([server!], ({ backend }) => ({ backend, weight: 1, ...ports }))
      .trimEnd()
      .split(' ')
      .slice(-4)
  expect(end({})).toEqual(['0', '-', '-', '0'])
  expect(end({ checkPort: 8000, agentPort: 8001 })).toEqual(['8000', '-', '-', '8001'])
})
