// Names for the resources of load balancers and their services: readable, each once, and the same from one time to the next.
import { toName as toAnyName } from '../../model/to-name.ts'

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

/** Any text as a name; with a hash of `distinct` where it is given. */
export function toName(text: string, distinct?: string): string {
  return toAnyName(text, 'kontena', distinct)
}
