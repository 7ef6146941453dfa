// The bytes of a gRPC health check (grpc.health.v1.Health/Check over HTTP/2), as hex: a question, and what answers look like.

const DATA = 0
const HEADERS = 1
const SETTINGS = 4
const GOAWAY = 7
const END_HEADERS = 4
const END_STREAM = 1

/** The preface, settings, and one request on stream 1 (RFC 9113, section 3.4). */
export function toGrpcQuestion(service: string, host: string): string {
  const preface = [...Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')]
  return toHex([
    ...preface,
    ...frame(SETTINGS, 0, 0, []),
    ...frame(HEADERS, END_HEADERS, 1, toHeaderBlock(host)),
    ...frame(DATA, END_STREAM, 1, toMessage(service)),
  ])
}

/** Headers as literals that nobody indexes (RFC 7541, section 6.2.2); numbers are places in the static table. */
function toHeaderBlock(host: string): number[] {
  return [
    0x83, // :method POST
    0x86, // :scheme http
    ...[0x04, ...text('/grpc.health.v1.Health/Check')], // :path
    ...[0x01, ...text(host)], // :authority
    ...[0x0f, 0x10, ...text('application/grpc')], // content-type
    ...[0x00, ...text('te'), ...text('trailers')],
  ]
}

/** HealthCheckRequest: field 1 is the service; without it the whole server is meant, and the message is empty. */
function toMessage(service: string): number[] {
  const message = service === '' ? [] : [0x0a, ...text(service)]
  return [0, 0, 0, 0, message.length, ...message]
}

/** A length in one byte and the text: for texts below 127 bytes. */
function text(value: string): number[] {
  return [value.length, ...Buffer.from(value, 'latin1')]
}

function frame(type: number, flags: number, stream: number, payload: readonly number[]): number[] {
  const { length } = payload
  return [length >> 16, (length >> 8) & 0xff, length & 0xff, type, flags, 0, 0, 0, stream, ...payload]
}

function toHex(bytes: readonly number[]): string {
  return Buffer.from(bytes).toString('hex').toUpperCase()
}

/** An answer is there: seven bytes of a message, headers that end the stream, or the stream or connection given up. */
export const GRPC_ANSWER =
  '([0-9A-F]{6}000[01]00000001[0-9A-F]{14}|[0-9A-F]{6}010[57]00000001|030000000001|07000000000000)'

/** A HealthCheckResponse with a status below ten: the service is known there. */
export const GRPC_SERVICE_KNOWN = '000007000[01]000000010000000002080[0-9]'

/** Its status is 1, SERVING. */
export const GRPC_SERVING = '000007000[01]0000000100000000020801'

/** The connection is given up in good order; the server has opened no stream. */
export const GRPC_GOODBYE = toHex(frame(GOAWAY, 0, 0, [0, 0, 0, 0, 0, 0, 0, 0]))
