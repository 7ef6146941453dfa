// Where a container can be reached, from each place we may run in; and every refusal as the sentence a user reads.
import { describe, expect, test } from 'vitest'
import type { AddressWish, Container } from '../../../src/sources/docker/container.ts'
import type { DockerNetwork } from '../../../src/sources/docker/docker-network.ts'
import { addressFinder } from '../../../src/sources/docker/find-address.ts'
import type { Surroundings } from '../../../src/sources/docker/surroundings.ts'

const HOST: Surroundings = { place: 'host', addresses: ['127.0.0.1', '172.17.0.1', '172.18.0.1', 'fd00::1'] }
const IN_CONTAINER: Surroundings = { place: 'container', name: 'lb', networks: ['front-id'] }
const ELSEWHERE: Surroundings = { place: 'elsewhere', address: '192.0.2.5' }

function network(name: string, driver: string, subnet: string, more: Partial<DockerNetwork> = {}): DockerNetwork {
  const gateways = [subnet.replace(/\.0\/.*/, '.1')]
  return { id: `${name}-id`, name, driver, internal: false, ingress: false, subnets: [subnet], gateways, ...more }
}

const NETWORKS = [
  network('bridge', 'bridge', '172.17.0.0/16'),
  network('front', 'bridge', '172.18.0.0/16'),
  network('db', 'bridge', '172.19.0.0/16'),
  network('mesh', 'overlay', '10.0.1.0/24'),
  network('lan', 'macvlan', '192.168.1.0/24'),
  network('ingress', 'overlay', '10.0.0.0/24', { ingress: true }),
]

function container(changes: Partial<Container> & { on?: Record<string, string | [string, string]> } = {}): Container {
  const { on = {}, ...rest } = changes
  return {
    ...{ id: 'a'.repeat(64), name: 'web1', image: 'web', createdAt: 0, labels: {}, environment: {}, state: 'running' },
    ...{ health: 'none', stopping: false, networkMode: 'default', exposedPorts: [], publishedPorts: [] },
    networks: Object.entries(on).map(([name, address]) => {
      const [ipv4, ipv6] = typeof address === 'string' ? [address, ''] : address
      return { name, id: `${name}-id`, ipv4: ipv4 || null, ipv6: ipv6 || null }
    }),
    ...rest,
  }
}

const published = (hostAddress: string, hostPort = 8080) =>
  ({ containerPort: 80, protocol: 'tcp', hostAddress, hostPort }) as const

/** `address:port on network`, or the reason. */
function find(
  from: Surroundings,
  target: Container,
  wish: Partial<AddressWish> = {},
  others: Container[] = [],
): string {
  const ground = { surroundings: from, containers: [target, ...others], networks: NETWORKS }
  const found = addressFinder(ground)(target, { port: 80, network: null, family: null, ...wish })
  return found.ok ? `${found.address} ${found.port} on ${found.network}` : found.reason
}

describe('from the Docker host', () => {
  test.each([
    ['its address on a bridge', container({ on: { bridge: '172.17.0.2' } }), '172.17.0.2 80 on bridge'],
    ['IPv4 before IPv6', container({ on: { front: ['172.18.0.2', 'fd00::2'] } }), '172.18.0.2 80 on front'],
    ['IPv6 where that is all', container({ on: { front: ['', 'fd00::2'] } }), 'fd00::2 80 on front'],
    [
      'the bridge of two networks',
      container({ on: { front: '172.18.0.2', mesh: '10.0.1.5' } }),
      '172.18.0.2 80 on front',
    ],
    ['host mode', container({ networkMode: 'host' }), '127.0.0.1 80 on host'],
    [
      'a published port behind an overlay',
      container({ on: { mesh: '10.0.1.5' }, publishedPorts: [published('0.0.0.0')] }),
      '127.0.0.1 8080 on host',
    ],
    [
      'a port published on loopback',
      container({ on: { mesh: '10.0.1.5' }, publishedPorts: [published('127.0.0.1')] }),
      '127.0.0.1 8080 on host',
    ],
    [
      'a bridge in a virtual machine, published',
      container({ on: { db: '172.19.0.2' }, publishedPorts: [published('0.0.0.0')] }),
      '127.0.0.1 8080 on host',
    ],
  ])('%s', (_title, target, answer) => expect(find(HOST, target)).toBe(answer))

  test.each([
    [
      'no network',
      container({ networkMode: 'none', on: { none: '' } }),
      'web1 has no network at all (network mode none): give it one',
    ],
    [
      'restarting',
      container({ state: 'restarting', on: { bridge: '' } }),
      'web1 has no address on the network bridge while it is restarting',
    ],
    [
      'an overlay',
      container({ on: { mesh: '10.0.1.5' } }),
      'web1 is only on the network mesh, whose driver overlay keeps its host out: publish its port 80 (docker run -p), or run the load balancer in a container on that network',
    ],
    [
      'a macvlan in our own range',
      container({ on: { lan: '192.168.1.5' } }),
      /^web1 is only on the network lan, whose driver macvlan keeps its host out/,
    ],
    [
      'the ingress',
      container({ on: { ingress: '10.0.0.9' } }),
      "web1 is only on the network ingress, which is the swarm's own: connect it to another one",
    ],
    [
      'a bridge that is not here',
      container({ on: { db: '172.19.0.2' } }),
      /^web1 is only on the network db \(172.19.0.0\/16\), of which this machine has no address: publish its port 80/,
    ],
  ])('%s', (_title, target, answer) => expect(find(HOST, target)).toMatch(answer))
})

describe('lb.network', () => {
  const both = container({ on: { bridge: '172.17.0.2', front: '172.18.0.2' } })
  test('wins', () => expect(find(HOST, both, { network: 'front' })).toBe('172.18.0.2 80 on front'))
  test('that it is not on', () =>
    expect(find(HOST, both, { network: 'db' })).toBe(
      'web1 is not on the network db that lb.network names; it is on: bridge, front',
    ))
  test('is not replaced by a published port', () =>
    expect(
      find(IN_CONTAINER, container({ on: { db: '172.19.0.2' }, publishedPorts: [published('0.0.0.0')] }), {
        network: 'db',
      }),
    ).toMatch(/does not share/))
  test('with host mode', () =>
    expect(find(HOST, container({ networkMode: 'host' }), { network: 'front' })).toMatch(/leave lb.network out$/))
  test('a family it has not', () =>
    expect(find(HOST, both, { family: 6 })).toBe('web1 has no IPv6 address on the networks bridge, front'))
})

describe("another container's network", () => {
  const lender = container({ id: 'b'.repeat(64), name: 'vpn', on: { bridge: '172.17.0.7' } })
  const target = container({ networkMode: `container:${lender.id}` })
  test('is where it is', () => expect(find(HOST, target, {}, [lender])).toBe('172.17.0.7 80 on bridge'))
  test('in host mode', () =>
    expect(find(HOST, target, {}, [{ ...lender, networkMode: 'host' }])).toBe('127.0.0.1 80 on host'))
  test('that is gone', () =>
    expect(find(HOST, target)).toBe('web1 uses the network of the container bbbbbbbbbbbb, which is gone'))
})

describe('from a container', () => {
  test.each([
    ['a network we share', container({ on: { db: '172.19.0.2', front: '172.18.0.2' } }), '172.18.0.2 80 on front'],
    [
      'none, but a published port',
      container({ on: { db: '172.19.0.2' }, publishedPorts: [published('0.0.0.0')] }),
      '172.18.0.1 8080 on host',
    ],
    ['host mode', container({ networkMode: 'host' }), '172.18.0.1 80 on host'],
    [
      'none',
      container({ on: { db: '172.19.0.2' } }),
      'web1 is only on the network db, which the load balancer does not share: connect it (docker network connect db lb) or set lb.network',
    ],
    [
      "a port on the host's loopback",
      container({ on: { db: '172.19.0.2' }, publishedPorts: [published('127.0.0.1')] }),
      'web1 is only on the network db, which the load balancer does not share: connect it (docker network connect db lb) or set lb.network',
    ],
  ])('%s', (_title, target, answer) => expect(find(IN_CONTAINER, target)).toBe(answer))
})

describe('from another machine', () => {
  test.each([
    [
      'a published port',
      container({ on: { bridge: '172.17.0.2' }, publishedPorts: [published('0.0.0.0')] }),
      '192.0.2.5 8080 on host',
    ],
    [
      'one on an address of its own',
      container({ on: { bridge: '172.17.0.2' }, publishedPorts: [published('192.0.2.77')] }),
      '192.0.2.77 8080 on host',
    ],
    ['host mode', container({ networkMode: 'host' }), '192.0.2.5 80 on host'],
    [
      'none',
      container({ on: { bridge: '172.17.0.2' } }),
      'web1 is only on the network bridge of another machine: publish its port 80 there (docker run -p)',
    ],
  ])('%s', (_title, target, answer) => expect(find(ELSEWHERE, target)).toBe(answer))
  test('a LAN address, where its user says so', () =>
    expect(find(ELSEWHERE, container({ on: { lan: '192.168.1.5' } }), { network: 'lan' })).toBe(
      '192.168.1.5 80 on lan',
    ))
})

test('no answer is ever an empty address', () => {
  const empty = container({ on: { bridge: ['', ''] }, publishedPorts: [published('')] })
  for (const from of [HOST, IN_CONTAINER, ELSEWHERE]) expect(find(from, empty)).toMatch(/^web1 has no address/)
})
