// A load balancer's name from any text.
import { createHash } from 'node:crypto'

/** As long as a DNS label may be (RFC 1035, 2.3.4). */
const LONGEST = 63

/**
 * The text as a DNS label; with a hash of `distinct` where that is given, or of the text where it is too long.
 * `otherwise` stands for one without a letter or digit.
 */
export function toName(text: string, otherwise: string, distinct?: string): string {
  const plain = text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
  if (plain !== '' && plain.length <= LONGEST && distinct === undefined) return plain
  const hash = createHash('sha256')
    .update(distinct ?? text)
    .digest('hex')
    .slice(0, 6)
  const short = plain.slice(0, LONGEST - hash.length - 1).replace(/-$/, '')
  return `${short || otherwise}-${hash}`
}
