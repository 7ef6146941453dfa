// Server-sent events as a stream of text for one client, until it leaves or the API closes.
import { once } from 'node:events'
import { PassThrough, type Readable } from 'node:stream'
import { outcomeOf } from '../io/outcome.ts'
import type { Context } from './context.ts'
import type { EventRecord } from './wire.ts'

/** The headers of such an answer. */
export const STREAM_HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store',
  // Proxies in between must not collect events before they pass them on.
  'x-accel-buffering': 'no',
} as const

/** Opens the stream of events after the given one. */
export function openEventStream(context: Context, after: string | undefined): Readable {
  return openStream(context, (signal) => context.engine.events(after, signal), formatEvent)
}

/** Opens a stream of what is told until the signal aborts. A client that reads slowly is waited for. */
export function openStream<T>(
  context: Context,
  follow: (signal: AbortSignal) => AsyncIterable<T>,
  format: (told: T) => string,
): Readable {
  const { closing, heartbeatMs, log, streams } = context
  const left = new AbortController()
  const signal = AbortSignal.any([left.signal, closing])
  const stream = new PassThrough()
  // A first line at once, so that a client knows that it is connected.
  stream.write(': connected\n\n')
  const heartbeat = setInterval(() => {
    if (!stream.writableNeedDrain) stream.write(': alive\n\n')
  }, heartbeatMs)
  streams.add(stream)
  stream.once('close', () => {
    streams.delete(stream)
    left.abort()
  })
  void outcomeOf(copy(follow(signal), format, stream, signal)).then((copied) => {
    clearInterval(heartbeat)
    if (!copied.ok && !signal.aborted) log.error({ err: copied.error }, 'an event stream broke off')
    stream.end()
  })
  return stream
}

async function copy<T>(
  told: AsyncIterable<T>,
  format: (told: T) => string,
  stream: PassThrough,
  signal: AbortSignal,
): Promise<void> {
  for await (const one of told) {
    if (signal.aborted) return
    if (!stream.write(format(one))) await once(stream, 'drain', { signal })
  }
}

/** One block of the event stream format. JSON holds no line break, so nothing can forge another. */
function formatEvent(event: EventRecord): string {
  const id = event.id.replace(/[\r\n\0]/g, '')
  return `id: ${id}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`
}
