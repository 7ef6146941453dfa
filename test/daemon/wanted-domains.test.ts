// Whose certificates are obtained here, and who is found in DNS.
import { expect, test } from 'vitest'
import { Wanted } from '../../src/daemon/wanted.ts'
import { findHere, joinDomains, wantsDomains, wantsRecords } from '../../src/daemon/wanted-domains.ts'
import type { Fragment, Word } from '../../src/model/fragment.ts'

const ORIGIN = { source: 'store', id: 'web', since: 1, version: 1 }

function fragmentOf(names: readonly string[], more: Partial<Fragment> = {}): Fragment {
  return {
    origin: ORIGIN,
    name: 'web',
    vpc: null,
    listeners: [],
    routes: [],
    pools: [],
    certificates: names.map((name) => ({ listener: '0.0.0.0:443', source: { kind: 'domain', name } })),
    domains: names,
    resource: { name: 'web', spec: {} },
    problems: [],
    ...more,
  }
}

const nobody = () => undefined

test('a name that several want is obtained once, and renewed where any of them says so', () => {
  const kept = fragmentOf(['a.test'])
  const certificates = kept.certificates?.map((wish) => ({ ...wish, autoRenew: false as const })) ?? []
  const wanted = [fragmentOf(['a.test', 'b.test']), { ...kept, certificates }].flatMap((one) =>
    wantsDomains(one, nobody).map(([, domain]) => domain),
  )
  expect(joinDomains(wanted, [])).toEqual([
    { name: 'a.test', autoRenew: true },
    { name: 'b.test', autoRenew: true },
  ])
  expect(joinDomains(wanted.slice(2), [])).toEqual([{ name: 'a.test', autoRenew: false }])
})

test('other nodes see to the names of their vpc', () => {
  const all = [fragmentOf(['a.test'], { vpc: 'prod' }), fragmentOf(['b.test'])].flatMap((one) =>
    wantsRecords(one, nobody).map(([, record]) => record),
  )
  expect([[], ['prod'], ['test']].map((vpcs) => findHere(all, vpcs).map(({ name }) => name))).toEqual([
    ['a.test', 'b.test'],
    ['a.test', 'b.test'],
    ['b.test'],
  ])
})

test('of a load balancer that is broken now, what serves in its place is kept', () => {
  const broken = { origin: ORIGIN, name: 'web', broken: [] }
  const serving = (name: string) => (name === 'web' ? fragmentOf(['a.test']) : undefined)
  expect(wantsDomains(broken, serving).map(([, { name }]) => name)).toEqual(['a.test'])
  expect(wantsRecords(broken, serving).map(([, { name }]) => name)).toEqual(['a.test'])
  expect(wantsDomains(broken, nobody)).toEqual([])
})

test('what was counted for a load balancer is what it gives back, whatever serves in its place by then', () => {
  const serving = new Map<string, Fragment>()
  const wanted = new Wanted((fragment) => wantsDomains(fragment, (name) => serving.get(name)))
  const other = fragmentOf(['a.test'], { origin: { ...ORIGIN, id: 'other' }, name: 'other' })
  const broken = { origin: ORIGIN, name: 'web', broken: [] }
  const namesOf = (word: Word) => wanted.of(word).map(({ name }) => name)
  expect(namesOf([other, broken])).toEqual(['a.test'])
  serving.set('web', fragmentOf(['a.test']))
  expect(namesOf([other])).toEqual(['a.test'])
})
