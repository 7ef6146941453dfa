// Containers over the API: what became of one, and what is said where nothing is known.
import { expect, test } from 'vitest'
import type { Explanation } from '../../src/api/wire.ts'
import { makeApi } from './api-under-test.ts'

const EXPLANATION: Explanation = {
  container: 'web1',
  id: '3f2a91c0de11',
  image: 'nginx:alpine',
  state: 'running',
  health: 'none',
  because: null,
  services: [
    {
      service: null,
      state: 'serving',
      because: null,
      loadBalancer: 'docker-80',
      publishes: 'http port 80',
      target: '172.17.0.2:80',
      network: 'bridge',
      taken: [{ label: 'lb.publish', key: 'port' }],
      ignored: [],
      remarks: [],
    },
  ],
}

test('a container is explained by its name', async () => {
  const { call, engine } = await makeApi()
  const asked: string[] = []
  engine.explained = (container) => {
    asked.push(container)
    return { kind: 'known', explanation: EXPLANATION }
  }
  expect(await call('GET', '/v1/explain/web_1.a')).toMatchObject({ status: 200, body: EXPLANATION })
  expect(asked).toEqual(['web_1.a'])
})

test.each([
  [{ kind: 'unknown', near: 'web1' }, 404, 'there is no container "wbe1"; did you mean web1?'],
  [{ kind: 'unknown', near: undefined }, 404, 'there is no container "wbe1"'],
  [{ kind: 'no-source' }, 404, 'this daemon does not read containers; start it with `fairlead up --source docker`'],
  [{ kind: 'silent' }, 503, 'Docker has not told its containers yet; ask again soon'],
] as const)('%j answers %i', async (found, status, error) => {
  const { call, engine } = await makeApi()
  engine.explained = () => found
  expect(await call('GET', '/v1/explain/wbe1')).toMatchObject({ status, body: { error } })
})
