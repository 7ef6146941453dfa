// The functions of Go's templates, with the refusals of Go.
import { accepted, type Parsed, refused } from '../../model/parsed.ts'
import { parseEqual, parseLess } from './compare.ts'
import { formatHtml, formatJs, formatUrlQuery } from './escapes.ts'
import { formatPlain } from './format-value.ts'
import { formatPrintf } from './printf.ts'
import { describe, isList, isMap, isTrue, type Value } from './value.ts'

/** The longest text a function may answer, in bytes. */
export const MAX_TEXT = 1024 * 1024

type Arity = {
  readonly least: number
  /** Absent where there may be any number. */
  readonly most?: number
}

/** A function of its arguments' values. */
type PlainFunction = Arity & { readonly run: (...values: Value[]) => Parsed<Value> }

/** `and`, `or`: the answer is the first argument of this truth, or the last one; what follows is not evaluated. */
type EarlyFunction = Arity & { readonly stopsOn: boolean }

const compared = (run: (one: Value, other: Value) => Parsed<boolean>): PlainFunction => ({
  least: 2,
  most: 2,
  run: (one = null, other = null) => run(one, other),
})

const escaped = (change: (bytes: string) => string): PlainFunction => ({
  least: 0,
  run: (...values) => {
    const [first] = values
    if (values.length === 1 && typeof first === 'string') return limited(change(first))
    return limited(change(printed(values.map((value) => value ?? '<no value>'))))
  },
})

/** Every function a template may call. */
export const FUNCTIONS: Readonly<Record<string, PlainFunction | EarlyFunction>> = {
  and: { least: 1, stopsOn: false },
  or: { least: 1, stopsOn: true },
  not: { least: 1, most: 1, run: (value = null) => accepted(!isTrue(value)) },
  eq: { least: 1, run: (one = null, ...others) => equalsAny(one, others) },
  ne: compared((one, other) => negated(parseEqual(one, other))),
  lt: compared(parseLess),
  le: compared(lessOrEqual),
  gt: compared((one, other) => negated(lessOrEqual(one, other))),
  ge: compared((one, other) => negated(parseLess(one, other))),
  len: { least: 1, most: 1, run: (value = null) => lengthOf(value) },
  index: { least: 1, run: (value = null, ...keys) => indexed(value, keys) },
  slice: { least: 1, run: (value = null, ...bounds) => sliced(value, bounds) },
  print: { least: 0, run: (...values) => limited(printed(values)) },
  println: { least: 0, run: (...values) => limited(`${values.map(formatPlain).join(' ')}\n`) },
  printf: { least: 1, run: (format = null, ...values) => formatted(format, values) },
  html: escaped(formatHtml),
  js: escaped(formatJs),
  urlquery: escaped(formatUrlQuery),
  call: { least: 1, run: () => refused('the data holds no functions to call') },
}

function limited(text: string): Parsed<Value> {
  return text.length <= MAX_TEXT ? accepted(text) : tooLong()
}

function tooLong(): Parsed<never> {
  return refused(`the text is longer than ${MAX_TEXT} bytes`)
}

function negated(answer: Parsed<boolean>): Parsed<boolean> {
  return answer.ok ? accepted(!answer.value) : answer
}

function lessOrEqual(one: Value, other: Value): Parsed<boolean> {
  const less = parseLess(one, other)
  return !less.ok || less.value ? less : parseEqual(one, other)
}

function equalsAny(one: Value, others: readonly Value[]): Parsed<boolean> {
  if (others.length === 0) return refused('there is nothing to compare with; write eq VALUE OTHER')
  for (const other of others) {
    const equal = parseEqual(one, other)
    if (!equal.ok || equal.value) return equal
  }
  return accepted(false)
}

/** With a blank between two values neither of which is a text. */
function printed(values: readonly Value[]): string {
  const parts = values.map((value, index) => {
    const isApart = index > 0 && typeof value !== 'string' && typeof values[index - 1] !== 'string'
    return `${isApart ? ' ' : ''}${formatPlain(value)}`
  })
  return parts.join('')
}

function formatted(format: Value, values: readonly Value[]): Parsed<Value> {
  if (typeof format !== 'string')
    return refused(`${describe(format)} is no format; the first argument is a text, for example "%s:%d"`)
  const text = formatPrintf(format, values, MAX_TEXT)
  return text === null ? tooLong() : accepted(text)
}

function lengthOf(value: Value): Parsed<Value> {
  if (typeof value === 'string') return accepted(BigInt(value.length))
  if (value !== null && typeof value === 'object' && value.kind !== 'struct')
    return accepted(BigInt(value.kind === 'list' ? value.items.length : value.entries.size))
  return refused(`${describe(value)} has no length; a text, a list and a map have`)
}

function indexed(value: Value, keys: readonly Value[]): Parsed<Value> {
  if (value === null) return refused('there is nothing (nil) to take an element of')
  let at: Value = value
  for (const key of keys) {
    const found = elementOf(at, key)
    if (!found.ok) return found
    at = found.value
  }
  return accepted(at)
}

function elementOf(value: Value, key: Value): Parsed<Value> {
  if (isMap(value)) {
    if (typeof key === 'string') return accepted(value.entries.get(key) ?? null)
    return refused(`${describe(key)} is no key of a map; its keys are texts`)
  }
  if (!isList(value) && typeof value !== 'string')
    return refused(`${describe(value)} has no elements; a list, a map and a text have`)
  const length = isList(value) ? value.items.length : value.length
  const position = positionOf(key, length - 1)
  if (!position.ok) return position
  return accepted(isList(value) ? (value.items[position.value] ?? null) : BigInt(value.charCodeAt(position.value)))
}

/** A position in a list or text, 0 to `last`. */
function positionOf(key: Value, last: number): Parsed<number> {
  if (typeof key !== 'bigint') return refused(`${describe(key)} is no position; write a whole number, from 0`)
  if (key >= 0n && key <= last) return accepted(Number(key))
  return refused(
    last < 0 ? `there is no element ${key}: it is empty` : `there is no element ${key}; the last one is ${last}`,
  )
}

function sliced(value: Value, bounds: readonly Value[]): Parsed<Value> {
  if (!isList(value) && typeof value !== 'string')
    return refused(`${describe(value)} cannot be sliced; a list and a text can`)
  if (bounds.length > (isList(value) ? 3 : 2))
    return refused(`slice takes at most ${isList(value) ? 3 : 2} positions of ${describe(value)}`)
  const length = isList(value) ? value.items.length : value.length
  const places = [0, length]
  for (const [index, bound] of bounds.entries()) {
    const position = positionOf(bound, length)
    if (!position.ok) return position
    places[index] = position.value
  }
  const [from = 0, to = length, most = length] = places
  if (from > to || to > most) return refused(`slice goes from ${from} to ${to}; the positions must not fall`)
  return accepted(isList(value) ? { ...value, items: value.items.slice(from, to) } : value.slice(from, to))
}
