// Questions to a Docker engine: GET requests with bounded answers and time, and its stream of events.
import { type IncomingMessage, request } from 'node:http'
import { Failure } from '../../io/failure.ts'
import { outcomeOf } from '../../io/outcome.ts'
import { readBytes, readLines } from './answer.ts'
import { findApiPrefix } from './api-version.ts'
import { describeStatus, describeUnreachable, formatQuestion } from './describe-failure.ts'
import { type DockerEndpoint, formatEndpoint } from './endpoint.ts'
import { openTransport, type Transport } from './transport.ts'

/** How long and how much is waited for, in milliseconds and bytes. */
type ClientLimits = { readonly answerMs: number; readonly longestAnswer: number; readonly longestEvent: number }

const LIMITS: ClientLimits = { answerMs: 10_000, longestAnswer: 128 * 1024 * 1024, longestEvent: 1024 * 1024 }

/** Who answered a greeting. */
export type Greeting = {
  /** The engine's clock less ours, in milliseconds; to the second. */
  readonly clockAheadMs: number
  /** The address the answer came from; null over a unix socket or ssh. */
  readonly peer: string | null
}

/** An open stream of events; `ended` rejects with a Failure when it breaks, is closed, or holds no events. */
export type EventStream = { readonly ended: Promise<never> }

/**
 * Talks to one engine. Failures: `docker-unreachable`, `docker-stalled` (accepted, no answer in time), `docker-forbidden`
 * (the engine or a filter does not let us ask), `docker-missing` (there is no such thing), `docker-refused` (any other
 * status), `docker-garbled` (no JSON, or too much), `docker-ended` (the stream was closed), `docker-tls`,
 * `docker-too-old`.
 */
export class DockerClient {
  readonly title: string
  readonly endpoint: DockerEndpoint
  readonly #limits: ClientLimits
  #transport: Transport | null = null
  #prefix = ''

  constructor(endpoint: DockerEndpoint, limits: Partial<ClientLimits> = {}) {
    this.endpoint = endpoint
    this.title = formatEndpoint(endpoint)
    this.#limits = { ...LIMITS, ...limits }
  }

  /** Connects and agrees on a version of the API. A socket filter may refuse both questions. */
  async greet(signal: AbortSignal): Promise<Greeting> {
    this.close()
    this.#transport = await openTransport(this.endpoint)
    const { headers, peer } = await this.#ping(signal)
    const told = await this.#readVersion(signal)
    const theirs = textOf(headers['api-version']) ?? textOf(told['ApiVersion'])
    const prefix = findApiPrefix(theirs, textOf(told['MinAPIVersion']))
    if (prefix === null)
      throw new Failure(
        'docker-too-old',
        `Docker at ${this.title} speaks API ${theirs}; Fairlead needs 1.24 (Docker 1.12) or newer: update Docker`,
      )
    this.#prefix = prefix
    const date = Date.parse(headers.date ?? '')
    return { clockAheadMs: Number.isNaN(date) ? 0 : date - Date.now(), peer }
  }

  /** Whether the engine still answers; that a filter refuses the question is an answer too. */
  async ping(signal: AbortSignal): Promise<void> {
    await this.#ping(signal)
  }

  /** The whole answer to a GET request, parsed; only status 200 is an answer. */
  get(path: string, signal: AbortSignal): Promise<unknown> {
    return this.#json(`${this.#prefix}${path}`, signal)
  }

  /** Opens the stream of events and answers once it is open; each event goes to `take`, which must not throw. */
  async follow(path: string, take: (event: unknown) => void, signal: AbortSignal): Promise<EventStream> {
    const full = `${this.#prefix}${path}`
    const answer = await this.#ask(full, signal, async (opened) => {
      await this.#checkStatus(opened, full)
      return opened
    })
    const end = async (): Promise<never> => {
      const read = await outcomeOf(readLines(answer, this.#limits.longestEvent, (line) => take(JSON.parse(line))))
      if (read.ok) throw new Failure('docker-ended', `Docker at ${this.title} closed its stream of events`)
      throw this.#explain(read.error, full)
    }
    const ended = end()
    // Whoever has left before the end does not want to hear of it.
    void outcomeOf(ended)
    return { ended }
  }

  /** Ends connections that are kept for later. */
  close(): void {
    this.#transport?.close()
    this.#transport = null
  }

  #ping(signal: AbortSignal) {
    return this.#ask('/_ping', signal, async (answer) => {
      const peer = this.endpoint.kind === 'tcp' ? (answer.socket.remoteAddress ?? null) : null
      // A filter answers 503 for an engine that is down.
      if (answer.statusCode !== undefined && answer.statusCode >= 500) await this.#checkStatus(answer, '/_ping')
      await readBytes(answer, this.#limits.longestAnswer)
      return { headers: answer.headers, peer }
    })
  }

  async #readVersion(signal: AbortSignal): Promise<Record<string, unknown>> {
    const told = await outcomeOf(this.#json('/version', signal))
    if (told.ok) return typeof told.value === 'object' && told.value !== null ? { ...told.value } : {}
    if (isForbidden(told.error)) return {}
    throw told.error
  }

  #json(path: string, signal: AbortSignal): Promise<unknown> {
    return this.#ask(path, signal, async (answer) => {
      await this.#checkStatus(answer, path)
      return JSON.parse((await readBytes(answer, this.#limits.longestAnswer)).toString('utf8'))
    })
  }

  /** Sends a GET request and reads what is wanted of the answer, both within the time limit. */
  async #ask<T>(path: string, signal: AbortSignal, read: (answer: IncomingMessage) => Promise<T>): Promise<T> {
    const late = new AbortController()
    const timer = setTimeout(() => late.abort(), this.#limits.answerMs)
    const transport = this.#transport ?? (await openTransport(this.endpoint))
    this.#transport = transport
    const asked = await outcomeOf(send(transport, path, AbortSignal.any([signal, late.signal])).then(read))
    clearTimeout(timer)
    if (asked.ok) return asked.value
    if (!late.signal.aborted) throw this.#explain(asked.error, path)
    const says = `gave no whole answer to ${formatQuestion(path)} within ${this.#limits.answerMs} ms`
    throw new Failure('docker-stalled', `Docker at ${this.title} ${says}: see whether \`docker ps\` answers`)
  }

  async #checkStatus(answer: IncomingMessage, path: string): Promise<void> {
    const status = answer.statusCode ?? 0
    if (status === 200) return
    const text = (await readBytes(answer, this.#limits.longestAnswer)).toString('utf8')
    throw new Failure(findCode(status, text), describeStatus(this.title, path, status, text))
  }

  #explain(error: NodeJS.ErrnoException, path: string): Failure {
    if (error instanceof Failure) return error
    if (error instanceof SyntaxError)
      return new Failure(
        'docker-garbled',
        `Docker at ${this.title} answered ${formatQuestion(path)} with broken JSON`,
        error,
      )
    return new Failure('docker-unreachable', describeUnreachable(this.endpoint, error), error)
  }
}

/** Whether somebody between us and the engine, or the engine itself, does not let us ask that. */
export function isForbidden(error: Error): boolean {
  return error instanceof Failure && error.code === 'docker-forbidden'
}

/** A filter may say "not found" of a path it does not let through; only the engine says what there is not. */
function findCode(status: number, text: string): string {
  if (status === 404 && /no such/i.test(text)) return 'docker-missing'
  return [401, 403, 404, 405, 501].includes(status) ? 'docker-forbidden' : 'docker-refused'
}

function send({ host, connection }: Transport, path: string, signal: AbortSignal): Promise<IncomingMessage> {
  const answer = Promise.withResolvers<IncomingMessage>()
  const headers = { Host: host, 'User-Agent': 'fairlead' }
  const asked = request({ method: 'GET', path, headers, signal, ...connection })
  asked.on('response', answer.resolve)
  asked.on('error', answer.reject)
  asked.end()
  return answer.promise
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}
