// The load balancers themselves: listed, created, read, replaced, patched, deleted.
import { z } from 'zod'
import { resourceSchema } from '../../spec/schema.ts'
import { type Answer, answer, endWith, ready, refuse, refuseKey } from '../answer.ts'
import { deletedSchema, listSchema, loadBalancerSchema } from '../answer-schemas.ts'
import { findEntry, getEntry, listEntries, refuseUnknown, resourceOf, toAnswer } from '../catalogue.ts'
import { changeLoadBalancer, type Manner } from '../change-load-balancer.ts'
import type { Context } from '../context.ts'
import { checkResource, type Drafting } from '../judge-change.ts'
import { logWrite } from '../log-write.ts'
import { readManner } from '../manner.ts'
import { mergePatch } from '../merge-patch.ts'
import { count, word, writeQuery } from '../query-fields.ts'
import { readResourceBody } from '../read-body.ts'
import { type Asked, type Route, route, WRITE_REFUSALS } from '../route.ts'

const TAG = 'Load balancers'
const ALL = '/v1/load-balancers'
const ONE = `${ALL}/:name`

const listQuery = z.strictObject({
  limit: count(1000, 'How many at most; without it all'),
  cursor: word('Where the page before ended: its nextCursor'),
  label: z
    .union([z.string(), z.array(z.string())])
    .optional()
    .describe('key=value; several must all match'),
})

const live = { description: 'Live, with the status read back', schema: loadBalancerSchema }
const patchSchema = z
  .object({
    labels: z.record(z.string(), z.string().nullable()).optional(),
    spec: z.record(z.string(), z.unknown()).optional(),
  })
  .meta({ examples: [{ labels: { team: 'web' }, spec: { port: 8000, rateLimit: null } }] })

/** /v1/load-balancers and /v1/load-balancers/{name}. */
export function loadBalancerRoutes(context: Context): Route[] {
  return [...readingRoutes(context), ...writingRoutes(context)]
}

function readingRoutes(context: Context): Route[] {
  return [
    route({
      method: 'GET',
      url: ALL,
      tag: TAG,
      summary: 'List load balancers, of every source, sorted by name',
      query: listQuery,
      answers: { 200: { description: 'One page', schema: listSchema } },
      handle: ({ query }) => list(context, query),
    }),
    route({
      method: 'GET',
      url: ONE,
      tag: TAG,
      summary: 'Read one load balancer, with its status',
      description: 'The ETag header is its version, for If-Match.',
      answers: { 200: { description: 'As it stands', schema: loadBalancerSchema } },
      refusals: [404],
      handle: ({ params }) => read(context, params.name),
    }),
  ]
}

function writingRoutes(context: Context): Route[] {
  const shared = { tag: TAG, query: writeQuery, refusals: WRITE_REFUSALS }
  return [
    route({
      ...shared,
      method: 'POST',
      url: ALL,
      summary: 'Create a load balancer',
      body: resourceSchema,
      answers: { 201: live },
      handle: (asked) => create(context, asked),
    }),
    route({
      ...shared,
      method: 'PUT',
      url: ONE,
      summary: 'Replace a load balancer, or create it where there is none',
      description: 'If-Match: the version it must have, or *. A body equal to what stands changes nothing.',
      body: resourceSchema.partial({ name: true }),
      answers: { 200: live, 201: { ...live, description: 'Created and live' } },
      handle: (asked) => replace(context, asked),
    }),
    route({
      ...shared,
      method: 'PATCH',
      url: ONE,
      summary: 'Change some keys of a load balancer: JSON merge patch of {labels, spec}',
      description: 'null takes a key away, a list replaces the list that was there.',
      body: patchSchema,
      answers: { 200: live },
      handle: (asked) => patch(context, asked),
    }),
    route({
      ...shared,
      method: 'DELETE',
      url: ONE,
      summary: 'Delete a load balancer',
      answers: { 200: { description: 'It is gone and serves no more', schema: deletedSchema } },
      handle: (asked) => remove(context, asked),
    }),
  ]
}

async function list(context: Context, { label, ...page }: z.output<typeof listQuery>): Promise<Answer> {
  const given = label === undefined ? [] : [label].flat()
  const labels = given.map((text) => [text.slice(0, text.indexOf('=')), text.slice(text.indexOf('=') + 1)] as const)
  const bad = given.find((text) => !/^[^=]+=/.test(text))
  if (bad !== undefined) return refuseKey('?label', `${JSON.stringify(bad)} is not key=value, for example team=web`)
  const listed = await listEntries(context, { ...page, labels })
  return listed.ok ? answer(200, listed.value) : listed.answer
}

async function read(context: Context, nameOrId: string): Promise<Answer> {
  const entry = getEntry(context, nameOrId)
  if (!entry.ok) return entry.answer
  const body = toAnswer(entry.value, await context.engine.status(resourceOf(entry.value).name))
  return answer(200, body, { etag: `"${body.version}"` })
}

async function create(context: Context, asked: Asked<z.output<typeof writeQuery>>): Promise<Answer> {
  const manner = readManner(asked)
  if (!manner.ok) return manner.answer
  const body = readResourceBody(asked.body)
  if (!body.ok) return body.answer
  const checked = checkResource(body.value)
  if (!checked.ok)
    return refuseCreation(context, String(body.value['name'] ?? 'a new one'), manner.value, checked.answer)
  const { name } = checked.value
  const drafting: Drafting = (current) => {
    if (!current) return ready(checked.value)
    const advice = `replace it with PUT ${ALL}/${name}, or with \`fairlead apply -f FILE\``
    return endWith(refuse(409, 'exists', `${name} exists already, at version ${current.version}; ${advice}`))
  }
  return changeLoadBalancer(context, name, drafting, manner.value)
}

function refuseCreation({ log }: Context, name: string, { author, dryRun }: Manner, refusal: Answer): Answer {
  const startedAt = performance.now()
  if (!dryRun) logWrite(log, { name: name.slice(0, 63), action: 'none', author, answer: refusal, startedAt })
  return refusal
}

async function replace(context: Context, asked: Asked<z.output<typeof writeQuery>>): Promise<Answer> {
  const manner = readManner(asked)
  if (!manner.ok) return manner.answer
  const body = readResourceBody(asked.body)
  if (!body.ok) return body.answer
  const name = nameOf(context, asked.params.name)
  return changeLoadBalancer(context, name, () => ready({ name, ...body.value }), manner.value)
}

async function patch(context: Context, asked: Asked<z.output<typeof writeQuery>>): Promise<Answer> {
  const manner = readManner(asked)
  if (!manner.ok) return manner.answer
  const body = readResourceBody(asked.body)
  if (!body.ok) return body.answer
  const name = nameOf(context, asked.params.name)
  const drafting: Drafting = (current) =>
    current ? ready(mergePatch(current.value, body.value)) : endWith(refuseUnknown(context, name))
  return changeLoadBalancer(context, name, drafting, manner.value)
}

async function remove(context: Context, asked: Asked<z.output<typeof writeQuery>>): Promise<Answer> {
  const manner = readManner(asked)
  if (!manner.ok) return manner.answer
  const name = nameOf(context, asked.params.name)
  const drafting: Drafting = (current) => (current ? ready(null) : endWith(refuseUnknown(context, name)))
  return changeLoadBalancer(context, name, drafting, manner.value)
}

/** The name behind a name or an id; what nobody has may be the name of one to come. */
function nameOf(context: Context, nameOrId: string): string {
  const entry = findEntry(context, nameOrId)
  return entry ? resourceOf(entry).name : nameOrId
}
