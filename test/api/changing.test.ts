// Replacing, patching and deleting load balancers over the API, and writers that meet.
import { describe, expect, test } from 'vitest'
import type { LoadBalancerInput } from '../../src/spec/schema.ts'
import { openSqliteStore } from '../../src/store/sqlite-store.ts'
import { LAST_APPLY } from '../fakes/fake-engine.ts'
import { makeApi, resource } from './api-under-test.ts'

const ALL = '/v1/load-balancers'
const ONE = `${ALL}/web-lb`

describe('changing', () => {
  test('PUT creates with 201, replaces with 200, and changes nothing where nothing changes', async () => {
    const { call, store } = await makeApi()
    expect(await call('PUT', ONE, { spec: resource().spec })).toMatchObject({ status: 201, headers: { location: ONE } })
    const replaced = await call('PUT', ONE, { ...resource('web-lb', { port: 8001 }), labels: { team: 'web' } })
    expect(replaced).toMatchObject({ status: 200, headers: { etag: '"2"' }, body: { labels: { team: 'web' } } })
    expect(
      (await call('PUT', ONE, { ...resource('web-lb', { port: 8001 }), labels: { team: 'web' } })).body.version,
    ).toBe(2)
    expect(store.history('web-lb')).toHaveLength(2)
  })

  test('what GET answers may be sent back with a change in it', async () => {
    const { call } = await makeApi()
    await call('POST', ALL, resource())
    const { body } = await call('GET', ONE)
    const changed = await call('PUT', ONE, { ...body, spec: { ...body.spec, port: 8001 } })
    expect(changed).toMatchObject({ status: 200, body: { version: 2, spec: { port: 8001 } } })
  })

  test('a name cannot change', async () => {
    const { call } = await makeApi()
    await call('POST', ALL, resource())
    expect((await call('PUT', ONE, resource('other'))).body.error).toBe(
      'name: is "other", but this is web-lb; a name cannot change',
    )
    expect((await call('PATCH', ONE, { name: 'other' })).status).toBe(422)
  })

  test('PATCH merges: null takes away, a list replaces, the other dialect is understood', async () => {
    const { call } = await makeApi()
    await call('POST', ALL, {
      ...resource('web-lb', { sticky: { mode: 'source' }, timeouts: { connect: '1s', server: '2s' } }),
      labels: { a: '1', b: '2' },
    })
    const patched = await call('PATCH', ONE, {
      labels: { a: null, c: '3' },
      spec: { sticky: null, timeouts: { server: '9s' }, health_check: { interval_seconds: 7 }, backends: [] },
    })
    expect(patched.status).toBe(200)
    expect(patched.body.labels).toEqual({ b: '2', c: '3' })
    expect(patched.body.spec).toEqual({
      port: 8000,
      timeouts: { connect: '1s', server: '9s' },
      healthCheck: { interval: '7s' },
      backends: [],
    })
    const bare = await call('PATCH', ONE, { port: 8001 })
    expect([bare.status, bare.body.details[0].path]).toEqual([422, 'port'])
    expect((await call('PATCH', `${ALL}/nobody`, { spec: {} })).status).toBe(404)
  })

  test('DELETE answers how it went and waits for it; a second time there is nothing', async () => {
    const { call, engine } = await makeApi()
    await call('POST', ALL, resource())
    expect((await call('DELETE', ONE)).body).toEqual({ name: 'web-lb', deleted: true, lastApply: LAST_APPLY })
    expect(engine.settledOnes.at(-1)).toBe('web-lb 2 deleted')
    const again = await call('DELETE', ONE)
    expect([again.status, again.body.error]).toEqual([404, 'there is no load balancer "web-lb"'])
    expect((await call('GET', `${ALL}/web-lp`)).status).toBe(404)
  })

  test('an unknown name suggests the nearest', async () => {
    const { call } = await makeApi()
    await call('POST', ALL, resource())
    expect((await call('GET', `${ALL}/web-lp`)).body.error).toBe(
      'there is no load balancer "web-lp"; did you mean web-lb?',
    )
  })
})

describe('writers at the same time', () => {
  test('are reviewed one after the other, each beside what the one before it wrote', async () => {
    const { call, engine, store } = await makeApi()
    const seen: number[] = []
    engine.onReview = async () => {
      const before = store.revision()
      await new Promise((resolve) => setImmediate(resolve))
      seen.push(before)
    }
    const names = ['a', 'b', 'c', 'd']
    const created = await Promise.all(names.map((name) => call('POST', ALL, resource(name))))
    expect(created.map((each) => each.status)).toEqual([201, 201, 201, 201])
    expect(seen).toEqual([0, 1, 2, 3])
  })

  test('do not wait for each other to be live, and a review that fails holds nobody up', async () => {
    const { call, engine } = await makeApi()
    const slow = Promise.withResolvers<void>()
    const { settled } = engine
    engine.settled = async (name, version, options) => {
      if (name === 'slow') await slow.promise
      return settled(name, version, options)
    }
    const first = call('POST', ALL, resource('slow'))
    engine.refuse = ({ name }) => {
      if (name === 'broken') throw new Error('broken')
      return null
    }
    expect((await call('POST', ALL, resource('broken'))).status).toBe(500)
    expect((await call('POST', ALL, resource('quick'))).status).toBe(201)
    slow.resolve()
    expect((await first).status).toBe(201)
  })
})

describe('If-Match', () => {
  test.each(['1', '"1"', 'W/"1"', '"7", "1"', '*'])('%s lets a change of version 1 through', async (match) => {
    const { call } = await makeApi()
    await call('POST', ALL, resource())
    expect((await call('PUT', ONE, resource('web-lb', { port: 8001 }), { 'if-match': match })).status).toBe(200)
  })

  test('of another version, or where nothing is, is refused with 409; one that is no version with 422', async () => {
    const { call, store } = await makeApi()
    expect((await call('PUT', ONE, resource(), { 'if-match': '*' })).status).toBe(409)
    await call('POST', ALL, resource())
    const stale = await call('DELETE', ONE, undefined, { 'if-match': '"7"' })
    expect([stale.status, stale.body.code]).toEqual([409, 'version_conflict'])
    expect(stale.body.error).toBe('web-lb is at version 1, not 7; read it again and repeat the change on that')
    expect((await call('DELETE', ONE, undefined, { 'if-match': 'latest' })).status).toBe(422)
    expect(store.revision()).toBe(1)
  })

  test('of two writers with the same version exactly one wins', async () => {
    const { call, store } = await makeApi()
    await call('POST', ALL, resource())
    const writes = [8001, 8002, 8003, 8004].map((port) => call('PATCH', ONE, { spec: { port } }, { 'if-match': '"1"' }))
    const statuses = (await Promise.all(writes)).map((each) => each.status)
    expect(statuses.toSorted()).toEqual([200, 409, 409, 409])
    expect(store.get('web-lb')?.version).toBe(2)
  })

  test('without it a race lost to another process is run again on what the winner left', async () => {
    const { call, engine, path } = await makeApi()
    await call('POST', ALL, resource())
    const other = openSqliteStore<LoadBalancerInput>(path, 'LoadBalancer')
    let races = 1
    engine.onReview = () => {
      const current = other.get('web-lb')
      if (races-- <= 0 || !current) return
      const value = { ...current.value, labels: { winner: 'yes' } }
      other.put('web-lb', value, { expect: { present: true }, author: 'other' })
    }
    const patched = await call('PATCH', ONE, { spec: { port: 8001 } })
    expect(patched).toMatchObject({
      status: 200,
      body: { version: 3, labels: { winner: 'yes' }, spec: { port: 8001 } },
    })
    races = 1
    const matched = await call('PATCH', ONE, { spec: { port: 8002 }, labels: { winner: null } }, { 'if-match': '3' })
    expect([matched.status, matched.body.code]).toEqual([409, 'version_conflict'])
    races = 100
    engine.onReview = () => {
      const current = other.get('web-lb')
      if (current)
        other.put(
          'web-lb',
          { ...current.value, labels: { n: `${current.version}` } },
          { expect: { present: true }, author: 'o' },
        )
    }
    expect((await call('PATCH', ONE, { spec: { port: 8003 } })).status).toBe(409)
    other.close()
  })
})
