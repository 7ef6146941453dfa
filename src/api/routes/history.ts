// What a load balancer was before, and the way back to it.
import { z } from 'zod'
import { type Answer, answer, endWith, ready, refuseKey, refuseNotFound } from '../answer.ts'
import { historyEntrySchema, itemsOf, loadBalancerSchema } from '../answer-schemas.ts'
import { findEntry, refuseForeign, refuseUnknown } from '../catalogue.ts'
import { changeLoadBalancer } from '../change-load-balancer.ts'
import type { Context } from '../context.ts'
import { readManner } from '../manner.ts'
import { count, writeQuery } from '../query-fields.ts'
import { readPartBody } from '../read-body.ts'
import { type Asked, type Route, route, WRITE_REFUSALS } from '../route.ts'
import { toHistoryEntry } from '../to-wire.ts'

const TAG = 'History'
const ONE = '/v1/load-balancers/:name'
const historyQuery = z.strictObject({ limit: count(100_000, 'How many at most; without it all') })

/** /v1/load-balancers/{name}/history and /rollback. */
export function historyRoutes(context: Context): Route[] {
  return [
    route({
      method: 'GET',
      url: `${ONE}/history`,
      tag: TAG,
      summary: 'List every version of it, newest first; also of one that was deleted',
      query: historyQuery,
      answers: { 200: { description: 'Newest first', schema: itemsOf(historyEntrySchema) } },
      refusals: [404],
      handle: (asked) => list(context, asked),
    }),
    route({
      method: 'POST',
      url: `${ONE}/rollback`,
      tag: TAG,
      summary: 'Go back to an earlier version, as a new one; a deleted load balancer comes back',
      query: writeQuery,
      body: z.strictObject({ version: z.int().min(1) }).meta({ examples: [{ version: 3 }] }),
      answers: { 200: { description: 'Live, with the status read back', schema: loadBalancerSchema } },
      refusals: WRITE_REFUSALS,
      handle: (asked) => rollback(context, asked),
    }),
  ]
}

/** A name whose history there is: of a load balancer that stands, or of one that did. */
function findName(context: Context, nameOrId: string) {
  const entry = findEntry(context, nameOrId)
  if (entry && 'foreign' in entry) return endWith<string>(refuseForeign(entry.foreign))
  const name = entry ? entry.own.name : nameOrId
  return context.store.history(name).length > 0 ? ready(name) : endWith<string>(refuseUnknown(context, nameOrId))
}

function list(context: Context, { params, query }: Asked<z.output<typeof historyQuery>>): Answer {
  const name = findName(context, params.name)
  if (!name.ok) return name.answer
  const revisions = context.store.history(name.value).slice(0, query.limit)
  return answer(200, { items: revisions.map(toHistoryEntry) })
}

async function rollback(context: Context, asked: Asked<z.output<typeof writeQuery>>): Promise<Answer> {
  const manner = readManner(asked)
  if (!manner.ok) return manner.answer
  const body = readPartBody(asked.body, '{"version": 3}')
  if (!body.ok) return body.answer
  const { version, ...stray } = body.value
  const unknown = Object.keys(stray)[0]
  if (unknown !== undefined) return refuseKey(unknown, 'there is no such key here; known: version')
  if (!Number.isSafeInteger(version)) return refuseKey('version', 'says which version to go back to, for example 3')
  const name = findName(context, asked.params.name)
  if (!name.ok) return name.answer
  const drafting = () => findVersion(context, name.value, Number(version))
  const said = await changeLoadBalancer(context, name.value, drafting, { ...manner.value, rollback: true })
  return said.status === 201 ? { ...said, status: 200 } : said
}

function findVersion({ store }: Context, name: string, version: number) {
  const history = store.history(name)
  const found = history.find((each) => each.version === version)
  const newest = history[0]?.version ?? 0
  if (!found) return endWith(refuseNotFound(`${name} has no version ${version}; it has 1 to ${newest}`))
  if (found.value !== null) return ready<unknown>(found.value)
  return endWith(refuseKey('version', `${version} is a deletion; take the version before it, ${version - 1}`))
}
