// The node itself: what runs there, the configuration in force, its check, its end.
import { z } from 'zod'
import { outcomeOf } from '../../io/outcome.ts'
import { answer } from '../answer.ts'
import { checkSchema, fileSchema, itemsOf, nodeSchema } from '../answer-schemas.ts'
import type { Context } from '../context.ts'
import { type Route, route } from '../route.ts'

const TAG = 'Node'

/** How long the answer to /v1/down has to leave before the daemon goes. */
const FAREWELL_MS = 50

/** /v1/nodes, /v1/configuration, /v1/check and /v1/down. */
export function nodeRoutes(context: Context): Route[] {
  const { engine } = context
  return [
    route({
      method: 'GET',
      url: '/v1/nodes',
      tag: TAG,
      summary: 'List the nodes, with their HAProxy',
      answers: { 200: { description: 'Every node', schema: itemsOf(nodeSchema) } },
      handle: async () => answer(200, { items: await engine.nodes() }),
    }),
    route({
      method: 'GET',
      url: '/v1/configuration',
      tag: TAG,
      summary: 'Read the HAProxy configuration in force, file by file, secrets blanked',
      answers: { 200: { description: 'Every file', schema: itemsOf(fileSchema) } },
      handle: async () => answer(200, { items: await engine.configuration() }),
    }),
    route({
      method: 'GET',
      url: '/v1/check',
      tag: TAG,
      summary: 'Let HAProxy check the files on disk',
      answers: { 200: { description: "Whether they are valid, in HAProxy's own words", schema: checkSchema } },
      handle: async () => answer(200, await engine.check()),
    }),
    route({
      method: 'POST',
      url: '/v1/down',
      tag: TAG,
      summary: 'Stop HAProxy, after draining, and then the daemon',
      answers: { 202: { description: 'It is going', schema: z.object({ stopping: z.literal(true) }) } },
      handle: ({ author }) => {
        context.log.info(`stopping, as asked by ${author}`)
        setTimeout(() => void stop(context), FAREWELL_MS)
        return answer(202, { stopping: true })
      },
    }),
  ]
}

async function stop({ engine, log }: Context): Promise<void> {
  const stopped = await outcomeOf(engine.down())
  if (!stopped.ok) log.error({ err: stopped.error }, 'could not stop')
}
