// What may stand after the question mark: the fields, and the strict reading of them.
import { z } from 'zod'
import { findNearest } from '../spec/nearest.ts'
import type { SpecProblem } from '../spec/parse-resource.ts'
import { type Answerable, endWith, ready, refuseInvalid } from './answer.ts'

const FLAG_WORDS = { true: true, '1': true, '': true, false: false, '0': false } as const

/** true or false. */
export function flag(description: string) {
  const error = () => 'is a switch; write true or false'
  return z
    .enum(['true', 'false', '1', '0', ''], { error })
    .transform((word) => FLAG_WORDS[word])
    .optional()
    .describe(description)
}

/** A whole number from 1, or from another least one. */
export function count(most: number, description: string, least = 1) {
  const error = () => `is a number from ${least} to ${most}`
  const text = z.string({ error }).regex(/^\d{1,9}$/, { error })
  return text
    .transform(Number)
    .refine((value) => value >= least && value <= most, { error })
    .optional()
    .describe(description)
}

/** A text that may be given once. */
export function word(description: string) {
  return z
    .string({ error: () => 'may be given once' })
    .optional()
    .describe(description)
}

/** What every write understands. */
export const writeQuery = z.strictObject({
  dryRun: flag('`true` answers the plan and changes nothing'),
  wait: flag('`false` answers once the change is stored, before it is live'),
})

/** The same for a part of a load balancer that a named pool has too. */
export const poolWriteQuery = writeQuery.extend({ pool: word('A named pool, instead of the keys at the top') })

/** Reads a query; every parameter that is not known is refused with the nearest one that is. */
export function readQuery(schema: z.ZodObject | undefined, given: unknown): Answerable<unknown> {
  const result = (schema ?? z.strictObject({})).safeParse(given)
  if (result.success) return ready(result.data)
  const known = Object.keys(schema?.shape ?? {})
  return endWith(refuseInvalid(result.error.issues.flatMap((issue) => describeIssue(issue, known))))
}

function describeIssue(issue: z.core.$ZodIssue, known: readonly string[]): SpecProblem[] {
  if (issue.code !== 'unrecognized_keys') return [{ path: `?${issue.path.join('.')}`, message: issue.message }]
  return issue.keys.map((key) => {
    const near = findNearest(key, known)
    const hint = near ? `did you mean ${near}?` : known.length > 0 ? `known: ${known.join(', ')}` : 'there are none'
    return { path: `?${key}`, message: `there is no such query parameter here; ${hint}` }
  })
}
