// Listing load balancers, page by page and by label, those of other sources included.
import { describe, expect, test } from 'vitest'
import type { LoadBalancerInput } from '../../src/spec/schema.ts'
import { type Json, makeApi, resource } from './api-under-test.ts'

const ALL = '/v1/load-balancers'

describe('listing', () => {
  test('pages through everything once, sorted by name', async () => {
    const { call } = await makeApi()
    for (const name of ['web-c', 'web-a', 'web', 'web-d', 'web-b'])
      await call('POST', `${ALL}?wait=false`, resource(name))
    expect((await call('GET', ALL)).body.items).toHaveLength(5)
    const seen: string[] = []
    let cursor = ''
    for (let page = 0; page < 3; page++) {
      const { body } = await call('GET', `${ALL}?limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`)
      seen.push(...body.items.map((each: { name: string }) => each.name))
      expect('nextCursor' in body).toBe(page < 2)
      cursor = body.nextCursor
    }
    expect(seen).toEqual(['web', 'web-a', 'web-b', 'web-c', 'web-d'])
  })

  test('takes every label that is asked for', async () => {
    const { call } = await makeApi()
    await call('POST', ALL, { ...resource('a'), labels: { team: 'web', env: 'prod' } })
    await call('POST', ALL, { ...resource('b'), labels: { team: 'web' } })
    const names = async (query: string) =>
      (await call('GET', `${ALL}?${query}`)).body.items.map((each: { name: string }) => each.name)
    expect(await names('label=team%3Dweb')).toEqual(['a', 'b'])
    expect(await names('label=team=web&label=env=prod')).toEqual(['a'])
    expect(await names('label=team=db')).toEqual([])
  })

  test.each(['limit=0', 'limit=many', 'cursor=xyz', 'label=team', 'label==x', 'limt=3'])(
    'refuses ?%s',
    async (query) => {
      const { call } = await makeApi()
      expect((await call('GET', `${ALL}?${query}`)).status).toBe(422)
    },
  )
})

describe('load balancers of other sources', () => {
  const foreign = {
    resource: resource('docker-web') as LoadBalancerInput,
    origin: { source: 'docker', id: 'web.1', since: Date.UTC(2026, 0, 1), version: 4 },
    id: 'lb-docker0001',
  }

  test('are listed and read with their origin', async () => {
    const { call, engine } = await makeApi()
    engine.foreignOnes = [foreign]
    await call('POST', ALL, resource('a'))
    const { body } = await call('GET', ALL)
    expect(body.items.map((each: Json) => [each.name, each.origin.source])).toEqual([
      ['a', 'store'],
      ['docker-web', 'docker'],
    ])
    for (const name of ['docker-web', 'lb-docker0001']) {
      expect((await call('GET', `${ALL}/${name}`)).body).toMatchObject({
        version: 4,
        origin: { source: 'docker', id: 'web.1' },
        createdAt: '2026-01-01T00:00:00.000Z',
      })
    }
    expect((await call('GET', `${ALL}/docker-web/backends`)).body.items).toHaveLength(1)
  })

  test('cannot be written, and the answer names their origin', async () => {
    const { call, engine, store } = await makeApi()
    engine.foreignOnes = [foreign]
    const one = `${ALL}/docker-web`
    const writes = [
      await call('POST', ALL, resource('docker-web')),
      await call('PUT', one, resource('docker-web')),
      await call('PUT', `${ALL}/lb-docker0001`, resource('docker-web')),
      await call('PATCH', one, { spec: {} }),
      await call('DELETE', one),
      await call('POST', `${one}/backends`, { target: 'x:80' }),
      await call('POST', `${one}/rollback`, { version: 1 }),
    ]
    for (const { status, body } of writes) {
      expect([status, body.error]).toEqual([409, 'docker-web comes from docker web.1 and can only be changed there'])
    }
    expect(store.revision()).toBe(0)
  })
})
