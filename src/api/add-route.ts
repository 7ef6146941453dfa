// Puts a route onto Fastify: its documentation, its query read strictly, its answer sent.
import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Answer } from './answer.ts'
import { errorSchema, planSchema } from './answer-schemas.ts'
import { authorOf } from './author.ts'
import { isObject } from './merge-patch.ts'
import { readQuery } from './query-fields.ts'
import type { Documented, Route } from './route.ts'

const PARAMETERS = {
  name: z
    .string()
    .describe('Name or id of a load balancer')
    .meta({ examples: ['web-lb'] }),
  target: z
    .string()
    .describe('Target of a backend, percent-encoded')
    .meta({ examples: ['web-1:8080'] }),
  container: z
    .string()
    .describe("A container's name, or the beginning of its id")
    .meta({ examples: ['web1'] }),
} as const

const WRITE_HEADERS = z.object({
  'if-match': z.string().optional().describe('The version it must have (`3` or its ETag `"3"`), or *'),
})

const REFUSALS: Readonly<Record<number, string>> = {
  400: 'The body is not JSON',
  401: 'No valid API key was sent',
  404: 'There is nothing of this name',
  409: 'It exists already, is owned by someone else, or If-Match is not its version',
  413: 'The body is larger than 1 MiB',
  415: 'The body is sent as something else than JSON',
  422: 'Something in it is not allowed; details say where',
  429: 'Too many requests; Retry-After says when to come back',
  500: 'A fault of the program; the log has it under the request_id',
  503: 'Not ready yet, or the machine says no, for the reason told: a full disk, a HAProxy that does not answer',
}

/** Adds one route. */
export function addRoute(app: FastifyInstance, declared: Route): void {
  app.route({
    method: declared.method,
    url: declared.url,
    // HEAD of an endless stream would never end.
    exposeHeadRoute: declared.answers[200]?.mediaType !== 'text/event-stream' && !declared.query?.shape['follow'],
    schema: documentRoute(declared),
    config: { open: declared.open ?? false },
    handler: async (request, reply) => {
      const query = readQuery(declared.query, request.query)
      if (!query.ok) return sendAnswer(request, reply, query.answer)
      const { headers, body, params } = request
      const { name = '', target = '', container = '' } = params as Readonly<Record<string, string>>
      const asked = {
        params: { name, target, container },
        query: query.value,
        body,
        headers,
        author: authorOf(request),
      }
      return sendAnswer(request, reply, await declared.handle(asked))
    },
  })
}

/** Sends an answer; refusals get the id under which the log knows the request. */
export function sendAnswer(request: FastifyRequest, reply: FastifyReply, said: Answer): FastifyReply {
  const { status, body, headers = {} } = said
  reply.code(status).headers(headers)
  if (status < 400 || !isObject(body) || body instanceof Readable) return reply.send(body)
  return reply.type('application/json; charset=utf-8').send({ ...body, request_id: request.id })
}

function documentRoute({ url, tag, summary, description, query, body, answers, refusals = [], open }: Route) {
  const names = [...url.matchAll(/:(\w+)/g)].map(([, name]) => name as keyof typeof PARAMETERS)
  const params = Object.fromEntries(names.map((name) => [name, PARAMETERS[name]]))
  const statuses = [...(open ? [] : [401, 429, 500]), ...(query ? [422] : []), ...refusals]
  const refused = Object.fromEntries(statuses.map((status) => [status, refusalOf(status)]))
  const isWrite = query !== undefined && 'dryRun' in query.shape
  const given = Object.entries(isWrite ? withPlan(answers) : answers)
  return {
    summary,
    tags: [tag],
    ...(description === undefined ? {} : { description }),
    ...(names.length === 0 ? {} : { params: z.object(params) }),
    ...(query === undefined ? {} : { querystring: query }),
    ...(body === undefined ? {} : { body }),
    ...(isWrite ? { headers: WRITE_HEADERS } : {}),
    ...(open ? { security: [] } : {}),
    response: { ...refused, ...Object.fromEntries(given.map(([status, each]) => [status, documentAnswer(each)])) },
  }
}

/** ?dryRun=true turns every write's answer into a plan, with status 200. */
function withPlan({ 200: done, ...others }: Route['answers']): Route['answers'] {
  if (done === undefined) return { ...others, 200: { description: 'With dryRun: the plan', schema: planSchema } }
  const description = `${done.description}; with dryRun the plan`
  return { ...others, 200: { description, schema: z.union([done.schema, planSchema]) } }
}

function documentAnswer({ description, schema, mediaType = 'application/json' }: Documented) {
  return { description, content: { [mediaType]: { schema } } }
}

function refusalOf(status: number) {
  return documentAnswer({ description: REFUSALS[status] ?? '', schema: errorSchema })
}
