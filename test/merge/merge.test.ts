// Merging: the same for any order, fair to the older one, and whole in itself.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type MergeContext, type Merged, merge } from '../../src/merge/merge.ts'
import type { BrokenFragment, Fragment } from '../../src/model/fragment.ts'
import { contexts, convert, words } from '../arbitrary/resources.ts'

const CONTEXT: MergeContext = { vpcs: [], addresses: new Map(), kept: new Map(), setAside: new Map() }

/** A merge with who served before as what is kept. */
const merges = fc.tuple(words, words, contexts).map(([earlier, word, around]) => ({
  word,
  context: { ...around, kept: keptOf(merge(earlier, { ...around, kept: new Map() })) },
}))

function keptOf({ placements }: Merged): ReadonlyMap<string, Fragment> {
  return new Map([...placements].flatMap(([name, { serving }]) => (serving ? [[name, serving] as const] : [])))
}

function fragment(name: string, since: number, spec: Record<string, unknown>): Fragment {
  const converted = convert({ name, spec }, { source: 'store', id: name, since, version: 1 })
  if (!converted) throw new Error(`${name} is refused`)
  return converted
}

/** Each load balancer's problems, by code. */
function codesOf({ placements }: Merged): Record<string, string[]> {
  return Object.fromEntries([...placements].map(([name, { problems }]) => [name, problems.map(({ code }) => code)]))
}

describe('any fragments', { timeout: 60_000 }, () => {
  test('merge to the same in any order', () => {
    fc.assert(
      fc.property(
        merges.chain(({ word, context }) =>
          fc.tuple(fc.constant(word), fc.shuffledSubarray(word, { minLength: word.length }), fc.constant(context)),
        ),
        ([word, shuffled, context]) => {
          const [one, other] = [merge(word, context), merge(shuffled, context)]
          expect(other.value).toEqual(one.value)
          expect([...other.placements]).toEqual([...one.placements])
        },
      ),
      { numRuns: 200 },
    )
  })

  test('merge to a configuration without double or loose ends', () => {
    fc.assert(
      fc.property(merges, ({ word, context }) => {
        const { value, placements } = merge(word, context)
        const serving = [...placements.values()].flatMap(({ serving: one }) => (one ? [one.name] : []))
        const pools = value.pools.map(({ id }) => id)
        const listeners = value.listeners.map(({ id }) => id)
        const routes = value.routes.map((route) => `${route.listener} ${route.host} ${route.path}`)
        for (const ids of [pools, listeners, routes]) expect(new Set(ids).size).toBe(ids.length)
        for (const route of value.routes) {
          expect(pools).toContain(route.pool)
          expect(listeners).toContain(route.listener)
        }
        const owners = [
          ...value.pools.map(({ owner }) => owner),
          ...value.listeners.flatMap((listener) => listener.owners),
        ]
        for (const owner of owners) expect(serving).toContain(owner)
        for (const name of serving)
          expect(value.listeners.some((listener) => listener.owners.includes(name))).toBe(true)
        expect([...placements.keys()].sort()).toEqual([...new Set(word.map(({ name }) => name))].sort())
      }),
      { numRuns: 200 },
    )
  })

  test('tell everyone who does not serve as asked why, and nobody else a fatal problem', () => {
    fc.assert(
      fc.property(merges, ({ word, context }) => {
        for (const { serving, version, problems } of merge(word, context).placements.values()) {
          const isAsAsked = serving !== null && word.includes(serving) && serving.origin.version === version
          const isElsewhere = problems.some(({ code }) => code === 'unplaced')
          expect(problems.some(({ fatal }) => fatal)).toBe(!isAsAsked && !isElsewhere)
          if (isElsewhere) expect(serving).toBeNull()
        }
      }),
      { numRuns: 200 },
    )
  })

  test('leave the older ones as they are when a younger one comes', () => {
    const byAge = (a: Fragment | BrokenFragment, b: Fragment | BrokenFragment) => a.origin.since - b.origin.since
    fc.assert(
      fc.property(merges, ({ word, context }) => {
        const newcomer = word.toSorted(byAge).at(-1)
        if (
          !newcomer ||
          word.some(
            (one) => one !== newcomer && (one.origin.since === newcomer.origin.since || one.name === newcomer.name),
          )
        )
          return
        const kept = new Map([...context.kept].filter(([name]) => name !== newcomer.name))
        const ground = { ...context, kept }
        const without = merge(
          word.filter((one) => one !== newcomer),
          ground,
        )
        const all = merge(word, ground)
        for (const [name, placement] of without.placements) expect(all.placements.get(name)).toEqual(placement)
      }),
      { numRuns: 200 },
    )
  })
})

describe('conflicts', () => {
  const backends = [{ target: '10.0.0.1:80' }]

  test.each([
    ['types', { type: 'tcp', port: 80, backends }, { backends }, 'spec.type'],
    ['tcp', { type: 'tcp', port: 5, backends }, { type: 'tcp', port: 5 }, 'spec.port'],
    ['routes', { backends }, { backends }, 'spec.routes'],
    ['client timeouts', { timeouts: { client: '1s' } }, { timeouts: { client: '2s' } }, 'spec.timeouts.client'],
    [
      'request timeouts',
      { timeouts: { httpRequest: '1s' } },
      { timeouts: { httpRequest: '2s' } },
      'spec.timeouts.httpRequest',
    ],
    [
      'keep-alive timeouts',
      { timeouts: { keepAlive: '1s' } },
      { timeouts: { keepAlive: '2s' } },
      'spec.timeouts.keepAlive',
    ],
  ])('of %s are told to the younger one, with the older one by name', (_what, first, second, path) => {
    const { placements, value } = merge([fragment('young', 2, second), fragment('old', 1, first)], CONTEXT)
    expect(placements.get('old')?.problems).toEqual([])
    expect(placements.get('young')).toMatchObject({
      serving: null,
      problems: [{ code: 'conflict', path, fatal: true, message: expect.stringContaining('load balancer old') }],
    })
    expect(value.listeners.map(({ owners }) => owners)).toEqual([['old']])
  })

  test.each([
    ['other ports', { backends }, { port: 81, backends }],
    ['other addresses', { bind: '10.0.0.1', backends }, { bind: '10.0.0.2', backends }],
    [
      'other hosts',
      { routes: [{ match: { host: 'a.b' }, backends }] },
      { routes: [{ match: { host: '*.a.b' }, backends }] },
    ],
    [
      'other paths',
      { routes: [{ match: { path: '/a' }, backends }] },
      { routes: [{ match: { path: '/a/b' }, backends }] },
    ],
    ['the same timeouts', { timeouts: { client: '1s' } }, { timeouts: { client: '1000ms' } }],
    ['a timeout only one states', { timeouts: { client: '1s' } }, { timeouts: { keepAlive: '2s' } }],
  ])('are none about %s', (_what, first, second) => {
    expect(codesOf(merge([fragment('young', 2, second), fragment('old', 1, first)], CONTEXT))).toEqual({
      old: [],
      young: [],
    })
  })

  test('of one age are settled by the alphabet of their sources, then of their ids', () => {
    const spec = { backends }
    const stored = convert({ name: 'x', spec }, { source: 'store', id: 'x', since: 1, version: 1 })!
    const filed = convert({ name: 'y', spec }, { source: 'file', id: 'y', since: 1, version: 1 })!
    expect(codesOf(merge([stored, filed], CONTEXT))).toEqual({ y: [], x: ['conflict'] })
    expect(codesOf(merge([fragment('b', 1, spec), fragment('a', 1, spec)], CONTEXT))).toEqual({
      a: [],
      b: ['conflict'],
    })
  })
})

// Both would listen on [::]: the system gives each connection to one of them by chance.
test('every IPv4 and IPv6 address takes the port on every IPv6 address too', () => {
  const spec = { backends: [{ target: '10.0.0.1:80' }] }
  const { placements } = merge([fragment('old', 1, spec), fragment('young', 2, { ...spec, bind: '::' })], CONTEXT)
  expect(placements.get('young')?.problems).toEqual([expect.objectContaining({ code: 'conflict' })])
})

test('one that serves does not lose to an older one that changes', () => {
  const spec = { backends: [{ target: '10.0.0.1:80' }] }
  const old = fragment('old', 1, spec)
  const young = fragment('young', 2, { ...spec, port: 81 })
  const kept = new Map([old, young].map((one) => [one.name, one]))
  const again = fragment('old', 1, { ...spec, port: 81 })
  const moved = { ...again, origin: { ...again.origin, version: 2 } }
  const { placements } = merge([moved, young], { ...CONTEXT, kept })
  expect(placements.get('young')).toMatchObject({ serving: young, problems: [] })
  expect(placements.get('old')).toMatchObject({ serving: old, problems: [{ code: 'conflict' }] })
})

describe('a last good version', () => {
  const good = fragment('web', 1, { backends: [{ target: '10.0.0.1:80' }] })
  const broken: BrokenFragment = {
    origin: { ...good.origin, version: 2 },
    name: 'web',
    broken: [{ code: 'invalid', message: 'x', fatal: true }],
  }
  const kept = new Map([['web', good]])

  test('serves for one that is broken, refused or in conflict now', () => {
    const refused = { ...good, origin: { ...good.origin, version: 2 } }
    expect(merge([broken], { ...CONTEXT, kept }).placements.get('web')).toMatchObject({
      serving: good,
      version: 2,
      problems: [{ code: 'invalid' }],
    })
    const setAside = new Map([['web', { code: 'invalid', message: 'HAProxy refuses it', fatal: true }]])
    expect(merge([refused], { ...CONTEXT, kept, setAside }).placements.get('web')).toMatchObject({
      serving: good,
      version: 2,
    })
    const older = fragment('older', 0, { type: 'tcp', port: 81 })
    const again = fragment('web', 1, { port: 81, backends: [{ target: '10.0.0.1:80' }] })
    const moved = { ...again, origin: { ...again.origin, version: 2 } }
    expect(merge([moved, older], { ...CONTEXT, kept }).placements.get('web')).toMatchObject({
      serving: good,
      problems: [{ code: 'conflict' }],
    })
  })

  test('does not serve once the load balancer is gone, or belongs elsewhere', () => {
    expect(merge([], { ...CONTEXT, kept }).value.pools).toEqual([])
    const elsewhere = fragment('web', 1, { vpc: 'lab', backends: [{ target: '10.0.0.1:80' }] })
    expect(merge([elsewhere], { ...CONTEXT, kept, vpcs: ['prod'] }).placements.get('web')).toMatchObject({
      serving: null,
      problems: [{ code: 'unplaced' }],
    })
  })
})

test('names are looked up in what is known, and each missing one is told once', () => {
  const spec = {
    backends: [{ target: 'web-1:80' }, { target: 'web-1:81' }, { target: 'web-2:80' }, { target: '10.0.0.1:80' }],
  }
  const { value, placements } = merge([fragment('web', 1, spec)], {
    ...CONTEXT,
    addresses: new Map([['web-2', '10.0.0.2']]),
  })
  expect(value.pools[0]?.servers.map(({ address }) => address)).toEqual([null, null, '10.0.0.2', '10.0.0.1'])
  expect(placements.get('web')?.problems).toEqual([
    { code: 'unresolved', fatal: false, message: expect.stringContaining('the name web-1 does not resolve') },
  ])
})
