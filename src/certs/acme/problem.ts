// A CA's refusal (RFC 8555 section 6.7) as data: its word, its sentence, the names it is about. Nothing of it is trusted.
import { z } from 'zod'
import type { NameProblem } from './acme-failure.ts'

/** What a CA says is wrong. */
export type Problem = {
  /** Its word without the prefix: `rateLimited`; empty where it has none. */
  readonly type: string
  readonly detail: string
  readonly names: readonly NameProblem[]
}

const LONGEST_DETAIL = 400
const MOST_NAMES = 100

const WORDS = { type: z.string().catch(''), detail: z.string().catch('') }

/** A problem document; as it stands in orders and challenges too. Whatever is not as it should be reads as empty. */
export const PROBLEM = z
  .object({
    ...WORDS,
    subproblems: z
      .array(z.object({ ...WORDS, identifier: z.object({ value: z.string() }).nullish().catch(null) }))
      .catch([]),
  })
  .transform(
    ({ type, detail, subproblems }): Problem => ({
      type: shortType(type),
      detail: toPlainText(detail),
      names: subproblems.slice(0, MOST_NAMES).map((each) => ({
        name: toPlainText(each.identifier?.value ?? ''),
        type: shortType(each.type),
        detail: toPlainText(each.detail),
      })),
    }),
  )

/** `rateLimited` of `urn:ietf:params:acme:error:rateLimited`. */
function shortType(type: string): string {
  const short = type.replace(/^urn:(ietf:params:)?acme:error:/, '')
  return /^[A-Za-z0-9]{1,60}$/.test(short) ? short : ''
}

/** Text of others in one line, without what proves a name: tokens, and what is as long as one. */
function toPlainText(text: string): string {
  const line = text
    .slice(0, 4 * LONGEST_DETAIL)
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .replace(/(acme-challenge\/)[^\s"',:;]+/g, '$1…')
    .replace(/[A-Za-z0-9_-]{40,}(\.[A-Za-z0-9_-]{40,})*(?![A-Za-z0-9_.-]*\.[a-z])/g, '…')
    .trim()
    .replace(/\.$/, '')
  return line.length > LONGEST_DETAIL ? `${line.slice(0, LONGEST_DETAIL)}…` : line
}
