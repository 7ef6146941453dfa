// Who is busy right now: rates, errors, latencies, by load balancer and by server.
import { z } from 'zod'
import { answer } from '../answer.ts'
import { getEntry, resourceOf } from '../catalogue.ts'
import type { Context } from '../context.ts'
import { word } from '../query-fields.ts'
import { type Route, route } from '../route.ts'
import { topSchema } from '../traffic-schemas.ts'

/** /v1/top. */
export function topRoutes(context: Context): Route[] {
  return [
    route({
      method: 'GET',
      url: '/v1/top',
      tag: 'Watching',
      summary: 'Read rates, errors and latencies as they are now',
      description:
        'HAProxy is read at most once a second, for all who ask together; the first answer takes a second, between its two readings.',
      query: z.strictObject({ name: word('One load balancer, with each of its servers') }),
      answers: { 200: { description: 'Load balancers by name, or one and then its servers', schema: topSchema } },
      refusals: [404],
      handle: async ({ query }) => {
        if (query.name === undefined) return answer(200, await context.engine.top(null))
        const entry = getEntry(context, query.name)
        return entry.ok ? answer(200, await context.engine.top(resourceOf(entry.value).name)) : entry.answer
      },
    }),
  ]
}
