// What Fastify or a fault of ours throws becomes an answer of our form. The stack goes into the log alone.
import type { Duplex } from 'node:stream'
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { Failure } from '../io/failure.ts'
import type { Logger } from '../io/log.ts'
import { sendAnswer } from './add-route.ts'
import { type Answer, refuse } from './answer.ts'
import { LARGEST_BODY_BYTES, NOT_JSON } from './json-body.ts'

/** Answers what was thrown. */
export function createErrorHandler(log: Logger) {
  return (error: FastifyError | Failure, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const refusal = describeError(error, request)
    if (error instanceof Failure)
      log.error({ request_id: request.id }, `${request.method} ${pathOf(request)} failed: ${error.message}`)
    else if (refusal.status >= 500)
      log.error({ err: error, request_id: request.id }, `${request.method} ${pathOf(request)} failed`)
    return sendAnswer(request, reply, refusal)
  }
}

/** Answers what is not HTTP at all, or has more headers than Node takes, and hangs up. */
export function refuseBroken(error: { readonly code?: string }, socket: Duplex): void {
  const tooLong = error.code === 'HPE_HEADER_OVERFLOW'
  const status = tooLong ? '431 Request Header Fields Too Large' : '400 Bad Request'
  const sentence = tooLong ? 'the headers are longer than 16 KiB, which is the limit' : 'this is no HTTP request'
  const body = JSON.stringify({ error: sentence, code: 'bad_request' })
  const head = `HTTP/1.1 ${status}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close`
  if (socket.writable && error.code !== 'ECONNRESET') socket.end(`${head}\r\n\r\n${body}`)
  else socket.destroy()
}

function describeError(error: FastifyError | Failure, request: FastifyRequest): Answer {
  if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return refuse(413, 'too_large', `the body is larger than 1 MiB (${LARGEST_BODY_BYTES} bytes), which is the limit`)
  }
  if (error.code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
    const given = request.headers['content-type']
    const shown = given === undefined ? 'it has no Content-Type' : `it is ${JSON.stringify(given.slice(0, 60))}`
    return refuse(415, 'not_json', `the body must be sent as Content-Type: application/json; ${shown}`)
  }
  if (error.code === NOT_JSON) return refuse(400, 'not_json', error.message)
  if (error.code === 'FST_ERR_BAD_URL') return refuse(400, 'bad_request', 'the path holds a % that encodes nothing')
  // The world said no, in a sentence for a person: a disk that is full, a check that was killed.
  if (error instanceof Failure) return refuse(503, 'not_now', error.message)
  const status = error.statusCode ?? 500
  if (status >= 400 && status < 500) return refuse(status, 'bad_request', 'this request is not understood')
  return refuse(500, 'internal', 'this failed for a reason of our own; the log has it under the request_id')
}

function pathOf(request: FastifyRequest): string {
  return request.url.split('?', 1)[0] ?? ''
}
