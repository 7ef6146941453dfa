// HTTP requests to etcd: bounded in time and size, over TLS where asked for, to the next host after each failure.
import { readFile } from 'node:fs/promises'
import { Agent, type IncomingHttpHeaders, type IncomingMessage, request as requestPlain } from 'node:http'
import { request as requestTls, Agent as TlsAgent } from 'node:https'
import { Failure } from '../../io/failure.ts'
import { outcomeOf } from '../../io/outcome.ts'
import { type EtcdEndpoint, type EtcdTls, formatEtcd } from './etcd-address.ts'

/** How long and how much is waited for, in milliseconds and bytes. */
export type EtcdLimits = { readonly answerMs: number; readonly longestAnswer: number }

const LIMITS: EtcdLimits = { answerMs: 5000, longestAnswer: 256 * 1024 * 1024 }

/** A silent connection is asked by the system whether it still is one. */
const KEEP_ALIVE_MS = 5000

export type EtcdQuestion = {
  readonly method: 'GET' | 'PUT' | 'POST'
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** The answer comes when something happens, however long that takes. */
  readonly isPatient?: boolean
}

export type EtcdAnswer = { readonly status: number; readonly headers: IncomingHttpHeaders; readonly text: string }

/**
 * Asks one host until it fails. Failures: `etcd-unreachable`, `etcd-stalled` (no whole answer in time), `etcd-garbled`
 * (no JSON, or too much), `etcd-tls` (a file cannot be read). No status is a failure here.
 */
export class EtcdWire {
  readonly title: string
  readonly #endpoint: EtcdEndpoint
  readonly #limits: EtcdLimits
  #turn = -1
  #agent: Agent | null = null

  constructor(endpoint: EtcdEndpoint, limits: Partial<EtcdLimits> = {}) {
    this.#endpoint = endpoint
    this.title = formatEtcd(endpoint)
    this.#limits = { ...LIMITS, ...limits }
  }

  /** Turns to the next host; reads the TLS files anew, so that renewed ones count. */
  async open(): Promise<void> {
    this.close()
    this.#turn = (this.#turn + 1) % this.#endpoint.hosts.length
    const manner = { keepAlive: true, keepAliveMsecs: KEEP_ALIVE_MS }
    const { tls } = this.#endpoint
    this.#agent = tls === null ? new Agent(manner) : new TlsAgent({ ...manner, ...(await readTlsFiles(tls)) })
  }

  /** Ends every connection. */
  close(): void {
    this.#agent?.destroy()
    this.#agent = null
  }

  /** The whole answer. */
  ask(question: EtcdQuestion, signal: AbortSignal): Promise<EtcdAnswer> {
    return this.#limited(question, signal, (asked) => asked.then((answer) => this.#readWhole(answer)))
  }

  /** Hands on each line of an answer with status 200 until the other side closes; another answer is read whole. */
  async follow(question: EtcdQuestion, take: (line: string) => void, signal: AbortSignal): Promise<EtcdAnswer | null> {
    const answer = await this.#limited(question, signal, (asked) => asked)
    const read = await outcomeOf(answer.statusCode === 200 ? this.#readLines(answer, take) : this.#readWhole(answer))
    if (!read.ok) throw this.#explain(read.error)
    return read.value
  }

  async #limited<T>(
    question: EtcdQuestion,
    signal: AbortSignal,
    read: (asked: Promise<IncomingMessage>) => Promise<T>,
  ): Promise<T> {
    const late = new AbortController()
    const timer = question.isPatient ? undefined : setTimeout(() => late.abort(), this.#limits.answerMs)
    const asked = await outcomeOf(read(this.#send(question, AbortSignal.any([signal, late.signal]))))
    clearTimeout(timer)
    if (asked.ok) return asked.value
    if (!late.signal.aborted) throw this.#explain(asked.error)
    throw new Failure('etcd-stalled', `etcd at ${this.title} gave no whole answer within ${this.#limits.answerMs} ms`)
  }

  /** Asynchronous in all of it: files that are no certificates are refused when the request is made. */
  async #send({ method, path, headers = {}, body = '' }: EtcdQuestion, signal: AbortSignal): Promise<IncomingMessage> {
    const { hosts, tls } = this.#endpoint
    const { host = '', port = 0 } = hosts[this.#turn] ?? {}
    const answer = Promise.withResolvers<IncomingMessage>()
    const length = method === 'GET' ? {} : { 'Content-Length': String(Buffer.byteLength(body)) }
    const all = { 'User-Agent': 'fairlead', ...length, ...headers }
    const options = { host, port, method, path, headers: all, signal, ...(this.#agent ? { agent: this.#agent } : {}) }
    const sent = tls === null ? requestPlain(options) : requestTls(options)
    sent.on('response', answer.resolve)
    sent.on('error', answer.reject)
    sent.end(body)
    return answer.promise
  }

  async #readWhole(answer: IncomingMessage): Promise<EtcdAnswer> {
    const pieces: Buffer[] = []
    let length = 0
    for await (const piece of answer as AsyncIterable<Buffer>) {
      pieces.push(piece)
      length += piece.length
      if (length > this.#limits.longestAnswer) throw this.#tooLong()
    }
    return { status: answer.statusCode ?? 0, headers: answer.headers, text: Buffer.concat(pieces).toString('utf8') }
  }

  async #readLines(answer: IncomingMessage, take: (line: string) => void): Promise<null> {
    let rest: string[] = []
    let length = 0
    answer.setEncoding('utf8')
    for await (const piece of answer as AsyncIterable<string>) {
      const [first = '', ...others] = piece.split('\n')
      rest.push(first)
      length += first.length
      if (length > this.#limits.longestAnswer) throw this.#tooLong()
      for (const line of others) {
        take(rest.join(''))
        rest = [line]
        length = line.length
      }
    }
    return null
  }

  #tooLong(): Failure {
    const most = this.#limits.longestAnswer
    return new Failure('etcd-garbled', `etcd at ${this.title} answered with more than ${most} bytes`)
  }

  #explain(error: NodeJS.ErrnoException): Failure {
    if (error instanceof Failure) return error
    if (error instanceof SyntaxError)
      return new Failure('etcd-garbled', `etcd at ${this.title} answered with broken JSON`)
    const { host, port } = this.#endpoint.hosts[this.#turn] ?? { host: '', port: 0 }
    const which = this.#endpoint.hosts.length > 1 ? ` (${host}:${port})` : ''
    return new Failure('etcd-unreachable', `etcd at ${this.title} cannot be reached${which}: ${describe(error)}`, error)
  }
}

function describe(error: NodeJS.ErrnoException): string {
  switch (error.code) {
    case 'ECONNREFUSED':
      return 'nobody listens there; check host and port'
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'the name does not resolve; check the host'
    case 'ECONNRESET':
      return 'the connection broke off'
    default:
      return error.message
  }
}

async function readTlsFiles({ ca, cert, key }: EtcdTls): Promise<Record<string, Buffer>> {
  const files = Object.entries({ ca, cert, key }).flatMap(([name, path]) => (path === null ? [] : [{ name, path }]))
  const read = files.map(async ({ name, path }) => {
    const text = await outcomeOf(readFile(path))
    if (text.ok) return [name, text.value] as const
    throw new Failure('etcd-tls', `${path} cannot be read (${text.error.code}); it is to be the ${name} for etcd`)
  })
  return Object.fromEntries(await Promise.all(read))
}
