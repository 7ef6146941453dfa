// The kernel's table of sockets, as x86 and ARM machines write it.
import { expect, test } from 'vitest'
import { parseListening } from '../../src/haproxy/port-holder.ts'

const HEAD = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode'
const row = (local: string, state: string, inode: number) =>
  `   0: ${local} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000     0        0 ${inode} 1 0000000000000000 100 0 0 10 0`

test.each([
  ['0100007F:1F90', '127.0.0.1'],
  ['00000000:1F90', '0.0.0.0'],
  ['0202A8C0:1F90', '192.168.2.2'],
  ['00000000000000000000000000000000:1F90', '::'],
  ['00000000000000000000000001000000:1F90', '::1'],
  ['B80D0120000000000000000001000000:1F90', '2001:db8::1'],
])('%s listens on %s', (local, address) => {
  expect(parseListening([HEAD, row(local, '0A', 77), ''].join('\n'), 8080)).toEqual([{ address, inode: 'socket:[77]' }])
})

test('another port, and a connection on this one, do not listen', () => {
  const table = [HEAD, row('0100007F:1F91', '0A', 1), row('0100007F:1F90', '01', 2)].join('\n')
  expect(parseListening(table, 8080)).toEqual([])
})
