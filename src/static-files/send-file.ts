// An open file becomes an answer: @fastify/send knows ranges and conditions, we know which file it is.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { isUtf8MimeType, mime, send } from '@fastify/send'
import { Failure } from '../io/failure.ts'
import { outcomeOf } from '../io/outcome.ts'
import { answerPlainly } from './answer-plainly.ts'
import type { Opened } from './open-below.ts'

/** What the answer depends on beside the file. */
export type Manner = { readonly name: string; readonly cacheControl: string | null }

/** Sends it, or says that it has not changed. A file that becomes shorter meanwhile, or a client that goes, ends the connection. */
export async function sendFile(
  request: IncomingMessage,
  response: ServerResponse,
  file: Opened,
  { name, cacheControl }: Manner,
): Promise<void> {
  request.headers.range = widenRange(request.headers.range, file.size)
  // By its number, not its name: @fastify/send looks and opens again, and gets the very file that was looked at.
  const result = await send(request, file.path, {
    dotfiles: 'allow',
    index: false,
    contentType: false,
    cacheControl: false,
  })
  const { statusCode, headers, stream } = result
  if (result.type !== 'file') {
    stream.destroy()
    const range = headers['Content-Range']
    return answerPlainly(response, statusCode, range === undefined ? {} : { 'Content-Range': range })
  }
  const type = statusCode === 304 ? {} : { 'Content-Type': typeOf(name) }
  response.writeHead(statusCode, {
    ...headers,
    ...type,
    ...(cacheControl === null ? {} : { 'Cache-Control': cacheControl }),
  })
  const length = request.method === 'HEAD' || statusCode === 304 ? 0 : Number(headers['Content-Length'])
  const body = length === 0 ? Readable.from([]) : stream
  if (body !== stream) stream.destroy()
  await outcomeOf(pipeline(body, (chunks: AsyncIterable<Buffer>) => exactly(length, chunks), response))
}

/** The last bytes of a file, more than it has, are all of it (RFC 9110, section 14.1.2). */
function widenRange(range: string | undefined, size: number): string | undefined {
  const wanted = /^\s*bytes=\s*-(\d+)\s*$/.exec(range ?? '')?.[1]
  return wanted !== undefined && size > 0 && Number(wanted) >= size ? 'bytes=0-' : range
}

/** An answer that is shorter than it says would take the beginning of the next one for its end. */
async function* exactly(length: number, chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let sent = 0
  for await (const chunk of chunks) {
    sent += chunk.length
    yield chunk
  }
  if (sent !== length) throw new Failure('file-changed', 'the file became shorter while it was sent')
}

function typeOf(name: string): string {
  const type = mime.getType(name) ?? 'application/octet-stream'
  return isUtf8MimeType(type) ? `${type}; charset=utf-8` : type
}
