// A text as the value a key takes, by the key's own schema: numbers, switches, words, lists. What labels and `lb set` say.
import { z } from 'zod'
import { accepted, type Parsed, quoted, refused } from '../model/parsed.ts'
import { findKeyed, unwrapSchema } from './key-path.ts'
import { checkWith } from './parse-resource.ts'

const YES = new Set(['y', 'yes', 'true', '1', 'on'])
const NO = new Set(['n', 'no', 'false', '0', 'off'])

/** What a switch says; null for any other word. */
export function parseSwitch(text: string): boolean | null {
  const word = text.trim().toLowerCase()
  return YES.has(word) ? true : NO.has(word) ? false : null
}

/** Whether a key takes one plain value, or a list or names of them; keys with keys below them are no text. */
export function isPlain(schema: z.ZodType): boolean {
  const inner = unwrapSchema(schema)
  if (inner instanceof z.ZodArray) return isPlain(inner.element as z.ZodType)
  if (inner instanceof z.ZodUnion)
    return findKeyed(inner) !== undefined || inner.options.every((option) => isPlain(option as z.ZodType))
  return !(inner instanceof z.ZodObject || inner instanceof z.ZodRecord)
}

/** Whether a key takes a list, alone or as one of several forms. */
export function takesList(schema: z.ZodType): boolean {
  const inner = unwrapSchema(schema)
  if (inner instanceof z.ZodUnion) return inner.options.some((option) => takesList(option as z.ZodType))
  return inner instanceof z.ZodArray
}

/** Reads it. Lists are parted by `separator`, and each part is a value of its own. */
export function readText(schema: z.ZodType, text: string, separator = ','): Parsed<unknown> {
  const inner = unwrapSchema(schema)
  const wanted = inner instanceof z.ZodRecord ? (inner.valueType as z.ZodType) : inner
  if (wanted instanceof z.ZodBoolean) {
    const value = parseSwitch(text)
    return value === null ? refused(`${quoted(text)} is not a switch; write true or false`) : accepted(value)
  }
  const checked = checkWith(wanted, toRaw(wanted, text.trim(), separator))
  return checked.ok ? accepted(checked.value) : refused([...new Set(checked.problems.map(tell))].join('; '))
}

function tell({ message }: { readonly message: string }): string {
  return message
}

/** The value in the form the schema checks; what cannot be brought into it stays as it is and is refused there. */
function toRaw(schema: z.ZodType, text: string, separator: string): unknown {
  const inner = unwrapSchema(schema)
  if (inner instanceof z.ZodNumber) return toNumber(text)
  if (inner instanceof z.ZodLiteral) return inner.values.has(toNumber(text)) ? toNumber(text) : text
  if (inner instanceof z.ZodEnum) return toWord(text, inner.options)
  if (inner instanceof z.ZodArray) {
    const parts = text.split(separator).map((part) => part.trim())
    return parts.filter((part) => part !== '').map((part) => toRaw(inner.element as z.ZodType, part, separator))
  }
  if (inner instanceof z.ZodUnion) return toOption(inner.options as readonly z.ZodType[], text, separator)
  return text
}

function toNumber(text: string): number | string {
  return /^-?\d{1,15}$/.test(text) ? Number(text) : text
}

function toWord(text: string, words: readonly unknown[]): string {
  return !words.includes(text) && words.includes(text.toLowerCase()) ? text.toLowerCase() : text
}

/** Of several forms a key may have: a list where commas stand, a number where digits do, else a text. */
function toOption(options: readonly z.ZodType[], text: string, separator: string): unknown {
  const list = options.find((option) => option instanceof z.ZodArray)
  if (list && text.includes(separator)) return toRaw(list, text, separator)
  const isSwitch = options.some((option) => option instanceof z.ZodBoolean)
  if (isSwitch) return parseSwitch(text) ?? text
  const isNumber = options.some((option) => option instanceof z.ZodNumber)
  return isNumber ? toNumber(text) : text
}
