// Bodies: an object in either dialect, or a refusal that says what to send.
import { normaliseResource, normaliseSpec } from '../spec/dialect.ts'
import { type Answerable, endWith, ready, refuseKey } from './answer.ts'
import { isObject } from './merge-patch.ts'

type Json = Readonly<Record<string, unknown>>

/** What our own answers hold beside the resource: what was read here may be sent back with a change in it. */
const ANSWER_KEYS = new Set(['id', 'version', 'origin', 'status', 'createdAt', 'updatedAt'])

/** A whole resource, or a merge patch of one. */
export function readResourceBody(body: unknown): Answerable<Json> {
  const object = readObject(body, '{"name": "web-lb", "spec": {"backends": [{"target": "web-1:8080"}]}}')
  if (!object.ok) return object
  const normalised = normaliseResource(object.value) as Json
  return ready(Object.fromEntries(Object.entries(normalised).filter(([key]) => !ANSWER_KEYS.has(key))))
}

/** A part of a spec. */
export function readPartBody(body: unknown, example: string): Answerable<Json> {
  const object = readObject(body, example)
  return object.ok ? ready(normaliseSpec(object.value) as Json) : object
}

function readObject(body: unknown, example: string): Answerable<Json> {
  if (isObject(body)) return ready(body)
  const given =
    body === undefined || body === null
      ? 'there is no body'
      : `the body is ${Array.isArray(body) ? 'a list' : typeof body}`
  return endWith(refuseKey('', `${given}; send a JSON object, for example ${example}`))
}
