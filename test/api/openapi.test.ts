// The OpenAPI document: complete, and true to itself.
import { expect, test } from 'vitest'
import { type Json, makeApi } from './api-under-test.ts'

const METHODS = ['get', 'post', 'put', 'patch', 'delete']

async function readDocument(): Promise<Json> {
  const { call } = await makeApi({ program: 'agentmetal' })
  return (await call('GET', '/openapi.json')).body
}

function operationsOf(document: Json): [string, Json][] {
  return Object.entries<Json>(document.paths).flatMap(([path, item]) =>
    Object.entries<Json>(item).map(([method, operation]): [string, Json] => [`${method} ${path}`, operation]),
  )
}

test('says what it describes and how to get in', async () => {
  const document = await readDocument()
  expect(document.openapi).toBe('3.1.0')
  expect(document.info).toMatchObject({ title: 'agentmetal API', version: '1.2.3' })
  expect(Object.keys(document.components.securitySchemes)).toEqual(['bearer', 'apiKey'])
  expect(document.security).toEqual([{ bearer: [] }, { apiKey: [] }])
  expect(document.paths['/healthz'].get.security).toEqual([])
})

test('every operation has a summary of its own, a tag, answers with schemas, and its parameters described', async () => {
  const operations = operationsOf(await readDocument())
  expect(operations.length).toBeGreaterThan(30)
  for (const [name, operation] of operations) {
    expect(METHODS, name).toContain(name.split(' ')[0])
    expect(operation.summary, name).toMatch(/^[A-Z].{10,}/)
    expect(operation.tags, name).toHaveLength(1)
    const described = (operation.parameters ?? []).map((each: Json) => each.name)
    for (const [, parameter] of name.matchAll(/\{(\w+)\}/g)) expect(described, name).toContain(parameter)
    for (const each of operation.parameters ?? []) expect(each.description, `${name} ${each.name}`).toMatch(/.{5,}/)
    const answers = Object.entries<Json>(operation.responses)
    expect(answers.length, name).toBeGreaterThan(0)
    for (const [status, { description, content }] of answers) {
      expect(description, `${name} ${status}`).toMatch(/.{2,}/)
      expect(Object.values<Json>(content)[0].schema, `${name} ${status}`).toBeTypeOf('object')
    }
  }
})

test('every operation that writes describes a body with an example, If-Match and dryRun', async () => {
  for (const [name, operation] of operationsOf(await readDocument())) {
    const parameters = (operation.parameters ?? []).map((each: Json) => each.name)
    if (parameters.includes('dryRun')) expect(parameters, name).toEqual(expect.arrayContaining(['if-match', 'wait']))
    if (!/^(post|put|patch)/.test(name) || /tls$|down$|renew$|take-over$/.test(name)) continue
    expect(operation.requestBody.content['application/json'].schema, name).toBeTypeOf('object')
  }
})

test('every reference leads somewhere, and no schema is there for nothing', async () => {
  const document = await readDocument()
  const known = Object.keys(document.components.schemas)
  const used = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)].map(
    ([, name]) => name,
  )
  expect(used.length).toBeGreaterThan(50)
  expect([...new Set(used)].toSorted()).toEqual(known.toSorted())
  expect(JSON.stringify(document)).not.toContain('__SCHEMA')
})
