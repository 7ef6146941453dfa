// Options whose value is a number or a duration.
import { parseDuration } from '../model/duration.ts'
import { type Call, formatFlag, textOption } from './call.ts'
import { usageFailure } from './refusal.ts'

/** A whole number within these bounds; null where the option was not given. Failure `usage` for anything else. */
export function wholeOption(call: Call, name: string, least: number, most: number): number | null {
  const text = textOption(call, name)
  if (text === undefined) return null
  const number = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN
  if (number >= least && number <= most) return number
  throw usageFailure(`${formatFlag(name)} ${text} is not a whole number from ${least} to ${most}`)
}

/** A number, whole or not, above 0 and up to `most`; null where the option was not given. Failure `usage` for anything else. */
export function positiveOption(call: Call, name: string, most: number): number | null {
  const text = textOption(call, name)
  if (text === undefined) return null
  const number = parsePositive(text, most)
  if (number !== null) return number
  throw usageFailure(`${formatFlag(name)} ${text} is not a number above 0, up to ${most}`)
}

/** The number a text says, above 0 and up to `most`; null for anything else. */
export function parsePositive(text: string, most: number): number | null {
  const number = /^\d{1,9}(\.\d{1,6})?$/.test(text) ? Number(text) : Number.NaN
  return number > 0 && number <= most ? number : null
}

/** A duration in milliseconds; null where the option was not given. Failure `usage` where it is none. */
export function durationOption(call: Call, name: string): number | null {
  const text = textOption(call, name)
  if (text === undefined) return null
  const parsed = parseDuration(text)
  if (parsed.ok) return parsed.value
  throw usageFailure(`${formatFlag(name)}: ${parsed.message}`)
}
