// Keys by their path, as a person writes them: `healthCheck.path`, `routes[0].rate-limit.requests`, `pools.v1.algorithm`.
import { z } from 'zod'
import { accepted, type Parsed, quoted, refused } from '../model/parsed.ts'
import { findNearest } from './nearest.ts'

/** Where a key stands, and what it takes. */
export type KeyPath = { readonly path: readonly (string | number)[]; readonly schema: z.ZodType }

/** `maxConnections`, `max_connections` and `max-connections` are one. */
export function foldSegment(segment: string): string {
  return segment.toLowerCase().replace(/[-_]/g, '')
}

/** `maxConnections` as labels are written: `max-connections`. */
export function toKebab(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}

/** A schema without what makes it optional. */
export function unwrapSchema(schema: z.ZodType): z.ZodType {
  return schema instanceof z.ZodOptional ? unwrapSchema(schema.unwrap() as z.ZodType) : schema
}

/** Finds the key that `text` names below a schema. A name of a header or user may have dots in it, so it is taken whole. */
export function parseKeyPath(root: z.ZodType, text: string): Parsed<KeyPath> {
  let schema = unwrapSchema(root)
  const path: (string | number)[] = []
  // `routes[0]` is two steps.
  const steps = text.split('.').flatMap((step) => step.split(/(?=\[\d{1,6}\]$)/))
  for (const [index, step] of steps.entries()) {
    const next = takeStep(schema, step, steps.slice(index), path)
    if (!next.ok) return next
    path.push(next.value.key)
    schema = unwrapSchema(next.value.schema)
    if (next.value.isLast) break
  }
  return accepted({ path, schema })
}

type Step = { readonly key: string | number; readonly schema: z.ZodType; readonly isLast: boolean }

/** Of a key that may be a switch or have keys below it, the form with keys. */
export function findKeyed(schema: z.ZodType): z.ZodObject | undefined {
  const options = schema instanceof z.ZodUnion ? schema.options : [schema]
  return options.find((option) => option instanceof z.ZodObject)
}

function takeStep(
  schema: z.ZodType,
  step: string,
  rest: readonly string[],
  path: readonly (string | number)[],
): Parsed<Step> {
  const place = path.length === 0 ? 'there' : `in ${formatKeyPath(path)}`
  const keyed = findKeyed(schema)
  if (keyed) return takeKey(keyed, step, place)
  if (schema instanceof z.ZodRecord) {
    const value = schema.valueType as z.ZodType
    const isLast = !(unwrapSchema(value) instanceof z.ZodObject)
    return accepted({ key: isLast ? rest.join('.') : step, schema: value, isLast })
  }
  const position = /^\[(\d+)\]$/.exec(step)?.[1]
  if (schema instanceof z.ZodArray && position !== undefined)
    return accepted({ key: Number(position), schema: schema.element as z.ZodType, isLast: false })
  if (schema instanceof z.ZodArray)
    return refused(`${formatKeyPath(path)} is a list; say which one: ${formatKeyPath(path)}[0] is the first`)
  return refused(`${formatKeyPath(path)} has no keys below it, so ${quoted(step)} is none`)
}

function takeKey(schema: z.ZodObject, step: string, place: string): Parsed<Step> {
  const known = Object.entries(schema.shape as Record<string, z.ZodType>)
  const found = known.find(([key]) => foldSegment(key) === foldSegment(step))
  if (found) return accepted({ key: found[0], schema: found[1], isLast: false })
  const names = known.map(([key]) => key)
  const near = findNearest(step, names)
  const hint = near === undefined ? `there are: ${names.join(', ')}` : `did you mean ${near}?`
  return refused(`there is no key ${quoted(step)} ${place}; ${hint}`)
}

/** `routes[0].rateLimit`. */
export function formatKeyPath(path: readonly (string | number)[]): string {
  return path.map((step, index) => (typeof step === 'number' ? `[${step}]` : index === 0 ? step : `.${step}`)).join('')
}

/** A value with another one at a path; undefined takes out what is there. Refused where a list is not that long. */
export function withValueAt(value: unknown, path: readonly (string | number)[], next: unknown): Parsed<unknown> {
  const [key, ...below] = path
  if (key === undefined) return accepted(next)
  if (typeof key === 'number') return withItem(Array.isArray(value) ? value : [], key, below, next)
  const object = typeof value === 'object' && value !== null ? Object.entries(value) : []
  const inner = withValueAt(object.find(([name]) => name === key)?.[1], below, next)
  if (!inner.ok) return inner
  // Not by assignment: a key may be called __proto__.
  const there = object.some(([name]) => name === key)
  const entries = there
    ? object.map(([name, old]) => [name, name === key ? inner.value : old] as const)
    : [...object, [key, inner.value] as const]
  const kept = entries.filter(([, one]) => one !== undefined)
  // What is taken out leaves no empty key behind.
  return accepted(kept.length === 0 && next === undefined ? undefined : Object.fromEntries(kept))
}

function withItem(list: readonly unknown[], at: number, below: readonly (string | number)[], next: unknown) {
  const most = next === undefined ? list.length - 1 : list.length
  if (at > most)
    return refused(
      `the list has ${list.length} ${list.length === 1 ? 'entry' : 'entries'}, counted from 0; ${at} is none of them`,
    )
  const inner = withValueAt(list[at], below, next)
  if (!inner.ok) return inner
  return accepted(
    inner.value === undefined && below.length === 0 ? list.toSpliced(at, 1) : list.toSpliced(at, 1, inner.value),
  )
}
