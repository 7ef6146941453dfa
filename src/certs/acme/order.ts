// Orders and authorizations (RFC 8555 sections 7.1.3 and 7.1.4) as a CA tells them, read strictly.
import { z } from 'zod'
import { RESOURCE_URL } from './directory.ts'
import { PROBLEM } from './problem.ts'

const MOST = 100

const NAME = z.object({ type: z.string(), value: z.string().max(300).toLowerCase() })

const ORDER_BODY = z.object({
  status: z.enum(['pending', 'ready', 'processing', 'valid', 'invalid']),
  identifiers: z.array(NAME).max(MOST),
  authorizations: z.array(RESOURCE_URL).max(MOST),
  finalize: RESOURCE_URL,
  certificate: RESOURCE_URL.optional(),
  error: PROBLEM.nullish(),
})

export const ORDER = ORDER_BODY.transform(({ identifiers, ...order }) => ({
  ...order,
  names: identifiers.map(({ value }) => value),
}))

export type Order = z.infer<typeof ORDER>

const CHALLENGE = z.object({
  type: z.string().max(100),
  status: z.string().catch('pending'),
  url: z.string().catch(''),
  /** RFC 8555 section 8.1: nothing else may stand in one, and it becomes part of a path. */
  token: z
    .string()
    .regex(/^[\w-]{20,200}$/)
    .catch(''),
  error: PROBLEM.nullish(),
})

/** A token that is no token reads as empty. */
export type OfferedChallenge = z.infer<typeof CHALLENGE>

export const AUTHORIZATION = z
  .object({
    status: z.enum(['pending', 'valid', 'invalid', 'deactivated', 'expired', 'revoked']),
    identifier: NAME,
    wildcard: z.boolean().optional(),
    challenges: z.array(CHALLENGE).max(MOST),
  })
  .transform(({ identifier, wildcard, ...rest }) => ({
    ...rest,
    name: wildcard ? `*.${identifier.value.replace(/^\*\./, '')}` : identifier.value,
  }))

/** Its name has `*.` where it is for all names below. */
export type Authorization = z.infer<typeof AUTHORIZATION>
