// History, rollback and plans over the API.
import { describe, expect, test } from 'vitest'
import { type Json, makeApi, resource } from './api-under-test.ts'

const ALL = '/v1/load-balancers'
const ONE = `${ALL}/web-lb`

async function makeThree() {
  const made = await makeApi()
  await made.call('POST', ALL, { ...resource(), labels: { team: 'web' } })
  await made.call('PUT', ONE, resource('web-lb', { port: 8001 }))
  await made.call('DELETE', ONE)
  return made
}

describe('history', () => {
  test('tells every version, newest first, also after a deletion', async () => {
    const { call } = await makeThree()
    const { items } = (await call('GET', `${ONE}/history`)).body
    expect(items.map((each: Json) => [each.version, each.action, each.author, each.spec?.port ?? null])).toEqual([
      [3, 'delete', 'api', null],
      [2, 'update', 'api', 8001],
      [1, 'create', 'api', 8000],
    ])
    expect(items[2].labels).toEqual({ team: 'web' })
    expect((await call('GET', `${ONE}/history?limit=1`)).body.items).toHaveLength(1)
    expect((await call('GET', `${ALL}/nobody/history`)).status).toBe(404)
  })
})

describe('rollback', () => {
  test('makes an old version the newest, labels included, and brings back what was deleted', async () => {
    const { call } = await makeThree()
    const back = await call('POST', `${ONE}/rollback`, { version: 1 })
    expect(back).toMatchObject({ status: 200, body: { version: 4, labels: { team: 'web' }, spec: { port: 8000 } } })
    const { items } = (await call('GET', `${ONE}/history`)).body
    expect([items[0].action, items[0].version]).toEqual(['rollback', 4])
    expect((await call('POST', `${ONE}/rollback?dryRun=true`, { version: 2 })).body.plan).toEqual(['set web-lb'])
    expect((await call('POST', `${ONE}/rollback`, { version: 2 }, { 'if-match': '3' })).status).toBe(409)
    expect((await call('POST', `${ALL}/${back.body.id}/rollback`, { version: 2 })).body.spec.port).toBe(8001)
  })

  test.each([
    [{ version: 9 }, 404, 'web-lb has no version 9; it has 1 to 3'],
    [{ version: 3 }, 422, 'version: 3 is a deletion; take the version before it, 2'],
    [{ version: 'first' }, 422, 'version: says which version to go back to, for example 3'],
    [{ version: 1, spec: {} }, 422, 'spec: there is no such key here; known: version'],
  ])('to %j is refused with %i', async (body, status, error) => {
    const { call } = await makeThree()
    const refused = await call('POST', `${ONE}/rollback`, body)
    expect([refused.status, refused.body.error]).toEqual([status, error])
  })
})

describe('a plan', () => {
  test('is made for one resource, and for several together', async () => {
    const { call, engine, store } = await makeApi()
    expect((await call('POST', '/v1/plan', resource())).body).toEqual({
      plan: ['set web-lb'],
      reload: true,
      because: ['a listener changes'],
      problems: [],
    })
    const several = await call('POST', '/v1/plan', { resources: [resource('a'), resource('b', { port: 8001 })] })
    expect(several.body.plan).toEqual(['set a', 'set b'])
    expect(engine.reviewed.at(-1)).toHaveLength(2)
    expect(store.revision()).toBe(0)
  })

  test('tells what is wrong with each resource and plans the others', async () => {
    const { call, engine } = await makeApi()
    engine.refuse = ({ name }) =>
      name === 'a' ? { code: 'conflict', message: 'port 8000 is taken', path: 'spec.port', fatal: true } : null
    const resources = [resource('a'), resource('b', { port: 0 }), resource('c', { type: 'tcp', port: undefined }), 7]
    const { status, body } = await call('POST', '/v1/plan', { resources })
    expect([status, body.plan]).toEqual([200, ['set a']])
    expect(body.problems.map((each: Json) => [each.code, each.path])).toEqual([
      ['invalid', 'resources[1].spec.port'],
      ['invalid', 'resources[2].spec.port'],
      ['invalid', 'resources[3]'],
      ['conflict', 'spec.port'],
    ])
  })

  test.each([[{ resources: 'all' }], [{ resources: [], name: 'x' }]])('of %j is refused', async (body) => {
    const { call } = await makeApi()
    expect((await call('POST', '/v1/plan', body)).status).toBe(422)
  })
})
