// Questions to a DNS provider's API over HTTPS: one request, its whole answer, in bounded time and size, and what refusals mean.
import type { IncomingHttpHeaders } from 'node:http'
import type { z } from 'zod'
import { type Exchanged, exchangeHttp } from '../io/http-exchange.ts'
import { outcomeOf } from '../io/outcome.ts'
import { type DnsCode, DnsFailure } from './dns-failure.ts'
import { readRetryAt } from './retry-at.ts'

const TIMEOUT_MS = 30_000

/** A page of a list has 100 KB; the records of a name in PowerDNS before 4.7 come with their whole zone. */
const LONGEST_ANSWER = 20_000_000
const LONGEST_WORDS = 300

export type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE'

export type Question = {
  readonly method: Method
  /** After the base URL, query included. */
  readonly path: string
  readonly body?: string
  /** What it is for, as it stands after "refused": "the zone example.com". */
  readonly what: string
}

export type Answer = {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
  /** Undefined where it is no JSON. */
  readonly json: unknown
}

/** A refusal in the provider's own words; `code` where those tell more than the HTTP status. */
export type Refusal = { readonly words: string; readonly code?: DnsCode | undefined }

/** How a provider is spoken to. */
export type ApiManner = {
  /** Whom to name in a sentence: `Cloudflare`. */
  readonly name: string
  /** Without a slash at the end. */
  readonly base: string
  /** The headers of a request, those that prove who we are among them. */
  readonly headersFor: (method: Method, url: URL, body: string) => Readonly<Record<string, string>>
  /** What must never be told, even where the provider repeats it. */
  readonly secrets: readonly string[]
  /** What to do where it does not let us in: "give a token that …". */
  readonly advice: string
  readonly readRefusal: (answer: Answer) => Refusal
  /** For each request and its whole answer; 30 s where nothing is said. */
  readonly timeoutMs?: number | undefined
  readonly now?: (() => number) | undefined
}

/** One provider's API. Every request has a connection of its own: one kept open may be closed just when it is used again. */
export class ApiClient {
  readonly #manner: ApiManner
  /** Whom to name where nobody answers. */
  readonly #place: string

  constructor(manner: ApiManner) {
    this.#manner = manner
    this.#place = `${manner.name} at ${URL.parse(manner.base)?.host ?? 'an unreadable URL'}`
  }

  /** The answer to a question that must be answered well, as the schema has it. */
  async ask<T>(question: Question, schema: z.ZodType<T>, signal: AbortSignal): Promise<T> {
    const answer = await this.send(question, signal)
    if (answer.status >= 300) throw this.refusalOf(answer, question.what)
    return this.read(answer, schema)
  }

  /** Any answer, refusals too. Fails with `dns-unreachable` only, or `dns-credentials` where they cannot even be sent. */
  async send(question: Question, signal: AbortSignal): Promise<Answer> {
    signal.throwIfAborted()
    const timeoutMs = this.#manner.timeoutMs ?? TIMEOUT_MS
    const timeout = AbortSignal.timeout(timeoutMs)
    const sent = await outcomeOf(this.#exchange(question, AbortSignal.any([timeout, signal])))
    if (sent.ok) return { ...sent.value, json: await parseJson(sent.value.text) }
    signal.throwIfAborted()
    const why = timeout.aborted
      ? `gave no answer within ${timeoutMs / 1000} s; try again later`
      : describeBreak(sent.error, this.#manner.base)
    if (sent.error.code !== 'ERR_INVALID_CHAR')
      throw new DnsFailure('dns-unreachable', `${this.#place} ${why}`, null, sent.error)
    const { name, advice } = this.#manner
    throw new DnsFailure('dns-credentials', `the token for ${name} holds characters that no token has; ${advice}`)
  }

  /** The JSON of an answer. `dns-refused` where it is not what it should be. */
  read<T>({ json }: Answer, schema: z.ZodType<T>): T {
    const parsed = schema.safeParse(json)
    if (parsed.success) return parsed.data
    const at = parsed.error.issues[0]?.path.join('.') || 'all of it'
    throw this.unlike(`its JSON is not as documented (${at})`)
  }

  /** Somebody answers, and not as the provider does. */
  unlike(why: string): DnsFailure {
    const { name } = this.#manner
    return new DnsFailure(
      'dns-refused',
      `${this.#place} does not answer as ${name} does: ${why}; see that the URL is right`,
    )
  }

  /** What a refusal means: one sentence in the provider's own words, with what to do. */
  refusalOf(answer: Answer, what: string): DnsFailure {
    const { name, advice, readRefusal, now = Date.now } = this.#manner
    const refusal = readRefusal(answer)
    const code = refusal.code ?? codeOf(answer.status)
    const words = this.#cleanWords(refusal.words)
    const said = words === '' ? `HTTP status ${answer.status}` : `"${words.replaceAll('"', "'")}"`
    if (code === 'dns-limit') {
      const retryAt = readRetryAt(answer.headers, now())
      const until = `${retryAt.slice(0, 10)} ${retryAt.slice(11, 19)} UTC`
      return new DnsFailure(code, `${name} limits how often it is asked: ${said}; ask again after ${until}`, retryAt)
    }
    return new DnsFailure(code, `${name} refused ${what}: ${said}; ${todoFor(code, answer.status, advice)}`)
  }

  /** Words of others in one line, without what is secret. */
  #cleanWords(words: string): string {
    const secrets = this.#manner.secrets.filter((secret) => secret !== '')
    const safe = secrets.reduce((text, secret) => text.replaceAll(secret, '…'), words)
    const line = safe
      .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, ' ')
      .trim()
      .replace(/\.$/, '')
    return line.length > LONGEST_WORDS ? `${line.slice(0, LONGEST_WORDS)}…` : line
  }

  async #exchange({ method, path, body = '' }: Question, signal: AbortSignal): Promise<Exchanged> {
    const url = new URL(`${this.#manner.base}${path}`)
    const headers = {
      'user-agent': 'fairlead',
      ...(body === '' ? {} : { 'content-length': String(Buffer.byteLength(body)) }),
      ...this.#manner.headersFor(method, url, body),
    }
    return exchangeHttp(url, { method, headers, agent: false, signal }, body, LONGEST_ANSWER)
  }
}

async function parseJson(text: string): Promise<unknown> {
  const parsed = await outcomeOf(Promise.try((): unknown => JSON.parse(text)))
  return parsed.ok ? parsed.value : undefined
}

function codeOf(status: number): DnsCode {
  if (status === 401 || status === 403) return 'dns-credentials'
  return status === 429 ? 'dns-limit' : 'dns-refused'
}

function todoFor(code: DnsCode, status: number, advice: string): string {
  if (code === 'dns-credentials') return advice
  if (code === 'dns-clock') return 'set the clock of this machine'
  if (code === 'dns-zone') return 'see that the zone is there, and that we may see it'
  return status >= 500 ? 'it has trouble of its own, try again later' : 'correct that, and try again'
}

function describeBreak({ code, message }: NodeJS.ErrnoException, base: string): string {
  if (code === 'ERR_INVALID_URL' || code === 'ERR_INVALID_PROTOCOL')
    return 'cannot be asked: give a URL that begins with https:// or http://'
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return 'cannot be reached: its name cannot be looked up; see that this machine has DNS, and that the URL is right'
  if (code === 'ECONNREFUSED' || code === 'EHOSTUNREACH' || code === 'ENETUNREACH' || code === 'ETIMEDOUT')
    return `cannot be reached (${code}); see that this machine may connect to it`
  if (/CERT|SIGNATURE|ISSUER/.test(code ?? ''))
    return `has a certificate that is not trusted here (${code}); if it is of a private CA, name that in NODE_EXTRA_CA_CERTS`
  if (code === 'EPROTO' && base.startsWith('https:')) return 'speaks no TLS; see that the URL is right'
  return `broke off: ${code ?? message}; try again later`
}
