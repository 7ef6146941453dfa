// A name whose challenges are answered has one row, whoever wants it.
import { describe, expect, test } from 'vitest'
import type { Share } from '../../src/model/config.ts'
import { Table } from '../../src/model/table.ts'
import { planChallenges } from '../../src/plan/plan-challenges.ts'

/** Load balancers and the names they want certificates for. */
function sharesOf(wanted: Record<string, string[]>) {
  const shares = Object.entries(wanted).map(([owner, domains]): [string, Share] => [
    owner,
    { owner, routes: [], pools: [], ...(domains.length > 0 ? { domains } : {}) },
  ])
  return Table(shares)
}

function plan(before: Record<string, string[]>, after: Record<string, string[]>): string[] {
  const owners = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort()
  return planChallenges(sharesOf(before), sharesOf(after), owners).map((action) =>
    action.kind === 'set-challenge' ? `${action.owner} ${action.isAnswered ? '+' : '-'}${action.domain}` : action.kind,
  )
}

describe('of a name there is one row', () => {
  test('it comes and goes with the load balancer that wants it', () => {
    expect(plan({}, { web: ['a.test', 'b.test'] })).toEqual(['web +a.test', 'web +b.test'])
    expect(plan({ web: ['a.test', 'b.test'] }, { web: ['b.test'] })).toEqual(['web -a.test'])
    expect(plan({ web: ['a.test'] }, {})).toEqual(['web -a.test'])
    expect(plan({ web: ['a.test'] }, { web: ['a.test'] })).toEqual([])
  })

  test('it stays while another one wants it', () => {
    expect(plan({ web: ['a.test'] }, { web: ['a.test'], api: ['a.test'] })).toEqual([])
    expect(plan({ web: ['a.test'], api: ['a.test'] }, { api: ['a.test'] })).toEqual([])
    expect(plan({ web: ['a.test'], api: [] }, { web: [], api: ['a.test'] })).toEqual([])
    expect(plan({ web: ['a.test'], api: ['a.test'] }, {})).toHaveLength(1)
  })
})
