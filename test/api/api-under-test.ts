// The API on a real store and a fake daemon; each of its answers is held against its own OpenAPI document.

import type { OutgoingHttpHeaders } from 'node:http'
import { join } from 'node:path'
import { expect, onTestFinished } from 'vitest'
import { z } from 'zod'
import { type Api, type ApiOptions, createApi } from '../../src/api/create-api.ts'
import { createLogger } from '../../src/io/log.ts'
import type { LoadBalancerInput } from '../../src/spec/schema.ts'
import { openSqliteStore } from '../../src/store/sqlite-store.ts'
import { createFakeEngine } from '../fakes/fake-engine.ts'
import { temporaryFolder } from '../io/temporary-folder.ts'

export const KEY = 'fl_test-key-that-nobody-guesses'

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
type Sent = { readonly headers?: Record<string, string>; readonly payload?: string }

// biome-ignore lint/suspicious/noExplicitAny: answers are JSON, and each test says what it expects of them
export type Json = any

/** What came back; `body` is JSON where it says so, else text. */
export type Reply = { readonly status: number; readonly headers: OutgoingHttpHeaders; readonly body: Json }

/** The same for every API, and slow to make. */
let document: Json

/** Makes the API; `call` sends a request with the key and a JSON body. */
export async function makeApi(options: Partial<ApiOptions> = {}) {
  const folder = temporaryFolder()
  const path = join(folder, 'store.db')
  const store = openSqliteStore<LoadBalancerInput>(path, 'LoadBalancer')
  const engine = createFakeEngine(store)
  const lines: Record<string, unknown>[] = []
  const stream = { write: (line: string) => lines.push(JSON.parse(line)) }
  const log = createLogger({ format: 'json', level: 'debug', stream })
  const api = await createApi({ store, engine, apiKey: KEY, log, version: '1.2.3', ...options })
  onTestFinished(async () => {
    await api.close()
    store.close()
  })
  document ??= (await send(api, 'GET', '/openapi.json')).body
  const call = async (method: Method, url: string, body?: unknown, headers: Record<string, string> = {}) => {
    const payload = body === undefined ? {} : { payload: JSON.stringify(body) }
    const json = body === undefined ? {} : { 'content-type': 'application/json' }
    const reply = await send(api, method, url, { headers: { ...json, ...headers }, ...payload })
    expectDocumented(method, url, reply)
    return reply
  }
  return { api, call, document, engine, folder, lines, log, path, store }
}

/** Sends a request as it is, with the key unless the headers say otherwise. */
export async function send(
  api: Api,
  method: Method,
  url: string,
  { headers = {}, payload }: Sent = {},
): Promise<Reply> {
  const key = 'x-api-key' in headers || 'authorization' in headers ? {} : { authorization: `Bearer ${KEY}` }
  const given = payload === undefined ? {} : { payload }
  const response = await api.app.inject({ method, url, headers: { ...key, ...headers }, ...given })
  const isJson = String(response.headers['content-type']).startsWith('application/json')
  return { status: response.statusCode, headers: response.headers, body: isJson ? response.json() : response.body }
}

/** A resource with one backend. */
export function resource(name = 'web-lb', spec: object = {}) {
  return { name, spec: { port: 8000, backends: [{ target: 'web-1:8080' }], ...spec } }
}

/** The answer's status is documented for its route, and its body is as documented. */
function expectDocumented(method: Method, url: string, { status, body }: Reply): void {
  const operation = findOperation(method, url)
  if (!operation) return
  const documented = operation.responses[status]?.content
  expect(documented, `${method} ${url} answers ${status}, which is not documented`).toBeDefined()
  const schema = documented['application/json']?.schema
  if (!schema) return
  const { schemas } = document.components
  const json = JSON.stringify({ ...schema, $defs: schemas }).replaceAll('#/components/schemas/', '#/$defs/')
  const result = z.fromJSONSchema(JSON.parse(json)).safeParse(body)
  expect(result.error?.issues ?? [], `the answer of ${method} ${url} is not as documented`).toEqual([])
}

function findOperation(method: Method, url: string) {
  const parts =
    url.split('?', 1)[0]?.replace('/v1/loadbalancers', '/v1/load-balancers').replace(/\/$/, '').split('/') ?? []
  const path = Object.keys(document.paths).find((pattern) => {
    const words = pattern.split('/')
    return words.length === parts.length && words.every((word, index) => word.startsWith('{') || word === parts[index])
  })
  return path === undefined ? undefined : document.paths[path][method.toLowerCase()]
}
