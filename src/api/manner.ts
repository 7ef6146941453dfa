// How a write is wanted, from the query and the headers of its request.
import { type Answerable, ready } from './answer.ts'
import type { Manner } from './change-load-balancer.ts'
import { parseIfMatch } from './if-match.ts'
import type { Asked } from './route.ts'

type Flags = { readonly dryRun?: boolean | undefined; readonly wait?: boolean | undefined }

/** Reads ?dryRun, ?wait, If-Match and the author. */
export function readManner({ query, headers, author }: Asked<Flags>): Answerable<Manner> {
  const header = headers['if-match']
  const expected = parseIfMatch(Array.isArray(header) ? header.join(',') : header)
  if (!expected.ok) return expected
  return ready({ expected: expected.value, author, dryRun: query.dryRun ?? false, wait: query.wait ?? true })
}
