// Events as a stream of text for one client, until it leaves or the API closes.
import { once } from 'node:events'
import { PassThrough, type Readable } from 'node:stream'
import { outcomeOf } from '../io/outcome.ts'
import type { Context } from './context.ts'
import type { EventRecord } from './wire.ts'

/** Opens the stream of events after the given one. A client that reads slowly is waited for. */
export function openEventStream(context: Context, after: string | undefined): Readable {
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
  void outcomeOf(copyEvents(context, after, stream, signal)).then((copied) => {
    clearInterval(heartbeat)
    if (!copied.ok && !signal.aborted) log.error({ err: copied.error }, 'an event stream broke off')
    stream.end()
  })
  return stream
}

async function copyEvents(
  { engine }: Context,
  after: string | undefined,
  stream: PassThrough,
  signal: AbortSignal,
): Promise<void> {
  for await (const event of engine.events(after, signal)) {
    if (signal.aborted) return
    if (!stream.write(formatEvent(event))) await once(stream, 'drain', { signal })
  }
}

/** One block of the event stream format. JSON holds no line break, so nothing can forge another. */
function formatEvent(event: EventRecord): string {
  const id = event.id.replace(/[\r\n\0]/g, '')
  return `id: ${id}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`
}
