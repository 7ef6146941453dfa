// HTTPS to a CA: one request, its whole answer, in bounded time and size.
import type { IncomingHttpHeaders } from 'node:http'
import { Agent } from 'node:https'
import { getCACertificates } from 'node:tls'
import { type Exchanged, exchangeHttp } from '../../io/http-exchange.ts'
import { outcomeOf } from '../../io/outcome.ts'
import { AcmeFailure } from './acme-failure.ts'

const TIMEOUT_MS = 30_000

/** A chain of certificates has 10 KB, a directory 2. */
const LONGEST_ANSWER = 1_000_000

/** How a CA is spoken to. */
export type WireOptions = {
  /** Of Fairlead, for the User-Agent. */
  readonly version: string
  /** PEM text of CAs that are trusted beside the public ones, for a private ACME server. */
  readonly trust?: string | undefined
  /** For each request and its whole answer; 30 s where nothing is said. */
  readonly timeoutMs?: number | undefined
}

export type Question = { readonly method: 'GET' | 'HEAD' | 'POST'; readonly url: string; readonly body?: string }

export type Answer = {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
  /** Whom to name in a sentence. */
  readonly host: string
}

/** Every request has a connection of its own: one kept open may be closed by the CA just when it is used again. */
export class Wire {
  readonly #agent: Agent
  readonly #version: string
  readonly #timeoutMs: number

  constructor({ version, trust, timeoutMs = TIMEOUT_MS }: WireOptions) {
    this.#agent = new Agent({ keepAlive: false, ...(trust ? { ca: [...getCACertificates('default'), trust] } : {}) })
    this.#version = version
    this.#timeoutMs = timeoutMs
  }

  /** Failures `acme-unreachable`, `acme-timeout`; rejects with the signal's reason when it aborts. */
  async send(question: Question, signal: AbortSignal): Promise<Answer> {
    const host = hostOf(question.url)
    const timeout = AbortSignal.timeout(this.#timeoutMs)
    const sent = await outcomeOf(this.#exchange(question, AbortSignal.any([timeout, signal])))
    if (sent.ok) return { ...sent.value, host }
    signal.throwIfAborted()
    if (timeout.aborted)
      throw new AcmeFailure({
        code: 'acme-timeout',
        message: `${host} gave no answer within ${this.#timeoutMs / 1000} s; try again later`,
        cause: sent.error,
      })
    throw new AcmeFailure({
      code: 'acme-unreachable',
      message: `${host} ${describeBreak(sent.error)}`,
      cause: sent.error,
    })
  }

  async #exchange({ method, url, body }: Question, signal: AbortSignal): Promise<Exchanged> {
    const headers = {
      'user-agent': `fairlead/${this.#version}`,
      ...(body === undefined ? {} : { 'content-type': 'application/jose+json' }),
    }
    return exchangeHttp(url, { method, headers, agent: this.#agent, signal }, body, LONGEST_ANSWER)
  }
}

/** Paths and queries may hold what is nobody else's business. */
function hostOf(url: string): string {
  return URL.parse(url)?.host ?? 'the CA'
}

function describeBreak({ code, message }: NodeJS.ErrnoException): string {
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return 'cannot be reached: its name cannot be looked up; see that this machine has DNS, and that the URL is right'
  if (code === 'ECONNREFUSED' || code === 'EHOSTUNREACH' || code === 'ENETUNREACH' || code === 'ETIMEDOUT')
    return `cannot be reached (${code}); see that this machine may connect to it`
  if (/CERT|SIGNATURE|ISSUER/.test(code ?? ''))
    return `has a certificate that is not trusted here (${code}); if it is a private CA, give its root with --acme-ca`
  return `broke off: ${code ?? message}; try again later`
}
