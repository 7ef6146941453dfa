// A conversation with one CA for one account: its directory, its nonces, signed requests and what their refusals mean.
import type { z } from 'zod'
import { outcomeOf } from '../../io/outcome.ts'
import type { AccountKey } from './account-key.ts'
import { AcmeFailure } from './acme-failure.ts'
import { DIRECTORY, type Directory } from './directory.ts'
import { toFailure } from './explain-problem.ts'
import { signRequest } from './jws.ts'
import { PROBLEM } from './problem.ts'
import { readRetryAfter } from './retry-after.ts'
import { backOff, pause } from './waits.ts'
import { type Answer, type Question, Wire, type WireOptions } from './wire.ts'

/** With 80 % of nonces refused one request in 50 fails still; with 30 % none ever. */
const MOST_ATTEMPTS = 18
const NONCES_KEPT = 10

/** Of what a session is made. */
export type SessionOptions = WireOptions & {
  readonly directoryUrl: string
  readonly accountKey: AccountKey
  readonly now?: () => number
  /** From 0 to 1. */
  readonly random?: () => number
}

/** How a request is sent. */
export type Asking = {
  /** What it is for, as it stands after "refused": "the order". */
  readonly what: string
  readonly signal: AbortSignal
  /** Without the account's URL, by the key alone. */
  readonly isByKey?: boolean
}

/** Every method rejects with an AcmeFailure, or with the signal's reason when it aborts. */
export class Session {
  readonly accountKey: AccountKey
  readonly now: () => number
  readonly random: () => number
  /** The account's URL; null until it is known. */
  account: string | null = null
  readonly #wire: Wire
  readonly #directoryUrl: string
  #directory: Directory | null = null
  #nonces: string[] = []

  constructor({ directoryUrl, accountKey, now = Date.now, random = Math.random, ...wire }: SessionOptions) {
    this.accountKey = accountKey
    this.now = now
    this.random = random
    this.#directoryUrl = directoryUrl
    this.#wire = new Wire(wire)
  }

  /** Read once. */
  async directory(signal: AbortSignal): Promise<Directory> {
    this.#directory ??= await this.read(
      await this.get(this.#directoryUrl, { what: 'its directory', signal }),
      DIRECTORY,
    )
    return this.#directory
  }

  /** An unsigned GET. */
  async get(url: string, asking: Asking): Promise<Answer> {
    const answer = await this.#send({ method: 'GET', url }, asking.signal)
    if (answer.status === 200) return answer
    throw await this.#refusalOf(answer, asking.what)
  }

  /** A signed POST; payload null: POST-as-GET. A nonce that is refused is replaced, so many times. */
  async post(url: string, payload: object | null, { what, signal, isByKey = false }: Asking): Promise<Answer> {
    for (let attempt = 0; ; attempt++) {
      const head = { url, nonce: await this.#takeNonce(signal), account: isByKey ? null : this.account }
      const body = signRequest(payload, this.accountKey, head)
      const answer = await this.#send({ method: 'POST', url, body }, signal)
      if (answer.status >= 200 && answer.status < 300) return answer
      const refusal = await this.#refusalOf(answer, what)
      if (refusal.type !== 'badNonce' || attempt + 1 === MOST_ATTEMPTS) throw refusal
      // The others may be as old as the one that was refused; the newest came with the refusal.
      this.#nonces = this.#nonces.slice(-1)
      if (attempt > 0) await pause(backOff(attempt - 1, { firstMs: 50, mostMs: 500, chance: this.random() }), signal)
    }
  }

  /** The JSON of an answer. Failure `acme-not-acme` where it is not what it should be. */
  async read<T>({ text, host }: Answer, schema: z.ZodType<T>): Promise<T> {
    const parsed = schema.safeParse(await parseJson(text))
    if (parsed.success) return parsed.data
    const at = parsed.error.issues[0]?.path.join('.') || 'all of it'
    throw notAcme(host, `its JSON is not as RFC 8555 has it (${at})`)
  }

  /** How long an answer asks to be left alone, in milliseconds. */
  retryAfterOf({ headers }: Answer): number | null {
    return readRetryAfter(headers['retry-after'], this.now())
  }

  async #send(question: Question, signal: AbortSignal): Promise<Answer> {
    const answer = await this.#wire.send(question, signal)
    const nonce = answer.headers['replay-nonce']
    if (typeof nonce === 'string' && /^[\w-]{1,500}$/.test(nonce))
      this.#nonces = [...this.#nonces, nonce].slice(-NONCES_KEPT)
    return answer
  }

  async #takeNonce(signal: AbortSignal): Promise<string> {
    const kept = this.#nonces.pop()
    if (kept !== undefined) return kept
    const { newNonce } = await this.directory(signal)
    const answer = await this.#send({ method: 'HEAD', url: newNonce }, signal)
    const nonce = this.#nonces.pop()
    if (nonce !== undefined) return nonce
    if (answer.status >= 400) throw await this.#refusalOf(answer, 'a nonce')
    throw notAcme(answer.host, 'it gave no nonce')
  }

  async #refusalOf(answer: Answer, what: string): Promise<AcmeFailure> {
    const { status, host, text } = answer
    const problem = PROBLEM.safeParse(await parseJson(text)).data ?? { type: '', detail: '', names: [] }
    const isMute = problem.type === '' && problem.detail === ''
    if (status < 400 || (isMute && status < 500 && status !== 429))
      return notAcme(host, `it answers HTTP status ${status} where it should give ${what}`)
    const retryAfterMs = this.retryAfterOf(answer)
    const retryAt = retryAfterMs === null ? null : new Date(this.now() + retryAfterMs).toISOString()
    return toFailure(problem, { host, what, status, retryAt })
  }
}

/** Undefined where it is no JSON. */
async function parseJson(text: string): Promise<unknown> {
  const parsed = await outcomeOf(Promise.try((): unknown => JSON.parse(text)))
  return parsed.ok ? parsed.value : undefined
}

/** Somebody answers, and not as a CA does. */
export function notAcme(host: string, why: string): AcmeFailure {
  return new AcmeFailure({
    code: 'acme-not-acme',
    message: `${host} does not answer as an ACME CA does: ${why}; see that the URL is that of the CA's directory`,
  })
}
