// What a handler answers, as a value: a status, a body, headers. Refusals are answers too and are never thrown.
import { formatSpecProblem, type SpecProblem } from '../spec/parse-resource.ts'
import type { ErrorBody } from './wire.ts'

/** An HTTP answer. A body that is no text or stream is sent as JSON. */
export type Answer = {
  readonly status: number
  readonly body: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/** A value to go on with, or the answer that ends the matter. */
export type Answerable<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly answer: Answer }

/** An answer with a JSON body. */
export function answer(status: number, body: unknown, headers?: Readonly<Record<string, string>>): Answer {
  return headers === undefined ? { status, body } : { status, body, headers }
}

/** A refusal: one sentence for a person, a stable code for programs. The request's id is added when it is sent. */
export function refuse(status: number, code: string, error: string, details?: ErrorBody['details']): Answer {
  return answer(status, { error, code, ...(details === undefined ? {} : { details }) })
}

/** 422 with every problem and its path; the sentence is the first one's. */
export function refuseInvalid(problems: readonly SpecProblem[]): Answer {
  const [first] = problems
  const sentence = first === undefined ? 'this is not valid' : formatSpecProblem(first)
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : ''
  return refuse(422, 'invalid', `${sentence}${more}`, problems)
}

/** 422 with one problem. */
export function refuseKey(path: string, message: string): Answer {
  return refuseInvalid([{ path, message }])
}

/** 404. */
export function refuseNotFound(sentence: string): Answer {
  return refuse(404, 'not_found', sentence)
}

/** Goes on with a value. */
export function ready<T>(value: T): Answerable<T> {
  return { ok: true, value }
}

/** Ends with an answer: a refusal, mostly. */
export function endWith<T>(last: Answer): Answerable<T> {
  return { ok: false, answer: last }
}
