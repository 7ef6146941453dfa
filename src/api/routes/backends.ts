// The backends of a load balancer, or of one of its named pools: listed, added, changed, taken out.
import { z } from 'zod'
import { formatTarget, parseTarget } from '../../model/target.ts'
import { findNearest } from '../../spec/nearest.ts'
import {
  type BackendSpec,
  backendSchema,
  healthCheckSchema,
  type LoadBalancerSpec,
  type PoolSpec,
} from '../../spec/schema.ts'
import { type Answer, type Answerable, answer, endWith, ready, refuse, refuseKey, refuseNotFound } from '../answer.ts'
import { backendItemSchema, itemsOf, loadBalancerSchema } from '../answer-schemas.ts'
import { getEntry, resourceOf } from '../catalogue.ts'
import type { Context } from '../context.ts'
import { editPool, findPool } from '../edit-part.ts'
import { isObject, mergePatch } from '../merge-patch.ts'
import { poolWriteQuery, word } from '../query-fields.ts'
import { readPartBody } from '../read-body.ts'
import { type Asked, type Route, route, WRITE_REFUSALS } from '../route.ts'
import type { BackendStatus } from '../wire.ts'

const ALL = '/v1/load-balancers/:name/backends'
const ONE = `${ALL}/:target`
const EXAMPLE = '{"target": "web-1:8080", "weight": 50}'

const poolQuery = z.strictObject({ pool: word('A named pool, instead of the backends at the top') })
const several = z.object({ backends: z.array(backendSchema), healthCheck: healthCheckSchema.optional() })
const addSchema = z.union([backendSchema, several]).meta({
  examples: [{ target: 'web-3:8080' }, { backends: [{ target: 'web-3:8080' }], healthCheck: { path: '/health' } }],
})

/** /v1/load-balancers/{name}/backends. */
export function backendRoutes(context: Context): Route[] {
  const live = { description: 'Live, with the status read back', schema: loadBalancerSchema }
  const shared = { tag: 'Backends', query: poolWriteQuery, refusals: WRITE_REFUSALS }
  return [
    route({
      method: 'GET',
      url: ALL,
      tag: 'Backends',
      summary: 'List the backends, each with its status',
      query: poolQuery,
      answers: { 200: { description: 'In the order of the spec', schema: itemsOf(backendItemSchema) } },
      refusals: [404],
      handle: (asked) => list(context, asked),
    }),
    route({
      ...shared,
      method: 'POST',
      url: ALL,
      summary: 'Add one backend, or several and a health check, as one change',
      body: addSchema,
      answers: { 201: live },
      handle: (asked) => add(context, asked),
    }),
    route({
      ...shared,
      method: 'PATCH',
      url: ONE,
      summary: 'Change one backend: weight, state (ready, drain, maint), backup, maxConnections',
      body: backendSchema.partial(),
      answers: { 200: live },
      handle: (asked) => change(context, asked),
    }),
    route({
      ...shared,
      method: 'DELETE',
      url: ONE,
      summary: 'Take one backend out',
      answers: { 200: live },
      handle: (asked) => remove(context, asked),
    }),
  ]
}

type Writing = Asked<z.output<typeof poolWriteQuery>>

async function list(context: Context, { params, query }: Asked<z.output<typeof poolQuery>>): Promise<Answer> {
  const entry = getEntry(context, params.name)
  if (!entry.ok) return entry.answer
  const { name, spec } = resourceOf(entry.value)
  const part = findPool(spec, query.pool, name)
  if (!part.ok) return part.answer
  const { backends: running } = await context.engine.status(name)
  const pool = query.pool === undefined ? 'main' : `pool.${query.pool}`
  const statusOf = ({ target }: BackendSpec): BackendStatus | null =>
    running.find((each) => each.pool === pool && isSame(each.target, target, spec.targetPort)) ?? null
  return answer(200, { items: (part.value.backends ?? []).map((each) => ({ ...each, status: statusOf(each) })) })
}

async function add(context: Context, asked: Writing): Promise<Answer> {
  const body = readPartBody(asked.body, EXAMPLE)
  if (!body.ok) return body.answer
  const { backends: given, healthCheck, ...one } = body.value
  const isOne = given === undefined
  if (!isOne && !Array.isArray(given)) return refuseKey('backends', `is no list; send [${EXAMPLE}]`)
  const stray = isOne ? undefined : Object.keys(one)[0]
  if (stray !== undefined) return refuseKey(stray, 'does not belong beside backends; known: backends, healthCheck')
  const added: readonly unknown[] = isOne ? [one] : given
  const said = await editPool(context, asked, (part, { name, spec }) => {
    const { backends = [] } = part
    const isThere = (each: unknown) => isObject(each) && indexOf(backends, String(each['target']), spec) >= 0
    const double = added.find(isThere)
    if (isObject(double)) return endWith(refuse(409, 'exists', `${name} has the backend ${double['target']} already`))
    return ready({ ...part, backends: [...backends, ...added], ...(healthCheck === undefined ? {} : { healthCheck }) })
  })
  return said.status === 200 && asked.query.dryRun !== true ? { ...said, status: 201 } : said
}

async function change(context: Context, asked: Writing): Promise<Answer> {
  const body = readPartBody(asked.body, '{"weight": 0}')
  if (!body.ok) return body.answer
  return editBackend(context, asked, (backends, index) => {
    const changed: unknown[] = backends.with(index, mergePatch(backends[index], body.value) as BackendSpec)
    return changed
  })
}

function remove(context: Context, asked: Writing): Promise<Answer> {
  return editBackend(context, asked, (backends, index) => backends.toSpliced(index, 1))
}

function editBackend(
  context: Context,
  asked: Writing,
  edit: (backends: readonly BackendSpec[], index: number) => readonly unknown[],
): Promise<Answer> {
  const { target } = asked.params
  return editPool(context, asked, (part, { name, spec }) => {
    const { backends = [] } = part
    const index = indexOf(backends, target, spec)
    if (index < 0) return refuseUnknownTarget(part, name, target)
    return ready({ ...part, backends: edit(backends, index) })
  })
}

function refuseUnknownTarget({ backends = [] }: PoolSpec, name: string, target: string): Answerable<never> {
  const near = findNearest(
    target,
    backends.map((each) => each.target),
  )
  const hint = near ? `; did you mean ${near}?` : ''
  return endWith(refuseNotFound(`${name} has no backend ${JSON.stringify(target)} there${hint}`))
}

function indexOf(backends: readonly BackendSpec[], target: string, { targetPort }: LoadBalancerSpec): number {
  return backends.findIndex((each) => isSame(each.target, target, targetPort))
}

/** Whether two texts name one target: in any case, IPv6 with or without brackets, a default port left out. */
function isSame(a: string, b: string, port?: number): boolean {
  const canonical = (text: string) => {
    const parsed = parseTarget(/:\d+$/.test(text) || port === undefined ? text : `${text}:${port}`)
    return (parsed.ok ? formatTarget(parsed.value) : text).toLowerCase().replace(/[[\]]/g, '')
  }
  return canonical(a) === canonical(b)
}
