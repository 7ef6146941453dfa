// Names whose challenges are answered: a row for each, whoever of the load balancers asks for it.
import type { Share } from '../model/config.ts'
import type { Table } from '../model/table.ts'
import type { Action } from './action.ts'

type Shares = Table<string, Share>

/** What changes for the names of some load balancers. Of a name that several ask for there is one row, while any of them does. */
export function planChallenges(before: Shares, after: Shares, owners: Iterable<string>): Action[] {
  const actions = new Map<string, Action>()
  for (const owner of owners) {
    const [had, has] = [before.get(owner)?.domains, after.get(owner)?.domains]
    if (had?.join() === has?.join()) continue
    for (const domain of new Set([...(had ?? []), ...(has ?? [])])) {
      const isAnswered = isAsked(after, domain)
      if (isAnswered !== isAsked(before, domain))
        actions.set(domain, { kind: 'set-challenge', owner, domain, isAnswered })
    }
  }
  return [...actions.values()]
}

function isAsked(shares: Shares, domain: string): boolean {
  return shares.some(({ domains }) => domains?.includes(domain) ?? false)
}
