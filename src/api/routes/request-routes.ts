// The routes of a load balancer, by host and path: listed, added, taken out.
import type { z } from 'zod'
import { parseHostPattern, parsePathPrefix } from '../../model/text.ts'
import { type RouteSpec, routeSchema } from '../../spec/schema.ts'
import { formatMatch } from '../../spec/to-routes.ts'
import { type Answer, answer, endWith, ready, refuse, refuseKey, refuseNotFound } from '../answer.ts'
import { itemsOf, loadBalancerSchema } from '../answer-schemas.ts'
import { getEntry, resourceOf } from '../catalogue.ts'
import type { Context } from '../context.ts'
import { editSpec } from '../edit-part.ts'
import { isObject } from '../merge-patch.ts'
import { word, writeQuery } from '../query-fields.ts'
import { readPartBody } from '../read-body.ts'
import { type Asked, type Route, route, WRITE_REFUSALS } from '../route.ts'

const ALL = '/v1/load-balancers/:name/routes'
const EXAMPLE = '{"match": {"host": "api.example.com", "path": "/api"}, "backends": [{"target": "api-1:8080"}]}'

const removeQuery = writeQuery.extend({
  host: word('Host of the route; left out: any host'),
  path: word('Path of the route; left out: /'),
})

type Match = { readonly host: string | null; readonly path: string }

/** /v1/load-balancers/{name}/routes. */
export function requestRoutes(context: Context): Route[] {
  const live = { description: 'Live, with the status read back', schema: loadBalancerSchema }
  const place = { url: ALL, tag: 'Routes' }
  return [
    route({
      ...place,
      method: 'GET',
      summary: 'List the routes',
      answers: { 200: { description: 'In the order of the spec', schema: itemsOf(routeSchema) } },
      refusals: [404],
      handle: ({ params }) => {
        const entry = getEntry(context, params.name)
        return entry.ok ? answer(200, { items: resourceOf(entry.value).spec.routes ?? [] }) : entry.answer
      },
    }),
    route({
      ...place,
      method: 'POST',
      summary: 'Add a route',
      query: writeQuery,
      body: routeSchema.meta({ examples: [JSON.parse(EXAMPLE)] }),
      answers: { 201: live },
      refusals: WRITE_REFUSALS,
      handle: (asked) => add(context, asked),
    }),
    route({
      ...place,
      method: 'DELETE',
      summary: 'Take a route out, named by its match',
      query: removeQuery,
      answers: { 200: live },
      refusals: WRITE_REFUSALS,
      handle: (asked) => remove(context, asked),
    }),
  ]
}

async function add(context: Context, asked: Asked<z.output<typeof writeQuery>>): Promise<Answer> {
  const body = readPartBody(asked.body, EXAMPLE)
  if (!body.ok) return body.answer
  const match = isObject(body.value['match']) ? body.value['match'] : {}
  const said = await editSpec(context, asked, (spec, { name }) => {
    const { routes = [] } = spec
    const wanted = canonical(match)
    if (!routes.some((each) => isSame(canonical(each.match), wanted)))
      return ready({ ...spec, routes: [...routes, body.value] })
    return endWith(refuse(409, 'exists', `${name} has a route for ${formatMatch(wanted)} already`))
  })
  return said.status === 200 && asked.query.dryRun !== true ? { ...said, status: 201 } : said
}

async function remove(context: Context, asked: Asked<z.output<typeof removeQuery>>): Promise<Answer> {
  const { host, path } = asked.query
  if (host === undefined && path === undefined) {
    return refuseKey('?host', 'is missing; name the route by ?host=, ?path= or both')
  }
  return editSpec(context, asked, (spec, { name }) => {
    const { routes = [] } = spec
    const wanted = canonical({ host, path })
    const kept = routes.filter((each: RouteSpec) => !isSame(canonical(each.match), wanted))
    if (kept.length < routes.length) return ready({ ...spec, routes: kept })
    const known = routes.map((each) => formatMatch(canonical(each.match))).slice(0, 5)
    const hint = known.length > 0 ? `; it has ${known.join('; ')}` : '; it has none'
    return endWith(refuseNotFound(`${name} has no route for ${formatMatch(wanted)}${hint}`))
  })
}

/** A match as the model sees it; what is not allowed there stays as it is and is refused with the whole resource. */
function canonical(match: { readonly host?: unknown; readonly path?: unknown }): Match {
  const [hostText, pathText] = [match.host, match.path ?? '/'].map((part) =>
    part === undefined ? undefined : String(part),
  )
  const host = hostText === undefined ? undefined : parseHostPattern(hostText)
  const path = parsePathPrefix(pathText ?? '/')
  return { host: host?.ok ? host.value : (hostText ?? null), path: path.ok ? path.value : (pathText ?? '/') }
}

function isSame(a: Match, b: Match): boolean {
  return a.host === b.host && a.path === b.path
}
