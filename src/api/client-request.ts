// One request to the API over a unix socket or TCP, and its answer.
import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { userInfo } from 'node:os'
import { Failure } from '../io/failure.ts'
import { outcomeOf } from '../io/outcome.ts'
import type { Connection } from './client-connection.ts'
import { formatPlace, notFairlead, toApiError, unreachable } from './client-error.ts'

/** A request: `path` starts at /v1 and holds its query. */
export type ApiRequest = {
  readonly method: string
  readonly path: string
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/** How a request is sent. */
export type Sending = {
  readonly connection: Connection
  /** The name hints use: fairlead or agentmetal. */
  readonly program: string
  /** For the whole answer; null: as long as it takes. */
  readonly timeoutMs: number | null
  readonly signal?: AbortSignal | undefined
}

/**
 * Sends a request and answers its JSON (undefined for an empty body). Failures: `ApiError` for a status of 400 and
 * above, `unreachable` where nobody answers, `timeout`, `not-fairlead` where somebody else does.
 */
export async function sendRequest(request: ApiRequest, sending: Sending): Promise<unknown> {
  const response = await openResponse(request, sending)
  const chunks: Buffer[] = []
  const read = await outcomeOf(collect(response, chunks))
  if (!read.ok)
    throw new Failure('broken-answer', `${formatPlace(sending.connection)} broke off its answer`, read.error)
  const text = Buffer.concat(chunks).toString('utf8')
  const parsed = await outcomeOf(Promise.try(() => (text === '' ? undefined : JSON.parse(text))))
  const status = response.statusCode ?? 0
  if (parsed.ok && status < 400) return parsed.value
  if (status >= 400 && (parsed.ok || status >= 500)) {
    throw toApiError(status, parsed.ok ? parsed.value : undefined, sending.connection)
  }
  throw notFairlead(sending.connection)
}

/** Sends a request and answers as soon as the head of the answer is there. Failures `unreachable` and `timeout`. */
export async function openResponse(request: ApiRequest, sending: Sending): Promise<IncomingMessage> {
  const { connection, timeoutMs } = sending
  const body = request.body === undefined ? undefined : JSON.stringify(request.body)
  const headers = { ...makeHeaders(connection, body), ...(await authorHeader()), ...request.headers }
  const timeout = timeoutMs === null ? [] : [AbortSignal.timeout(timeoutMs)]
  const signal = AbortSignal.any([...timeout, ...(sending.signal ? [sending.signal] : [])])
  const opened = await outcomeOf(open(connection, { method: request.method, headers, signal }, request.path, body))
  if (opened.ok) return opened.value
  if (timeout[0]?.aborted) {
    const seconds = (timeoutMs ?? 0) / 1000
    throw new Failure('timeout', `${formatPlace(connection)} gave no answer within ${seconds} s`, opened.error)
  }
  throw unreachable(connection, opened.error, sending.program)
}

function open(connection: Connection, options: RequestOptions, path: string, body?: string): Promise<IncomingMessage> {
  const { to } = connection
  const answer = Promise.withResolvers<IncomingMessage>()
  const base = { ...options, agent: false }
  const sent =
    'socketPath' in to
      ? httpRequest({ ...base, socketPath: to.socketPath, path })
      : (to.url.protocol === 'https:' ? httpsRequest : httpRequest)(joinUrl(to.url, path), base)
  sent.on('response', answer.resolve)
  sent.on('error', answer.reject)
  sent.end(body)
  return answer.promise
}

function joinUrl(url: URL, path: string): URL {
  return new URL(`${url.pathname.replace(/\/$/, '')}${path}`, url)
}

async function collect(response: IncomingMessage, chunks: Buffer[]): Promise<void> {
  for await (const chunk of response) chunks.push(chunk as Buffer)
}

function makeHeaders(connection: Connection, body: string | undefined): Record<string, string> {
  return {
    accept: 'application/json',
    connection: 'close',
    ...('socketPath' in connection.to ? { host: 'localhost' } : {}),
    ...(connection.key === null ? {} : { authorization: `Bearer ${connection.key}` }),
    ...(body === undefined
      ? {}
      : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) }),
  }
}

/** Who history names for a change: the user of the operating system; a container may run under a number without name. */
async function authorHeader(): Promise<Record<string, string>> {
  const user = await outcomeOf(Promise.try(() => userInfo().username))
  const name = user.ok ? user.value : `uid ${process.getuid?.() ?? 'unknown'}`
  return { 'x-fairlead-author': name.replace(/[^\x20-\x7e]/g, '?') }
}
