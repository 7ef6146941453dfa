// A load balancer's keys as services: every key of Kontena's layout, and those that mean nothing.
import { expect, test } from 'vitest'
import { applyChange, readTree } from '../../../src/sources/kontena/etcd-tree.ts'

const tree = (keys: Record<string, string>) => new Map(Object.entries(keys))

test('services and their addresses, in the order of the alphabet', () => {
  const { services } = readTree(
    tree({
      'services/web/upstreams/web-2': '10.81.1.3:80',
      'services/web/virtual_hosts': 'a.example.com, b.example.com',
      'services/web/cookie': '',
      'services/web/basic_auth_secrets': 'user a password b\nuser c password d',
      'services/web/upstreams/web-1': ' 10.81.1.2:80\n',
      'tcp-services/db/external_port': '5432',
      'services/api/virtual_path': '/api',
    }),
  )
  expect(services).toEqual([
    { name: 'api', mode: 'http', options: { virtual_path: '/api' }, upstreams: [] },
    {
      name: 'web',
      mode: 'http',
      options: {
        virtual_hosts: 'a.example.com, b.example.com',
        cookie: '',
        basic_auth_secrets: 'user a password b\nuser c password d',
      },
      upstreams: [
        { name: 'web-1', target: '10.81.1.2:80' },
        { name: 'web-2', target: '10.81.1.3:80' },
      ],
    },
    { name: 'db', mode: 'tcp', options: { external_port: '5432' }, upstreams: [] },
  ])
})

test('a name in both folders is two services; one of a name nobody expects is nothing special', () => {
  const { services } = readTree(
    tree({
      'services/web/virtual_path': '/',
      'tcp-services/web/external_port': '1',
      'services/__proto__/virtual_path': '/p',
      'services/web/__proto__': 'x',
    }),
  )
  expect(services.map(({ name, mode }) => `${mode} ${name}`)).toEqual(['http __proto__', 'http web', 'tcp web'])
  expect(Object.hasOwn(services[1]!.options, '__proto__')).toBe(true)
})

test('folders and keys that mean nothing are no services', () => {
  const { services, folders, isEmptied } = readTree(
    tree({
      'services/': '',
      'services/web/': '',
      'services/web/upstreams/': '',
      'services/web': 'x',
      'services//virtual_path': '/',
      'services/web/other/deep/key': 'x',
      'certs/bundle': 'true',
      services: 'x',
      empty: 'yes',
    }),
  )
  expect(services).toEqual([])
  expect(folders).toEqual(['http'])
  expect(isEmptied).toBe(false)
  expect(readTree(tree({ empty: 'true' })).isEmptied).toBe(true)
})

test('an http service of which nobody has written yet what it serves is kept out', () => {
  const { services } = readTree(
    tree({
      'services/web/upstreams/web-1': '10.81.1.2:80',
      'services/web/balance': 'roundrobin',
      'tcp-services/db/upstreams/db-1': '10.81.1.3:80',
    }),
  )
  expect(services.map(({ name, faults }) => [name, faults])).toEqual([
    ['web', [expect.stringMatching(/^services\/web has neither virtual_hosts nor virtual_path/)]],
    ['db', undefined],
  ])
})

test('changes: a key is set and removed; a folder goes with what is in it, and only that', () => {
  const keys = tree({ 'services/web/balance': 'x', 'services/web': 'x', 'services/web2/balance': 'x' })
  applyChange(keys, { path: 'services/web/balance', value: 'source' })
  applyChange(keys, { path: 'services/web/cookie', value: '' })
  expect(keys.get('services/web/balance')).toBe('source')
  applyChange(keys, { path: 'services/web', value: null })
  expect(keys.has('services/web/cookie')).toBe(true)
  applyChange(keys, { path: 'services/web', value: null, isTree: true })
  expect([...keys.keys()]).toEqual(['services/web2/balance'])
  applyChange(keys, { path: '', value: null, isTree: true })
  expect(keys.size).toBe(0)
})
