// Server-sent events as an async iterable that goes on where it stopped when the connection breaks.
import type { IncomingMessage } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { outcomeOf } from '../io/outcome.ts'
import { ApiError, toApiError } from './client-error.ts'
import { openResponse, type Sending } from './client-request.ts'
import type { EventRecord, LogLine, LostLines } from './wire.ts'

export type FollowOptions = {
  /** Ends the iteration, without an error. */
  readonly signal: AbortSignal
  /** Told each time a connection is open, before its first event. */
  readonly onOpen?: () => void
  /** Told once each time the connection is lost; the next attempt follows by itself. */
  readonly onLost?: (reason: string) => void
}

export type EventsOptions = FollowOptions & {
  /** Only events after this id; without it all that are kept. */
  readonly after?: string | undefined
}

/** One parsed block of an event stream (WHATWG HTML, section 9.2). */
type Block = { readonly id: string | null; readonly data: string }

const RETRY_MS = 1000

/**
 * Every event once and in order, across broken connections, until the signal aborts. A failure of the first connection
 * is thrown; so is a refusal (`ApiError`) at any time. Later failures are told to `onLost` and tried again each second.
 */
export async function* readEvents(sending: Sending, options: EventsOptions): AsyncGenerator<EventRecord> {
  let after = options.after
  const open = () => openStream(sending, '/v1/events', after, options.signal)
  for await (const { id, data } of readAgain(open, options)) {
    const event = { ...JSON.parse(data), ...(id === null ? {} : { id }) } as EventRecord
    after = event.id
    yield event
  }
}

/** The lines at a path, across broken connections; what comes while there is none is lost. */
export async function* readLogLines(
  sending: Sending,
  paths: { readonly first: string; readonly again: string },
  options: FollowOptions,
): AsyncGenerator<LogLine | LostLines> {
  let path = paths.first
  const open = () => openStream(sending, path, undefined, options.signal)
  for await (const { data } of readAgain(open, options)) {
    path = paths.again
    yield JSON.parse(data) as LogLine | LostLines
  }
}

async function* readAgain(open: () => Promise<IncomingMessage>, options: FollowOptions): AsyncGenerator<Block> {
  for (let attempt = 0; !options.signal.aborted; attempt++) {
    const opened = await outcomeOf(open())
    if (options.signal.aborted) return
    if (!opened.ok && (attempt === 0 || opened.error instanceof ApiError)) throw opened.error
    if (opened.ok) {
      options.onOpen?.()
      yield* readStream(opened.value)
    }
    if (options.signal.aborted) return
    options.onLost?.(opened.ok ? 'the connection was closed' : opened.error.message)
    await outcomeOf(sleep(RETRY_MS, undefined, { signal: options.signal }))
  }
}

async function openStream(
  sending: Sending,
  path: string,
  after: string | undefined,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const headers = { accept: 'text/event-stream', ...(after === undefined ? {} : { 'last-event-id': after }) }
  const response = await openResponse({ method: 'GET', path, headers }, { ...sending, timeoutMs: null, signal })
  const status = response.statusCode ?? 0
  if (status < 400) return response
  const body = await outcomeOf(readJson(response))
  throw toApiError(status, body.ok ? body.value : undefined, sending.connection)
}

async function readJson(response: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk as Buffer)
  return JSON.parse(Buffer.concat(chunks).toString('utf8'))
}

/** The blocks of one connection; ends where it ends, however it ends. */
async function* readStream(response: IncomingMessage): AsyncGenerator<Block> {
  const chunks = response.setEncoding('utf8')[Symbol.asyncIterator]()
  let rest = ''
  for (;;) {
    const next = await outcomeOf(chunks.next())
    if (!next.ok || next.value.done) return
    const blocks = `${rest}${next.value.value}`.split(/\r?\n\r?\n/)
    rest = blocks.pop() ?? ''
    for (const text of blocks) {
      const block = parseBlock(text)
      if (block.data !== '') yield block
    }
  }
}

/** Comments (a colon first) keep a connection awake and say nothing. */
function parseBlock(text: string): Block {
  const fields = text.split(/\r?\n/).map((line) => /^([^:]*):? ?(.*)$/s.exec(line) ?? [])
  const values = (name: string) => fields.filter(([, field]) => field === name).map(([, , value = '']) => value)
  return { id: values('id').at(-1) ?? null, data: values('data').join('\n') }
}
