// The access log of a load balancer: its last lines, or a stream of those that come.
import { z } from 'zod'
import { parseDuration } from '../../model/duration.ts'
import { type Answerable, answer, endWith, ready, refuseKey } from '../answer.ts'
import { itemsOf } from '../answer-schemas.ts'
import { getEntry, resourceOf } from '../catalogue.ts'
import type { Context } from '../context.ts'
import type { LogFilter } from '../engine.ts'
import { openStream, STREAM_HEADERS } from '../event-stream.ts'
import { count, flag, word } from '../query-fields.ts'
import { type Route, route } from '../route.ts'
import { logLineSchema } from '../traffic-schemas.ts'
import type { LogLine, LostLines } from '../wire.ts'

/** HAProxy keeps about so many. */
const MOST_LINES = 8000
const USUAL_LINES = 100

const logQuery = z.strictObject({
  follow: flag('`true`: server-sent events `line` as they come, and `lost` where the client was too slow'),
  limit: count(MOST_LINES, `How many of those that are there already, the newest; ${USUAL_LINES} unless told`, 0),
  status: word('A status or a class: 404, 5xx'),
  path: word('A path and what lies below it: /api'),
  host: word('A host'),
  server: word('A target, or its host alone'),
  method: word('A method'),
  slowerThan: word('At least so long: 500ms'),
  requestId: word('The X-Request-Id of one request'),
})

/** /v1/load-balancers/{name}/logs. */
export function logRoutes(context: Context): Route[] {
  return [
    route({
      method: 'GET',
      url: '/v1/load-balancers/:name/logs',
      tag: 'Watching',
      summary: 'Read or follow the access log of a load balancer',
      description:
        'The newest lines HAProxy still has (about 8000 of all load balancers together, none from before a reload). A busy listener logs one request in 10 or 100, and every 5xx.',
      query: logQuery,
      answers: { 200: { description: 'The oldest first', schema: itemsOf(logLineSchema) } },
      refusals: [404],
      handle: async ({ params, query }) => {
        const entry = getEntry(context, params.name)
        if (!entry.ok) return entry.answer
        const { name } = resourceOf(entry.value)
        const filter = toFilter(query)
        if (!filter.ok) return filter.answer
        if (!query.follow) return answer(200, { items: await context.engine.logs(name, filter.value) })
        const follow = (signal: AbortSignal) => context.engine.followLogs(name, filter.value, signal)
        return answer(200, openStream(context, follow, formatBlocks), STREAM_HEADERS)
      },
    }),
  ]
}

function toFilter(query: z.output<typeof logQuery>): Answerable<LogFilter> {
  const { path, host, server, method, requestId, limit = USUAL_LINES } = query
  const status = parseStatus(query.status)
  if (status === null)
    return endWith(refuseKey('?status', `${JSON.stringify(query.status)} is not a status; write 404 or 5xx`))
  const slower = query.slowerThan === undefined ? undefined : parseDuration(query.slowerThan)
  if (slower?.ok === false) return endWith(refuseKey('?slowerThan', slower.message))
  if (path !== undefined && !path.startsWith('/'))
    return endWith(refuseKey('?path', `${JSON.stringify(path)} is not a path; it starts with /`))
  return ready({ status, path, host, server, method, slowerThanMs: slower?.value, requestId, last: limit })
}

/** The first and the last status of "404" or "5xx"; null for what is neither. */
function parseStatus(text: string | undefined): readonly [number, number] | undefined | null {
  if (text === undefined) return undefined
  if (/^[1-5]\d\d$/.test(text)) return [Number(text), Number(text)]
  const [, hundred] = /^([1-5])xx$/i.exec(text) ?? []
  return hundred === undefined ? null : [Number(hundred) * 100, Number(hundred) * 100 + 99]
}

/** Blocks of the event stream format, one a line. JSON holds no line break, so nothing can forge another. */
function formatBlocks(lines: readonly (LogLine | LostLines)[]): string {
  return lines.map((line) => `event: ${'lost' in line ? 'lost' : 'line'}\ndata: ${JSON.stringify(line)}\n\n`).join('')
}
