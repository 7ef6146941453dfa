// For those who watch: alive, ready, metrics.
import { z } from 'zod'
import { answer, refuse } from '../answer.ts'
import type { Context } from '../context.ts'
import { type Route, route } from '../route.ts'

const TAG = 'Watching'

/** /healthz, /readyz and /metrics. */
export function healthRoutes({ engine }: Context): Route[] {
  return [
    route({
      method: 'GET',
      url: '/healthz',
      tag: TAG,
      summary: 'Whether the daemon is alive',
      open: true,
      answers: { 200: { description: 'It is', schema: z.object({ status: z.literal('ok') }) } },
      handle: () => answer(200, { status: 'ok' }),
    }),
    route({
      method: 'GET',
      url: '/readyz',
      tag: TAG,
      summary: 'Whether every source has spoken and a configuration serves',
      open: true,
      answers: { 200: { description: 'Ready', schema: z.object({ ready: z.literal(true), because: z.string() }) } },
      refusals: [503],
      handle: () => {
        const { ready, because } = engine.isReady()
        return ready ? answer(200, { ready, because }) : refuse(503, 'not_ready', because)
      },
    }),
    route({
      method: 'GET',
      url: '/metrics',
      tag: TAG,
      summary: 'Metrics for Prometheus',
      answers: { 200: { description: 'Text format 0.0.4', schema: z.string(), mediaType: 'text/plain' } },
      handle: async () =>
        answer(200, await engine.metrics(), { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }),
    }),
  ]
}
