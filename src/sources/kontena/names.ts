// Names for the resources of load balancers and their services: readable, each once, and the same from one time to the next.
import { createHash } from 'node:crypto'

const LONGEST = 63

/** Who needs a name: the best first. */
export type Nameless = { readonly id: string; readonly wanted: readonly string[] }

/** A name by id. Who had one before keeps it; others choose in their order. `holders` says who has a name that was wanted first. */
export function nameAll(all: readonly Nameless[], before: ReadonlyMap<string, string>) {
  const holders = new Map<string, string>()
  const names = new Map<string, string>()
  const take = (id: string, name: string) => {
    names.set(id, name)
    holders.set(name, id)
  }
  for (const { id } of all) {
    const name = before.get(id)
    if (name !== undefined && !holders.has(name)) take(id, name)
  }
  for (const { id, wanted } of all) {
    if (names.has(id)) continue
    const free = wanted.find((name) => !holders.has(name))
    take(id, free ?? toName(wanted[0] ?? '', id))
  }
  return { names, holders }
}

/** Any text as a DNS label; with a hash of `distinct` where it is given, or where the text is too long. */
export function toName(text: string, distinct?: string): string {
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
  return short === '' ? `kontena-${hash}` : `${short}-${hash}`
}
