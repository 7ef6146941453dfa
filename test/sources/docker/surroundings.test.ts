// Where we run: what the kernel gives away, and what Docker makes of it.
import { describe, expect, test } from 'vitest'
import type { Container } from '../../../src/sources/docker/container.ts'
import { findOwnIds } from '../../../src/sources/docker/own-container.ts'
import { type Evidence, findSurroundings } from '../../../src/sources/docker/surroundings.ts'

const ID = 'ab'.repeat(32)

const FILTER_ADDRESS = '172.18.0.9'

function container(id: string, name: string, networkMode: string, ipv4 = ''): Container {
  return {
    ...{ id, name, image: '', createdAt: 0, labels: {}, environment: {}, state: 'running', health: 'none' },
    ...{ stopping: false, networkMode, exposedPorts: [], publishedPorts: [] },
    networks: ipv4 === '' ? [] : [{ name: 'front', id: 'front-id', ipv4, ipv6: null }],
  }
}

const evidence = (more: Partial<Evidence>): Evidence => ({
  endpoint: { kind: 'unix', path: '/var/run/docker.sock' },
  ...{ ownIds: [], addresses: ['127.0.0.1', '192.0.2.1'], peer: null, sshHost: null },
  ...more,
})

const tcp = (host: string, peer: string) => evidence({ endpoint: { kind: 'tcp', host, port: 2375, tls: null }, peer })

describe('our own container', () => {
  test.each([
    [
      'mounts',
      `611 597 254:1 /var/lib/docker/containers/${ID}/hostname /etc/hostname rw - ext4 /dev/vda rw`,
      '0::/',
      'x',
      [ID],
    ],
    ['cgroup v1', '', `12:cpu:/docker/${ID}\n`, 'x', [ID]],
    ['cgroup by systemd', '', `0::/system.slice/docker-${ID}.scope\n`, 'x', [ID]],
    ['the host name', '', '0::/', 'abababababab', ['abababababab']],
    [
      "a host's mounts of its containers",
      `50 29 0:49 / /var/lib/docker/containers/${ID}/mounts/shm rw - tmpfs shm rw`,
      '0::/init.scope',
      'machine',
      [],
    ],
  ])('by %s', (_title, mounts, groups, host, ids) => expect(findOwnIds(mounts, groups, host)).toEqual(ids))
})

describe('where that is', () => {
  const own = container(ID, 'lb', 'front', '172.18.0.2')
  const filter = container('cd'.repeat(32), 'filter', 'front', FILTER_ADDRESS)
  test.each([
    ['no container', evidence({}), [filter], { place: 'host' }],
    ["a container of another Docker's", evidence({ ownIds: ['ef'.repeat(32)] }), [own], { place: 'host' }],
    ['a container', evidence({ ownIds: [ID] }), [own], { place: 'container', name: 'lb', networks: ['front-id'] }],
    ['a container, by the beginning of its id', evidence({ ownIds: [ID.slice(0, 12)] }), [own], { place: 'container' }],
    ['a container in host mode', evidence({ ownIds: [ID] }), [container(ID, 'lb', 'host')], { place: 'host' }],
    [
      "a container on another one's network",
      evidence({ ownIds: [ID] }),
      [container(ID, 'lb', `container:${filter.id}`), filter],
      { place: 'container', networks: ['front-id'] },
    ],
    [
      'a container behind a filter in another one',
      { ...tcp('filter', FILTER_ADDRESS), ownIds: [ID] },
      [own, filter],
      { place: 'container' },
    ],
    ['the host, over loopback', tcp('localhost', '::ffff:127.0.0.1'), [own], { place: 'host' }],
    ['the host, over its own address', tcp('me', '192.0.2.1'), [own], { place: 'host' }],
    ['the host, through a filter in a container', tcp(FILTER_ADDRESS, FILTER_ADDRESS), [filter], { place: 'host' }],
    ['another machine', tcp('far.example', '192.0.2.5'), [own], { place: 'elsewhere', address: '192.0.2.5' }],
    [
      'another machine over ssh',
      evidence({ endpoint: { kind: 'ssh', host: 'alias', user: null, port: null }, sshHost: 'far.example' }),
      [own],
      { place: 'elsewhere', address: 'far.example' },
    ],
  ])('%s', (_title, given, containers, answer) => expect(findSurroundings(given, containers)).toMatchObject(answer))
})
