// Targets: host:port, ip:port and [v6]:port, and nothing that could be taken for more than one word.
import { expect, test } from 'vitest'
import { formatTarget, parseTarget } from '../../src/model/target.ts'

test.each([
  ['web-1:8080', 'web-1', 8080],
  ['WEB-1:8080', 'web-1', 8080],
  ['web.example.com.:80', 'web.example.com', 80],
  ['_srv.web:1', '_srv.web', 1],
  ['my_service:65535', 'my_service', 65_535],
  ['10.0.0.1:80', '10.0.0.1', 80],
  ['[::1]:80', '::1', 80],
  ['[FD00:0::0001]:80', 'fd00::1', 80],
  ['[::ffff:10.0.0.1]:80', '::ffff:10.0.0.1', 80],
  [`${'a'.repeat(63)}.b:80`, `${'a'.repeat(63)}.b`, 80],
])('%j is %s, port %d', (text, host, port) => {
  expect(parseTarget(text)).toEqual({ ok: true, value: { host, port } })
})

test.each([
  '',
  ':',
  ':80',
  'web-1',
  'web-1:',
  'web-1:x',
  'web 1:80',
  'web-1 :80',
  'web-1: 80',
  'web-1:80 ',
  'web-1:80\n',
  'web-1\n:80',
  'web-1:80\nserver evil 1.2.3.4:80',
  'web-1:80 backup',
  'web-1:80#',
  'web"1:80',
  "web'1:80",
  'web\\1:80',
  'wéb:80',
  'web\u0000:80',
  '-web:80',
  'web-:80',
  'a..b:80',
  '.:80',
  '..:80',
  '*:80',
  '*.web:80',
  '1.2.3:80',
  '1.2.3.256:80',
  '12345:80',
  '::1:80',
  'fd00::1',
  '[::1]',
  '[::1]80',
  '[::1',
  '[web]:80',
  '[10.0.0.1]:80',
  '[fe80::1%eth0]:80',
  '[]:80',
  'unix@/run/x.sock:80',
  'http://web:80',
  'web:80/path',
  `${'a'.repeat(64)}:80`,
  `${Array.from({ length: 70 }, () => 'abc').join('.')}:80`,
])('%j is refused with an example', (text) => {
  expect(parseTarget(text)).toEqual({
    ok: false,
    message: expect.stringMatching(/is not a target; write host:port, ip:port or \[v6\]:port, for example web-1:8080$/),
  })
})

test.each(['web:0', 'web:65536', 'web:123456', '[::1]:0', '10.0.0.1:99999'])(
  '%j names its port as the trouble',
  (text) => {
    expect(parseTarget(text)).toEqual({ ok: false, message: expect.stringContaining('is not a port; use 1 to 65535') })
  },
)

test.each(['web-1:8080', '10.0.0.1:80', '[fd00::1]:80', '[::ffff:10.0.0.1]:1'])(
  '%s is written as it was read',
  (text) => {
    const target = parseTarget(text)
    expect(target.ok && formatTarget(target.value)).toBe(text)
  },
)
