// What happens, as it happens: server-sent events.
import { z } from 'zod'
import { answer } from '../answer.ts'
import type { Context } from '../context.ts'
import { openEventStream, STREAM_HEADERS } from '../event-stream.ts'
import { word } from '../query-fields.ts'
import { type Route, route } from '../route.ts'

/** /v1/events. */
export function eventRoutes(context: Context): Route[] {
  return [
    route({
      method: 'GET',
      url: '/v1/events',
      tag: 'Events',
      summary: 'Follow what happens (server-sent events)',
      description: 'Starts with the events still kept, or after the one named by Last-Event-ID or ?after.',
      query: z.strictObject({ after: word('Id of the last event already seen') }),
      answers: {
        200: {
          description: 'One event a block: id, event, data (JSON)',
          schema: z.string(),
          mediaType: 'text/event-stream',
        },
      },
      handle: ({ query, headers }) => {
        const seen = headers['last-event-id']
        // A browser that reconnects repeats the whole URL: what it saw last is in the header alone.
        const after = typeof seen === 'string' && seen !== '' ? seen : query.after
        return answer(200, openEventStream(context, after), STREAM_HEADERS)
      },
    }),
  ]
}
