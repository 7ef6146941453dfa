// Which records are ours: beside the addresses of a name stands a TXT record that names their owner.
import { normalizeName } from './wire/names.ts'

const LABEL = '_fairlead'
/** Stands for the `*` of a wildcard: a name below `*` would be none that anybody can ask for. */
const WILDCARD_LABEL = '_wildcard'

/** Where the ownership record of a name stands: `_fairlead.app.example.com`, `_fairlead._wildcard.example.com`. */
export function ownerRecordOf(name: string): string {
  return `${LABEL}.${normalizeName(name).replace(/^\*(?=\.|$)/, WILDCARD_LABEL)}`
}

/** The text of an ownership record. */
export function formatOwner(owner: string): string {
  return `heritage=fairlead,owner=${owner}`
}

/** The owner that ownership records name, or a stranger's words, as they may stand in a sentence; null: there are none. */
export function parseOwner(texts: readonly string[]): string | null {
  if (texts.length === 0) return null
  const [only = ''] = texts
  const owner = texts.length === 1 ? /^heritage=fairlead,owner=(.+)$/s.exec(only)?.[1] : undefined
  return (owner ?? texts.join(' ')).replace(/\p{Cc}/gu, '?').slice(0, 255)
}
