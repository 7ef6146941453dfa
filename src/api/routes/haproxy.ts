// HAProxy itself: its processes and reloads, and what of earlier configurations still lives.
import { answer } from '../answer.ts'
import { haproxyStatusSchema } from '../answer-schemas.ts'
import type { Context } from '../context.ts'
import { type Route, route } from '../route.ts'

/** /v1/haproxy. */
export function haproxyRoutes({ engine }: Context): Route[] {
  return [
    route({
      method: 'GET',
      url: '/v1/haproxy',
      tag: 'Node',
      summary: 'Read the state of HAProxy: its processes, its reloads, and why old workers still live',
      answers: { 200: { description: 'As it is at this moment', schema: haproxyStatusSchema } },
      handle: async () => answer(200, await engine.haproxy()),
    }),
  ]
}
