// Text-free JSON in, a checked LoadBalancer resource out, or every problem with its path.
import { z } from 'zod'
import { quoted } from '../model/parsed.ts'
import { normaliseResource } from './dialect.ts'
import { findKeyed } from './key-path.ts'
import { findNearest } from './nearest.ts'
import { type LoadBalancerInput, resourceSchema } from './schema.ts'

/** One refused key: where, and why in one sentence. */
export type SpecProblem = { readonly path: string; readonly message: string }

/** What came of reading a user's JSON. */
export type Checked<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problems: readonly SpecProblem[] }

/** Reads a whole resource in either dialect; never throws, names every wrong key. */
export function parseResource(input: unknown): Checked<LoadBalancerInput> {
  if (isTooDeep(input))
    return { ok: false, problems: [{ path: '', message: `is nested more than ${DEEPEST} levels deep` }] }
  const kind = typeof input === 'object' && input !== null && 'kind' in input ? input.kind : 'LoadBalancer'
  if (kind !== 'LoadBalancer')
    return {
      ok: false,
      problems: [{ path: 'kind', message: `${quoted(kind)} is no kind Fairlead knows; use LoadBalancer` }],
    }
  return checkWith(resourceSchema, normaliseResource(input))
}

/** No resource needs more than ten; without a limit a hostile text would exhaust the stack. */
const DEEPEST = 64

function isTooDeep(input: unknown): boolean {
  let level = [input]
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > DEEPEST) return true
    level = level.flatMap((value) => (typeof value === 'object' && value !== null ? Object.values(value) : []))
  }
  return false
}

/** Holds a value against a schema and tells each problem by its path. */
export function checkWith<T>(schema: z.ZodType<T>, input: unknown, prefix = ''): Checked<T> {
  const result = schema.safeParse(input)
  if (result.success) return { ok: true, value: result.data }
  return { ok: false, problems: result.error.issues.flatMap((issue) => describeIssue(issue, input, prefix)) }
}

/** The problems as one sentence each: "spec.port is 0; ...". */
export function formatSpecProblem(problem: SpecProblem): string {
  return problem.path === '' ? problem.message : `${problem.path}: ${problem.message}`
}

function describeIssue(issue: z.core.$ZodIssue, input: unknown, prefix: string): SpecProblem[] {
  const path = formatPath([...(prefix === '' ? [] : [prefix]), ...issue.path])
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => describeUnknownKey(key, issue, path))
  if (issue.code === 'invalid_key') return [{ path, message: issue.issues[0]?.message ?? 'this name is not allowed' }]
  if (issue.code === 'invalid_union') return [{ path, message: findDeepest(issue) }]
  const given = findValue(input, issue.path)
  if (given === undefined && (issue.code === 'invalid_type' || issue.code === 'invalid_value'))
    return [{ path, message: 'is missing; it is required' }]
  if (issue.code === 'invalid_type') {
    const wanted =
      ({ object: 'an object of keys', array: 'a list', record: 'an object of keys' } as Record<string, string>)[
        issue.expected
      ] ?? `a ${issue.expected}`
    if (issue.message.includes('is not ')) return [{ path, message: issue.message }]
    return [{ path, message: `is ${quoted(given)}; give ${wanted}` }]
  }
  return [{ path, message: describeSize(issue) ?? issue.message }]
}

/** Texts and lists that are too short or too long; numbers say it themselves. */
function describeSize(issue: z.core.$ZodIssue): string | undefined {
  if (issue.code !== 'too_big' && issue.code !== 'too_small') return undefined
  const unit = ({ string: 'characters', array: 'items' } as Record<string, string>)[issue.origin]
  if (unit === undefined) return undefined
  return issue.code === 'too_big'
    ? `is too long; give at most ${issue.maximum} ${unit}`
    : 'is empty; give it, or leave it out'
}

function describeUnknownKey(key: string, issue: z.core.$ZodIssueUnrecognizedKeys, path: string): SpecProblem {
  const known = knownKeys(path)
  const near = findNearest(key, known)
  const where = path === '' ? key : `${path}.${key}`
  return {
    path: where,
    message: `there is no key ${quoted(key)} here${near ? `; did you mean ${near}?` : `; known: ${known.join(', ') || issue.keys.length}`}`,
  }
}

/** The keys the schema knows at a path, found by walking the schema itself. */
function knownKeys(path: string): string[] {
  let schema: unknown = resourceSchema
  for (const step of path.split(/[.[\]]+/).filter(Boolean)) schema = descend(unwrap(schema), step)
  const inner = unwrap(schema)
  const shape = inner instanceof z.ZodUnion ? findKeyed(inner) : inner
  return typeof shape === 'object' && shape !== null && 'shape' in shape ? Object.keys(shape.shape as object) : []
}

function descend(schema: unknown, step: string): unknown {
  if (typeof schema !== 'object' || schema === null) return undefined
  if ('shape' in schema) return (schema.shape as Record<string, unknown>)[step]
  if ('element' in schema) return schema.element
  return 'valueType' in schema ? schema.valueType : undefined
}

function unwrap(schema: unknown): unknown {
  let inner = schema
  while (typeof inner === 'object' && inner !== null && 'unwrap' in inner && !('element' in inner))
    inner = (inner.unwrap as () => unknown)()
  return inner
}

function findDeepest(issue: z.core.$ZodIssueInvalidUnion): string {
  return (
    issue.errors.flat().find((inner) => inner.code === 'custom')?.message ??
    issue.errors.flat()[0]?.message ??
    issue.message
  )
}

function findValue(input: unknown, path: readonly PropertyKey[]): unknown {
  let value = input
  for (const step of path)
    value = typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[step] : undefined
  return value
}

function formatPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (text, step) =>
      typeof step === 'number' ? `${text}[${step}]` : text === '' ? String(step) : `${text}.${String(step)}`,
    '',
  )
}
