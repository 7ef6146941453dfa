// Addresses of Docker engines: every form Docker's own command takes, and sentences for the rest.
import { describe, expect, test } from 'vitest'
import { findEndpoint, formatEndpoint, parseEndpoint } from '../../../src/sources/docker/endpoint.ts'

describe('understood', () => {
  test.each([
    ['unix:///run/user/1000/docker.sock', { kind: 'unix', path: '/run/user/1000/docker.sock' }],
    ['tcp://10.0.0.5:2375', { kind: 'tcp', host: '10.0.0.5', port: 2375, tls: null }],
    ['tcp://docker-proxy', { kind: 'tcp', host: 'docker-proxy', port: 2375, tls: null }],
    ['tcp://[::1]:4243', { kind: 'tcp', host: '::1', port: 4243, tls: null }],
    ['ssh://host1', { kind: 'ssh', user: null, host: 'host1', port: null }],
    ['ssh://me@host1.example.com:2222', { kind: 'ssh', user: 'me', host: 'host1.example.com', port: 2222 }],
  ])('%s', (text, endpoint) => {
    expect(parseEndpoint(text, null)).toEqual({ ok: true, value: endpoint })
    const again = parseEndpoint(formatEndpoint(endpoint as never), null)
    expect(again).toEqual({ ok: true, value: endpoint })
  })
})

test.each([
  ['/var/run/docker.sock', /^"\/var\/run\/docker.sock" is not the address of a Docker engine; write unix:\/\/\/PATH/],
  ['http://host:2375', /write unix:\/\/\/PATH, tcp:\/\/HOST:PORT or ssh:\/\/HOST$/],
  ['unix://docker.sock', /names no absolute path/],
  ['tcp://', /is not tcp:\/\/HOST:PORT/],
  ['tcp://host:0', /is not tcp/],
  ['tcp://host:65536', /is not tcp/],
  ['tcp://host/path', /is not tcp/],
  ['tcp://me@host', /is not tcp/],
  ['tcp://[10.0.0.1]', /is not tcp/],
  ['ssh://-oProxyCommand=x', /is not ssh/],
  ['ssh://-l@host', /is not ssh/],
  ['ssh://me:secret@host', /a password or a path cannot stand in it$/],
  ['ssh://host/var/run', /is not ssh/],
  ['unix:///a\nb', /is not the address/],
])('%j is refused', (text, message) => {
  expect(parseEndpoint(text, null)).toEqual({ ok: false, message: expect.stringMatching(message) })
})

describe("Docker's own variables", () => {
  test('without anything it is the socket of this machine', () => {
    expect(findEndpoint('', {})).toEqual({ ok: true, value: { kind: 'unix', path: '/var/run/docker.sock' } })
  })

  test('DOCKER_HOST counts where no address is given, and its mistakes are told as its own', () => {
    expect(findEndpoint('', { DOCKER_HOST: 'tcp://a:1' })).toMatchObject({ value: { host: 'a', port: 1 } })
    expect(findEndpoint('unix:///x', { DOCKER_HOST: 'tcp://a:1' })).toMatchObject({ value: { path: '/x' } })
    expect(findEndpoint('', { DOCKER_HOST: 'a:1' })).toMatchObject({
      message: expect.stringMatching(/^DOCKER_HOST "a:1" is/),
    })
  })

  test.each([
    [{ DOCKER_CERT_PATH: '/c' }, 2376, { folder: '/c', verify: false }],
    [{ DOCKER_CERT_PATH: '/c', DOCKER_TLS_VERIFY: '1' }, 2376, { folder: '/c', verify: true }],
    [{ DOCKER_TLS_VERIFY: '1', HOME: '/h' }, 2376, { folder: '/h/.docker', verify: true }],
    [{}, 2375, null],
  ])('TLS by %j', (environment, port, tls) => {
    expect(findEndpoint('tcp://a', environment)).toEqual({ ok: true, value: { kind: 'tcp', host: 'a', port, tls } })
  })
})
