// The settings of a pool that the command line sets one by one: stickiness, rate limit, health check.
import { z } from 'zod'
import { healthCheckSchema, rateLimitSchema, stickySchema } from '../../spec/schema.ts'
import { type Answer, answer, endWith, ready, refuseNotFound } from '../answer.ts'
import { loadBalancerSchema } from '../answer-schemas.ts'
import { getEntry, resourceOf } from '../catalogue.ts'
import type { Context } from '../context.ts'
import { editPool, findPool } from '../edit-part.ts'
import { poolWriteQuery, word } from '../query-fields.ts'
import { readPartBody } from '../read-body.ts'
import { type Asked, type Route, route, WRITE_REFUSALS } from '../route.ts'

type Setting = {
  readonly path: string
  readonly key: 'sticky' | 'rateLimit' | 'healthCheck'
  readonly what: string
  readonly schema: z.ZodType
  readonly example: string
}

const SETTINGS: readonly Setting[] = [
  {
    path: 'sticky',
    key: 'sticky',
    what: 'stickiness',
    schema: stickySchema,
    example: '{"mode": "cookie", "cookieName": "SERVERID"}',
  },
  {
    path: 'rate-limit',
    key: 'rateLimit',
    what: 'rate limit',
    schema: rateLimitSchema,
    example: '{"requests": 100, "window": "60s", "action": "deny"}',
  },
  {
    path: 'health-check',
    key: 'healthCheck',
    what: 'health check of its own',
    schema: healthCheckSchema,
    example: '{"type": "http", "path": "/health", "interval": "5s"}',
  },
]

const ONE = '/v1/load-balancers/:name'
const poolQuery = z.strictObject({ pool: word('A named pool, instead of the keys at the top') })

/** /v1/load-balancers/{name}/sticky, /rate-limit and /health-check. */
export function poolSettingRoutes(context: Context): Route[] {
  return SETTINGS.flatMap((setting) => settingRoutes(context, setting))
}

function settingRoutes(context: Context, setting: Setting): Route[] {
  const { path, what, schema, key, example } = setting
  const live = { description: 'Live, with the status read back', schema: loadBalancerSchema }
  const place = { url: `${ONE}/${path}`, tag: 'Settings' }
  const writes = { ...place, query: poolWriteQuery, refusals: WRITE_REFUSALS, answers: { 200: live } }
  return [
    route({
      ...place,
      method: 'GET',
      summary: `Read the ${what}`,
      query: poolQuery,
      answers: { 200: { description: 'As it was set', schema } },
      refusals: [404],
      handle: (asked) => read(context, asked, setting),
    }),
    route({
      ...writes,
      method: 'PUT',
      summary: `Set the ${what}`,
      body: schema.meta({ examples: [JSON.parse(example)] }),
      handle: (asked) => {
        const body = readPartBody(asked.body, example)
        if (!body.ok) return body.answer
        return editPool(context, asked, (part) => ready({ ...part, [key]: body.value }))
      },
    }),
    route({
      ...writes,
      method: 'DELETE',
      summary: `Take the ${what} away`,
      handle: (asked) => unset(context, asked, setting),
    }),
  ]
}

function unset(
  context: Context,
  asked: Asked<z.output<typeof poolWriteQuery>>,
  { key, what }: Setting,
): Promise<Answer> {
  return editPool(context, asked, (part, { name }) => {
    const { [key]: present, ...rest } = part
    return present === undefined ? endWith(refuseNotFound(`${name} has no ${what} there`)) : ready(rest)
  })
}

function read(context: Context, { params, query }: Asked<z.output<typeof poolQuery>>, { key, what }: Setting): Answer {
  const entry = getEntry(context, params.name)
  if (!entry.ok) return entry.answer
  const { name, spec } = resourceOf(entry.value)
  const part = findPool(spec, query.pool, name)
  if (!part.ok) return part.answer
  return part.value[key] === undefined ? refuseNotFound(`${name} has no ${what} there`) : answer(200, part.value[key])
}
