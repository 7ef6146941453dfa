// explain: what a person reads of a container, what a program reads, and the exit code where there is none.
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type FakeApi, startFakeApi } from '../fakes/fake-api.ts'
import { runCommand } from './run-command.ts'

let api: FakeApi
beforeEach(async () => {
  api = await startFakeApi()
})
afterEach(() => api.close())

const run = (line: string) => runCommand(line, { stateDir: api.stateDir })

const SERVICE = {
  service: null,
  state: 'serving',
  because: null,
  loadBalancer: 'docker-80',
  publishes: 'http port 80, host app.example.com',
  target: '172.17.0.2:80',
  network: 'bridge',
  taken: [{ label: 'lb.publish', key: 'port' }],
  ignored: [{ label: 'lb.wieght', reason: 'there is no such label; did you mean lb.weight?' }],
  remarks: ['its lb.algorithm is not what the older container web0 says'],
}

const CONTAINER = {
  container: 'web1',
  id: '3f2a91c0de11',
  image: 'nginx:alpine',
  state: 'running',
  health: 'healthy',
  because: null,
  services: [SERVICE],
}

test('a container that is served, with its labels', async () => {
  api.on('GET /v1/explain/web1', CONTAINER)
  expect((await run('explain web1')).out).toBe(
    `web1  running, healthy, nginx:alpine, 3f2a91c0de11
  served
  published on     http port 80, host app.example.com
  load balancer    docker-80
  traffic goes to  172.17.0.2:80 over network bridge

  its lb.algorithm is not what the older container web0 says

LABEL       TAKEN FOR
lb.publish  port
lb.wieght   ignored: there is no such label; did you mean lb.weight?
`,
  )
  expect(JSON.parse((await run('explain web1 -o json')).out)).toEqual(CONTAINER)
})

test('one of several services that is out says why, and moves no cursor', async () => {
  const out = {
    ...SERVICE,
    service: 'admin',
    state: 'out',
    because: 'lb.admin.publish is missing\x1b[2J',
    loadBalancer: null,
    publishes: null,
    target: null,
    network: null,
    taken: [],
    ignored: [],
    remarks: [],
  }
  api.on('GET /v1/explain/web1', { ...CONTAINER, health: 'none', services: [SERVICE, out] })
  const said = (await run('explain web1')).out
  expect(said).toContain('web1  running, nginx:alpine, 3f2a91c0de11\n')
  expect(said).toMatch(/\n {2}admin: not served: lb\.admin\.publish is missing\n$/)
})

test('one that asks for nothing', async () => {
  api.on('GET /v1/explain/web1', { ...CONTAINER, because: 'it has no label lb.enable=Y', services: [] })
  expect((await run('explain web1')).out).toBe(
    'web1  running, healthy, nginx:alpine, 3f2a91c0de11\n  not served: it has no label lb.enable=Y\n',
  )
})

test('one that is not there ends with 3', async () => {
  const error = { error: 'there is no container "wbe1"; did you mean web1?', code: 'not_found' }
  api.on('GET /v1/explain/wbe1', error, 404)
  expect(await run('explain wbe1')).toMatchObject({ exitCode: 3, err: expect.stringContaining(error.error) })
})
