// What became of a container: served where, with which labels, or what keeps it out.
import { z } from 'zod'
import { type Answer, answer, refuse, refuseNotFound } from '../answer.ts'
import type { Loose } from '../answer-schemas.ts'
import type { Context } from '../context.ts'
import { type Route, route } from '../route.ts'
import type { Explanation } from '../wire.ts'

const serviceSchema = z.object({
  service: z.string().nullable().describe('Of lb.<name>.publish; null: the one without a name'),
  state: z
    .enum(['serving', 'waiting', 'out'])
    .describe('waiting: in the list of servers, and takes no traffic for now'),
  because: z.string().nullable().describe('What keeps it out or waiting'),
  loadBalancer: z.string().nullable(),
  publishes: z
    .string()
    .nullable()
    .meta({ examples: ['http port 80, host app.example.com'] }),
  target: z.string().nullable(),
  network: z.string().nullable().describe('The Docker network its traffic goes over'),
  taken: z.array(z.object({ label: z.string(), key: z.string() })),
  ignored: z.array(z.object({ label: z.string(), reason: z.string() })),
  remarks: z.array(z.string()),
})

const explanationSchema = z
  .object({
    container: z.string(),
    id: z.string(),
    image: z.string(),
    state: z.string().describe('As Docker says: running, exited, …'),
    health: z.string(),
    because: z.string().nullable().describe('Why none of its services is looked at'),
    services: z.array(serviceSchema),
  })
  .meta({ id: 'Explanation' }) satisfies z.ZodType<Loose<Explanation>>

/** /v1/explain. */
export function explainRoutes(context: Context): Route[] {
  return [
    route({
      method: 'GET',
      url: '/v1/explain/:container',
      tag: 'Watching',
      summary: 'Say whether a container is served, with which labels, and what keeps it out',
      answers: { 200: { description: 'Each of its services', schema: explanationSchema } },
      refusals: [404, 503],
      handle: ({ params }) => explain(context, params.container),
    }),
  ]
}

function explain({ engine }: Context, container: string): Answer {
  const found = engine.explain(container)
  if (found.kind === 'known') return answer(200, found.explanation)
  if (found.kind === 'unknown') {
    const near = found.near === undefined ? '' : `; did you mean ${found.near}?`
    return refuseNotFound(`there is no container ${JSON.stringify(container)}${near}`)
  }
  if (found.kind === 'silent') return refuse(503, 'not_ready', 'Docker has not told its containers yet; ask again soon')
  return refuse(404, 'no_docker', 'this daemon does not read containers; start it with `fairlead up --source docker`')
}
