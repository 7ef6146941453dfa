// The kinds of field the schema is made of; each refuses with one sentence that says what is allowed.
import { z } from 'zod'
import { parseDuration } from '../model/duration.ts'
import { type Parsed, quoted } from '../model/parsed.ts'
import { findNearest } from './nearest.ts'

/** A text one of the model's parsers must accept; the text itself is kept as the user wrote it. */
export function checkedText(parse: (text: string) => Parsed<unknown>, description: string, example: string) {
  return z
    .string()
    .superRefine((text, context) => {
      const parsed = parse(text)
      if (!parsed.ok) context.addIssue({ code: 'custom', message: parsed.message })
    })
    .describe(description)
    .meta({ examples: [example] })
}

export const durationSchema = checkedText(parseDuration, 'A duration: 250ms, 5s, 1m, 1h', '5s')

/** A whole number within bounds, both included. */
export function integer(from: number, to: number) {
  return z
    .int({
      error: (issue) => `${quoted(issue.input)} is not allowed; use a whole number from ${from} to ${to}`,
    })
    .min(from, { error: (issue) => `${issue.input} is too small; use ${from} to ${to}` })
    .max(to, { error: (issue) => `${issue.input} is too large; use ${from} to ${to}` })
}

/** One of a few words. */
export function oneOf<const Words extends readonly [string, ...string[]]>(words: Words) {
  return z.enum(words, {
    error: (issue) => {
      const near = typeof issue.input === 'string' ? findNearest(issue.input, words) : undefined
      return `${quoted(issue.input)} is not one of ${words.join(', ')}${near ? `; did you mean ${near}?` : ''}`
    },
  })
}
