// `--source kontena=…` and its variables: what each form means, and what is said of a wrong one.
import { describe, expect, test } from 'vitest'
import {
  type EtcdEnvironment,
  findEtcd,
  formatEtcd,
  withoutSecrets,
} from '../../../src/sources/kontena/etcd-address.ts'

const PLAIN = {
  endpoint: { api: 2, hosts: [{ host: '10.0.0.5', port: 2379 }], user: null, tls: null },
  balancer: 'lb',
  ports: { http: 80, https: 443, stats: 1000 },
}

const endpoint = (more: object) => ({ ...PLAIN, endpoint: { ...PLAIN.endpoint, ...more } })
const tls = (more: object = {}) => ({ tls: { ca: null, cert: null, key: null, ...more } })

test.each<[string, EtcdEnvironment, object]>([
  ['etcd://10.0.0.5:2379?lb=lb', {}, PLAIN],
  ['etcd://10.0.0.5/?lb=lb', {}, PLAIN],
  ['etcd://10.0.0.5?lb=shop/lb', {}, { ...PLAIN, balancer: 'shop/lb' }],
  [
    'etcd://10.0.0.5?lb=lb&http=8080&https=8443&stats=1936',
    {},
    { ...PLAIN, ports: { http: 8080, https: 8443, stats: 1936 } },
  ],
  [
    'etcd://a:1,b,[fd00::1]:3?lb=lb',
    {},
    endpoint({
      hosts: [
        { host: 'a', port: 1 },
        { host: 'b', port: 2379 },
        { host: 'fd00::1', port: 3 },
      ],
    }),
  ],
  ['etcd3://10.0.0.5?lb=lb', {}, endpoint({ api: 3 })],
  ['etcds://10.0.0.5?lb=lb', {}, endpoint(tls())],
  ['etcd://10.0.0.5?lb=lb&tls', {}, endpoint(tls())],
  [
    'etcd3s://10.0.0.5?lb=lb&ca=/ca.pem',
    { ETCD_CERT_FILE: '/c', ETCD_KEY_FILE: '/k' },
    endpoint({ api: 3, ...tls({ ca: '/ca.pem', cert: '/c', key: '/k' }) }),
  ],
  ['etcd://10.0.0.5?lb=lb&cert=c.pem', {}, endpoint(tls({ cert: 'c.pem' }))],
  ['etcd://10.0.0.5?lb=lb', { ETCD_CA_FILE: '/ca.pem' }, PLAIN],
  ['etcd://ann:p%40ss:w@10.0.0.5?lb=lb', {}, endpoint({ user: { name: 'ann', password: 'p@ss:w' } })],
  ['etcd://ann@10.0.0.5?lb=lb', { ETCD_PASSWORD: 'x' }, endpoint({ user: { name: 'ann', password: 'x' } })],
  [
    'etcd://10.0.0.5?lb=lb',
    { ETCD_USER: 'ann', ETCD_PASSWORD: 'x' },
    endpoint({ user: { name: 'ann', password: 'x' } }),
  ],
  ['', { ETCD_NODE: '10.0.0.5', KONTENA_SERVICE_NAME: 'lb' }, PLAIN],
  ['etcd3://', { ETCD_NODE: '10.0.0.5', KONTENA_SERVICE_NAME: 'lb', KONTENA_STACK_NAME: 'null' }, endpoint({ api: 3 })],
  ['etcd://?http=80', { ETCD_NODE: '10.0.0.5:2379', KONTENA_SERVICE_NAME: 'lb', KONTENA_STACK_NAME: '' }, PLAIN],
  [
    'etcd://10.0.0.5',
    { ETCD_NODE: 'other', KONTENA_SERVICE_NAME: 'lb', KONTENA_STACK_NAME: 'shop' },
    { ...PLAIN, balancer: 'shop/lb' },
  ],
  ['etcd://10.0.0.5?lb=lb', { KONTENA_SERVICE_NAME: 'other' }, PLAIN],
])('%s with %j', (text, environment, expected) => {
  expect(findEtcd(text, environment)).toEqual({ ok: true, value: expected })
})

describe('a wrong one is told in one sentence, without the password', () => {
  test.each<[string, EtcdEnvironment, RegExp]>([
    ['', {}, /^kontena names no etcd: write etcd:\/\/HOST:PORT\?lb=NAME, .* or set ETCD_NODE/],
    ['etcd://a', {}, /^kontena names no load balancer: write \?lb=NAME, .* or set KONTENA_SERVICE_NAME$/],
    ['http://ann:secret@a?lb=lb', {}, /^"http:\/\/\*\*\*@a\?lb=lb" is not the address of an etcd/],
    ['etcd://a b?lb=lb', {}, /is not the address of an etcd/],
    ['etcd://ann:secret?lb=lb', {}, /^"ann:…" is not HOST or HOST:PORT/],
    ['etcd://a:70000?lb=lb', {}, /^"a:70000" is not HOST or HOST:PORT/],
    ['etcd://a?lb=lb&https=0', {}, /^https="0" is not a port; use 1 to 65535$/],
    ['etcd://a?lb=lb&https=9x', {}, /^https="9x" is not a port/],
    ['etcd://a?lb=a/b/c', {}, /^lb="a\/b\/c" is not the name of a load balancer; write NAME or STACK\/NAME$/],
    ['etcd://a?lb=', {}, /^lb="" is not the name/],
    [
      'etcd://a?lb=lb&prefix=x',
      {},
      /^"prefix" is not known after etcd:\/\/…\?; use lb, http, https, stats, tls, ca, cert, key$/,
    ],
    ['etcd://a?lb=lb&tls=maybe', {}, /^tls="maybe" is neither true nor false$/],
    ['etcd://?lb=lb', { ETCD_NODE: 'a b' }, /^ETCD_NODE: "a b" is not HOST/],
  ])('%s', (text, environment, message) => {
    const found = findEtcd(text, environment)
    expect(found).toEqual({ ok: false, message: expect.stringMatching(message) })
    expect(JSON.stringify(found)).not.toContain('secret')
  })
})

test('what is shown holds no secret', () => {
  expect(withoutSecrets('etcd://ann:a@b:c@host:1?lb=lb')).toBe('etcd://***@host:1?lb=lb')
  expect(withoutSecrets('cret@host:1')).toBe('***@host:1')
  const found = findEtcd('etcds://ann:secret@[::1]:1,b?lb=lb', {})
  expect(found.ok && formatEtcd(found.value.endpoint)).toBe('etcds://[::1]:1,b:2379')
})
