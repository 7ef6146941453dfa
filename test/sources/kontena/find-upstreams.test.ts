// Where the instances of a service are: containers, names of instances, the service's own name.
import { expect, test } from 'vitest'
import { findUpstreams, namesOf, type RunningInstance } from '../../../src/sources/kontena/find-upstreams.ts'
import { readStackText } from './read-stack-text.ts'

const FLAT = (keys: string) => `lb: { image: kontena/lb }\nweb: { links: [lb], ${keys} }`
const STACK = `stack: shop\nservices:\n  lb: { image: kontena/lb }\n  web: { links: [lb] }`

async function upstreamsOf(text: string, names: Record<string, string[]>, running: RunningInstance[] = []) {
  const { balancers } = await readStackText(text)
  const found = findUpstreams(balancers ?? [], new Map(Object.entries(names)), running)
  return found[0]?.services[0]
}

test.each([
  ['one, nothing resolves', '', {}, ['shop-web-1 web:80']],
  ['several, nothing resolves', 'instances: 2', {}, ['shop-web-1 shop-web-1:80', 'shop-web-2 shop-web-2:80']],
  ['none', 'instances: 0', { web: ['1.1.1.1'] }, []],
  [
    'every address of its name',
    '',
    { web: ['1.1.1.1', '1.1.1.2'] },
    ['shop-web-1.1.1.1 1.1.1.1:80', 'shop-web-1.1.1.2 1.1.1.2:80'],
  ],
  ['the name with the project', '', { 'shop-web': ['fd00::1'] }, ['shop-web-fd00--1 [fd00::1]:80']],
  [
    'instances by the names Compose and Kontena give',
    'instances: 2',
    { 'shop-web-1': ['1.1.1.1'], 'shop-web-2': ['1.1.1.2'], web: ['1.1.1.9'] },
    ['shop-web-1 1.1.1.1:80', 'shop-web-2 1.1.1.2:80'],
  ],
  ['instances by short names', 'instances: 2', { 'web-2': ['1.1.1.2'] }, ['web-2 1.1.1.2:80']],
  ['a wildcard in DNS', 'instances: 2', { 'web-1': ['1.1.1.1'], 'web-2': ['1.1.1.1'] }, ['web-1 1.1.1.1:80']],
])('by names: %s', async (_title, keys, names, expected) => {
  const service = await upstreamsOf(FLAT(keys), names)
  expect(service?.upstreams.map(({ name, target }) => `${name} ${target}`)).toEqual(expected)
})

test('the names that are asked for: of services without containers', async () => {
  const { balancers } = await readStackText(FLAT('instances: 1'))
  expect(namesOf(balancers ?? [])).toEqual(['shop-web-1', 'web-1', 'web', 'shop-web'])
  expect(namesOf(balancers ?? [], [container('shop-web-1')])).toEqual([])
})

const container = (name: string, labels: Record<string, string> = {}, isWaiting = false): RunningInstance => ({
  ...{ name, labels, isWaiting },
  find: (port) => ({ ok: true, target: `172.17.0.2:${port}` }),
})

const compose = (project: string, service: string) => ({
  'com.docker.compose.project': project,
  'com.docker.compose.service': service,
})

const kontena = (service: string, stack?: string) => ({
  'io.kontena.service.name': service,
  ...(stack === undefined ? {} : { 'io.kontena.stack.name': stack }),
})

test.each([
  ['flat', 'Compose', container('x', compose('shop', 'web')), true],
  ['flat', 'Compose, another project', container('shop-web-1', compose('blog', 'web')), false],
  ['flat', 'Compose, another service', container('shop-web-1', compose('shop', 'api')), false],
  ['flat', 'Kontena before stacks', container('x', kontena('shop-web')), true],
  ['flat', 'Kontena, no stack', container('x', kontena('shop-web', 'null')), true],
  ['flat', 'Kontena, another one', container('x', kontena('blog-web')), false],
  ['stack', 'Kontena', container('x', kontena('web', 'shop')), true],
  ['stack', 'Kontena, another stack', container('x', kontena('web', 'blog')), false],
  ['flat', 'a name with -', container('shop-web-12'), true],
  ['flat', 'a name with _', container('shop_web_1'), true],
  ['stack', 'a name with a dot', container('shop.web-1'), true],
  ['flat', 'a name that only begins so', container('shop-web-admin-1'), false],
])('containers of a %s file by %s', async (form, _title, instance, isOurs) => {
  const service = await upstreamsOf(form === 'flat' ? FLAT('instances: 1') : STACK, {}, [instance])
  expect(service?.upstreams).toEqual(
    isOurs ? [{ name: instance.name, target: '172.17.0.2:80' }] : [expect.objectContaining({ target: 'web:80' })],
  )
})

test('containers win over names; one that stops is told so, one that cannot be reached with its reason', async () => {
  const lost = { ...container('shop-web-3'), find: () => ({ ok: false, reason: 'shop-web-3 has no network' }) as const }
  const running = [container('shop-web-1'), container('shop-web-2', {}, true), lost]
  expect(await upstreamsOf(FLAT('instances: 1'), { web: ['1.1.1.1'] }, running)).toMatchObject({
    upstreams: [
      { name: 'shop-web-1', target: '172.17.0.2:80' },
      { name: 'shop-web-2', target: '172.17.0.2:80', stopping: true },
    ],
    remarks: ['shop-web-3 has no network'],
  })
})
