// DNS: the records that lead to the domains of load balancers.
import { z } from 'zod'
import { type Answer, answer, refuseNotFound } from '../answer.ts'
import { itemsOf, recordSchema } from '../answer-schemas.ts'
import type { Context } from '../context.ts'
import { type Route, route } from '../route.ts'

const TAG = 'DNS'

/** /v1/dns. */
export function dnsRoutes({ engine, log }: Context): Route[] {
  const answers = { 200: { description: 'By domain', schema: itemsOf(recordSchema) } }
  return [
    route({
      method: 'GET',
      url: '/v1/dns',
      tag: TAG,
      summary: 'List the domains in our zones, as they stood at the last look',
      answers,
      handle: async () => answer(200, { items: engine.records() }),
    }),
    route({
      method: 'GET',
      url: '/v1/dns/plan',
      tag: TAG,
      summary: 'Look at the zones now, and tell what would be done',
      answers,
      handle: async () => answer(200, { items: await engine.planRecords() }),
    }),
    route({
      method: 'POST',
      url: '/v1/dns/:name/take-over',
      tag: TAG,
      summary: 'Make a domain ours whose addresses somebody else has written',
      answers: { 202: { description: 'It is tried', schema: z.object({ domain: z.string() }) } },
      refusals: [404],
      handle: ({ params: { name }, author }): Answer => {
        if (!engine.takeOverRecord(name))
          return refuseNotFound(`no load balancer has the domain ${JSON.stringify(name)} in a zone that --dns names`)
        log.info(`DNS of ${name}: to be taken over, asked by ${author}`)
        return answer(202, { domain: name })
      },
    }),
  ]
}
