// Containers with Kontena's variables: which load balancer, which service, which instances, and what is told of each.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readKontena } from '../../src/daemon/kontena-containers.ts'
import { withKontena } from '../../src/daemon/kontena-verdicts.ts'
import type { Container } from '../../src/sources/docker/container.ts'
import { toWord } from '../../src/sources/docker/to-word.ts'
import { toWord as toKontenaWord } from '../../src/sources/kontena/to-word.ts'
import { container, findAddress, type Given } from '../sources/docker/containers.ts'

const HOSTS = { KONTENA_LB_VIRTUAL_HOSTS: 'www.kontena.io' }

function instance(name: string, environment: Record<string, string>, { labels = {}, ...given }: Given = {}): Container {
  return { ...container(name, {}, { environment, ...given }), labels }
}

function servicesOf(containers: readonly Container[]) {
  return readKontena(containers, findAddress).balancers.flatMap((balancer) =>
    balancer.services.map(
      ({ name, upstreams }) =>
        `${balancer.name}/${name}: ${upstreams.map(({ target, stopping }) => `${target}${stopping ? ' stops' : ''}`).join(', ')}`,
    ),
  )
}

test.each<[string, Container[], string[]]>([
  [
    'its name, without the number',
    [instance('web-1', HOSTS), instance('web-2', HOSTS, { ip: '172.17.0.3', at: 2 })],
    ['lb/web: 172.17.0.2:80, 172.17.0.3:80'],
  ],
  [
    "Kontena's labels",
    [
      instance('shop.web-1', HOSTS, {
        labels: {
          'io.kontena.service.name': 'web',
          'io.kontena.stack.name': 'shop',
          'io.kontena.load_balancer.name': 'edge/lb',
        },
      }),
    ],
    ['edge/lb/shop-web: 172.17.0.2:80'],
  ],
  [
    "Compose's, with the load balancer of its project",
    [
      instance('shop-lb-1', {}, { image: 'kontena/lb:latest', labels: compose('lb') }),
      instance('shop-web-1', HOSTS, { labels: compose('web') }),
    ],
    ['shop-lb/shop-web: 172.17.0.2:80'],
  ],
  [
    'one that stops, and one that has ended',
    [instance('web-1', HOSTS, { stopping: true }), instance('web-2', HOSTS, { state: 'exited', at: 2 })],
    ['lb/web: 172.17.0.2:80 stops'],
  ],
  [
    'one that has ended alone: a service without instances',
    [instance('web-1', HOSTS, { state: 'exited' })],
    ['lb/web: '],
  ],
  ['its own port', [instance('web-1', { ...HOSTS, KONTENA_LB_INTERNAL_PORT: '8080' })], ['lb/web: 172.17.0.2:8080']],
  ['the one port it exposes', [instance('web-1', HOSTS, { exposedPorts: [9292] })], ['lb/web: 172.17.0.2:9292']],
  ['without such variables', [instance('web-1', { PATH: '/bin' })], []],
  ['a load balancer itself', [instance('lb', { KONTENA_SERVICE_ROLE: 'lb', KONTENA_LB_HEALTH_URI: '/h' })], []],
])('by %s', (_, containers, expected) => {
  expect(servicesOf(containers)).toEqual(expected)
  fc.assert(
    fc.property(fc.shuffledSubarray(containers, { minLength: containers.length }), (shuffled) => {
      expect(servicesOf(shuffled)).toEqual(expected)
    }),
    { numRuns: 5 },
  )
})

function compose(service: string) {
  return { 'com.docker.compose.service': service, 'com.docker.compose.project': 'shop' }
}

test('the variables of its load balancer, and where tcp is served that does not say', () => {
  const { balancers } = readKontena(
    [
      instance('lb', { KONTENA_SERVICE_ROLE: 'lb', STATS_PASSWORD: 'x' }),
      instance('db-1', { KONTENA_LB_MODE: 'tcp' }, { labels: { 'io.kontena.health_check.port': '81' } }),
    ],
    findAddress,
  )
  expect(balancers).toMatchObject([
    {
      environment: { STATS_PASSWORD: 'x' },
      services: [{ mode: 'tcp', options: { external_port: '5000', health_check_port: '81' } }],
    },
  ])
})

function verdictOf(name: string, containers: readonly Container[]) {
  const { balancers, instances } = readKontena(containers, findAddress)
  const word = toKontenaWord(balancers, [], 1)
  const verdicts = withKontena(toWord(containers, findAddress).verdicts, instances, word)
  return verdicts.find((verdict) => verdict.name === name)
}

test('what became of one is told: where it serves, what it was told by, and what is otherwise on another', () => {
  const containers = [
    instance('web-1', HOSTS),
    instance('web-2', { ...HOSTS, KONTENA_LB_COOKIE: '' }, { ip: '172.17.0.3', at: 2 }),
  ]
  expect(verdictOf('web-1', containers)).toMatchObject({
    because: null,
    services: [
      {
        ...{ service: 'kontena', state: 'serving', because: null, loadBalancer: 'lb-web', target: '172.17.0.2:80' },
        publishes: 'http port 80, host www.kontena.io',
        taken: [{ label: 'KONTENA_LB_VIRTUAL_HOSTS', key: 'virtual_hosts' }],
        remarks: [],
      },
    ],
  })
  expect(verdictOf('web-2', containers)?.services[0]?.remarks).toEqual([
    'KONTENA_LB_COOKIE differ from those of the eldest container of web, which count until it ends',
  ])
})

test.each<[string, Container, 'out' | 'waiting', RegExp]>([
  ['cannot be reached', instance('web-1', HOSTS, { ip: null }), 'out', /no address on any network/],
  [
    'asks for nonsense',
    instance('web-1', { ...HOSTS, KONTENA_LB_BALANCE: 'fastest' }),
    'out',
    /KONTENA_LB_BALANCE is "fastest"/,
  ],
  ['has ended', instance('web-1', HOSTS, { state: 'exited' }), 'out', /exited/],
  ['is paused', instance('web-1', HOSTS, { state: 'paused' }), 'waiting', /paused/],
])('one that %s is told why', (_, one, state, because) => {
  expect(verdictOf('web-1', [one])?.services).toMatchObject([{ state, because: expect.stringMatching(because) }])
})

test('labels and variables on one container are two services', () => {
  const both = container('web-1', { 'lb.publish': '81' }, { environment: HOSTS })
  expect(verdictOf('web-1', [both])?.services.map(({ loadBalancer }) => loadBalancer)).toEqual(['docker-81', 'lb-web'])
})
