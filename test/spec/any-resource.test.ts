// Whatever is sent in: it is never thrown about, and each problem names a place the sender can find.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { normaliseResource } from '../../src/spec/dialect.ts'
import { parseResource, type SpecProblem } from '../../src/spec/parse-resource.ts'
import { toFragment } from '../../src/spec/to-fragment.ts'
import { specs } from '../arbitrary/resources.ts'

type Json = { [key: string]: unknown }

/** Steps from the top to some value inside. */
type Place = readonly (string | number)[]

/** Every place in a value, the top left out. */
function placesIn(value: unknown, above: Place = []): Place[] {
  if (typeof value !== 'object' || value === null) return []
  const keys = Array.isArray(value) ? [...value.keys()] : Object.keys(value)
  return keys.flatMap((key) => [[...above, key], ...placesIn((value as Json)[key], [...above, key])])
}

/** A copy with one place changed by `edit`. */
function editAt(value: unknown, place: Place, edit: (parent: Json, key: string | number) => void): unknown {
  const copy = structuredClone(value)
  const parent = place.slice(0, -1).reduce((inner, step) => (inner as Json)[step], copy) as Json
  edit(parent, place.at(-1) ?? '')
  return copy
}

/** Anything JSON can say. */
const json = fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<unknown>

const resources = specs.map(
  (spec) => JSON.parse(JSON.stringify({ name: 'web', labels: { team: 'a' }, spec })) as unknown,
)

/** A resource with a few of its values replaced, removed, or accompanied by keys nobody knows. */
const nearlyGood = resources.chain((resource) => {
  const place = fc.constantFrom(...placesIn(resource))
  const replaced = fc.tuple(place, json).map(([at, value]) =>
    editAt(resource, at, (parent, key) => {
      parent[key] = value
    }),
  )
  const removed = place.map((at) =>
    editAt(resource, at, (parent, key) => {
      if (Array.isArray(parent)) parent.splice(Number(key), 1)
      else delete parent[key]
    }),
  )
  const words = fc.constantFrom('zone', 'porrt', 'constructor', 'a.b', '0')
  const added = fc.tuple(place, words, json).map(([at, word, value]) =>
    editAt(resource, at, (parent) => {
      if (Array.isArray(parent)) parent.push(value)
      else parent[word] = value
    }),
  )
  return fc.oneof(replaced, removed, added)
})

/** Whether a path leads to a value, or to a key that is missing where others stand. */
function leadsSomewhere(resource: unknown, path: string): boolean {
  if (path === '') return true
  let rest = path
  let value = resource
  while (rest !== '') {
    if (typeof value !== 'object' || value === null) return false
    const step = Object.keys(value)
      .map((key) => (Array.isArray(value) ? `[${key}]` : key))
      .filter((word) => rest === word || rest.startsWith(`${word}.`) || rest.startsWith(`${word}[`))
      .sort((a, b) => b.length - a.length)[0]
    if (step === undefined) return /^\.?[A-Za-z]+$/.test(rest)
    value = (value as Json)[step.replace(/^\[|\]$/g, '')]
    rest = rest.slice(step.length).replace(/^\./, '')
  }
  return true
}

function judge(resource: unknown): readonly SpecProblem[] {
  const parsed = parseResource(resource)
  const checked = parsed.ok ? toFragment(parsed.value, { source: 'store', id: 'web', since: 1, version: 1 }) : parsed
  if (!checked.ok) expect(checked.problems.length).toBeGreaterThan(0)
  return checked.ok ? [] : checked.problems
}

test('a resource that is wrong somewhere has problems at places that exist, each in one line', () => {
  fc.assert(
    fc.property(nearlyGood, (resource) => {
      for (const { path, message } of judge(resource)) {
        expect([path, leadsSomewhere(normaliseResource(resource), path)]).toEqual([path, true])
        expect(message).toMatch(/^\S[^\n\r]+\S$/)
        expect(message.length).toBeLessThan(600)
        // What is told of a user's own words is in quotes; ours never slip.
        const ours = message.replace(/"(?:[^"\\]|\\.)*(?:"|…"?)/g, '')
        expect(ours).not.toMatch(/\[object|expected string/)
        if (!/undefined|NaN/.test(JSON.stringify(resource))) expect(ours).not.toMatch(/undefined|NaN/)
      }
    }),
    { numRuns: 500 },
  )
}, 60_000)

test('anything else is refused, not thrown', () => {
  fc.assert(
    fc.property(fc.anything({ withNullPrototype: true, withMap: true, withDate: true, withBigInt: false }), (value) => {
      expect(judge(value).length).toBeGreaterThan(0)
      expect(judge({ name: 'web', spec: value }).length + judge({ name: value, spec: {} }).length).toBeGreaterThan(0)
    }),
    { numRuns: 400 },
  )
}, 60_000)

test('nothing is told twice', () => {
  fc.assert(
    fc.property(nearlyGood, (resource) => {
      const lines = judge(resource).map(({ path, message }) => `${path}: ${message}`)
      expect(lines).toEqual([...new Set(lines)])
    }),
    { numRuns: 500 },
  )
}, 60_000)
