// Merging: the same for any order, fair to the older one, and whole in itself.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type MergeContext, type Merged, merge } from '../../src/merge/merge.ts'
import { formatListenerId, listenersOf, poolsOf, routesOf, sharesOf } from '../../src/model/config.ts'
import type { BrokenFragment, Fragment, Word } from '../../src/model/fragment.ts'
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

function asksFor(serving: Fragment | null | undefined, id: string): boolean {
  return serving?.listeners.some(({ address, port }) => formatListenerId(address, port) === id) ?? false
}

/** Each load balancer's problems, by code. */
function codesOf({ placements }: Merged): Record<string, string[]> {
  return Object.fromEntries([...placements].map(([name, { problems }]) => [name, problems.map(({ code }) => code)]))
}

/** What came of a merge, apart from which of those who share a listener is named as its owner. */
function plain({ value, placements }: Merged): unknown {
  return {
    listeners: listenersOf(value).map(({ owner: _anyOfThem, ...listener }) => listener),
    shares: sharesOf(value),
    placements: Object.fromEntries(placements),
  }
}

/** A word after the other, as a daemon hears them: who is said again is most often the same object. */
const stories = fc.array(fc.tuple(words, contexts, fc.nat({ max: 3 })), { minLength: 1, maxLength: 6 }).map((steps) => {
  let last: { word: Word; around: (typeof steps)[number][1] } = { word: [], around: { ...steps[0]![1], vpcs: [] } }
  return steps.map(([said, around, kind], index) => {
    const word = said.map((one) => inVersion(one, index))
    last =
      kind === 0 ? { word, around } : { word: amend(last.word, word, kind), around: kind === 1 ? around : last.around }
    return last
  })
})

/** An object that changes gets another version. */
function inVersion<T extends Word[number]>(one: T, step: number): T {
  return { ...one, origin: { ...one.origin, version: one.origin.version + 10 * step } }
}

/** The same with `some` of another word, or without them. */
function amend(before: Word, other: Word, kind: number): Word {
  const some = other.slice(0, 2)
  const isSaid = (one: Word[number]) =>
    some.some(({ origin }) => origin.source === one.origin.source && origin.id === one.origin.id)
  return [...before.filter((one) => !isSaid(one)), ...(kind === 3 ? [] : some)]
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
          expect(plain(other)).toEqual(plain(one))
        },
      ),
      { numRuns: 70 },
    )
  })

  test('merge to a configuration without double or loose ends', () => {
    fc.assert(
      fc.property(merges, ({ word, context }) => {
        const { value, placements } = merge(word, context)
        const serving = [...placements.values()].flatMap(({ serving: one }) => (one ? [one.name] : []))
        const pools = poolsOf(value).map(({ id }) => id)
        const listeners = listenersOf(value).map(({ id }) => id)
        const routes = routesOf(value).map((route) => `${route.listener} ${route.host} ${route.path}`)
        for (const ids of [pools, listeners, routes]) expect(new Set(ids).size).toBe(ids.length)
        expect([...value.listeners.keys()].sort()).toEqual(listeners)
        expect([...value.shares.keys()].sort()).toEqual(sharesOf(value).map(({ owner }) => owner))
        // A step on the way has rows of its own, which lead on.
        const steps = routesOf(value).map(({ host }) => host)
        for (const route of routesOf(value)) {
          expect([...pools, ...steps]).toContain(route.pool)
          expect(listeners).toContain(route.listener)
        }
        const owners = [...[...poolsOf(value), ...routesOf(value)].map(({ owner }) => owner)]
        for (const owner of owners) expect(serving).toContain(owner)
        for (const { id, owner } of listenersOf(value)) expect(asksFor(placements.get(owner)?.serving, id)).toBe(true)
        for (const name of serving)
          expect(listeners.some((id) => asksFor(placements.get(name)?.serving, id))).toBe(true)
        expect([...placements.keys()].sort()).toEqual([...new Set(word.map(({ name }) => name))].sort())
      }),
      { numRuns: 70 },
    )
  })

  test('merge on from an earlier merge to the same as from nothing, and who has not changed stays the same object', () => {
    fc.assert(
      fc.property(stories, (steps) => {
        let before: Merged | undefined
        for (const { word, around } of steps) {
          const context = { ...around, kept: before ? keptOf(before) : new Map<string, Fragment>() }
          const [on, anew] = [merge(word, context, before), merge(word, context)]
          expect(plain(on)).toEqual(plain(anew))
          for (const { id, owner } of listenersOf(on.value))
            expect(asksFor(on.placements.get(owner)?.serving, id)).toBe(true)
          for (const [name, share] of on.value.shares)
            if (before && on.changed && !on.changed.has(name)) expect(share).toBe(before.value.shares.get(name))
          for (const [name, placement] of anew.placements)
            if (before && on.changed && !on.changed.has(name)) expect(placement).toEqual(before.placements.get(name))
          before = on
        }
      }),
      { numRuns: 120 },
    )
  })

  test('that are said again unchanged cost nothing', () => {
    fc.assert(
      fc.property(words, contexts, (word, around) => {
        const first = merge(word, { ...around, kept: new Map() })
        const again = merge([...word], { ...around, kept: keptOf(first) }, first)
        const unserved = [...first.placements].filter(
          ([, { serving, problems }]) => !serving || problems.some(({ fatal }) => fatal),
        )
        const expected = new Set([...around.setAside.keys(), ...unserved.map(([name]) => name)])
        expect(again.changed).toEqual(expected)
        if (expected.size === 0)
          expect([again.value.shares, again.value.listeners]).toEqual([first.value.shares, first.value.listeners])
      }),
      { numRuns: 70 },
    )
  })

  test('tell everyone who does not serve as asked why, and nobody else a fatal problem', () => {
    fc.assert(
      fc.property(merges, ({ word, context }) => {
        for (const { serving, version, problems } of merge(word, context).placements.values()) {
          // One that waits for a certificate serves in another form.
          const isAsked = word.some(({ origin }) => origin === serving?.origin)
          const isAsAsked = serving !== null && isAsked && serving.origin.version === version
          const isElsewhere = problems.some(({ code }) => code === 'unplaced')
          expect(problems.some(({ fatal }) => fatal)).toBe(!isAsAsked && !isElsewhere)
          if (isElsewhere) expect(serving).toBeNull()
        }
      }),
      { numRuns: 70 },
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
        for (const [name, placement] of [...without.placements]) expect(all.placements.get(name)).toEqual(placement)
      }),
      { numRuns: 70 },
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
    expect(listenersOf(value).map(({ owner }) => owner)).toEqual(['old'])
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
    expect(poolsOf(merge([], { ...CONTEXT, kept }).value)).toEqual([])
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
  expect(poolsOf(value)[0]?.servers.map(({ address }) => address)).toEqual([null, null, '10.0.0.2', '10.0.0.1'])
  expect(placements.get('web')?.problems).toEqual([
    { code: 'unresolved', fatal: false, message: expect.stringContaining('the name web-1 does not resolve') },
  ])
})
