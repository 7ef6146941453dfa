// Kontena's order of routes, held against a plain statement of it: host and path, a host alone, a path alone.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { assignRoutes, type Claimant } from '../../../src/sources/kontena/assign-routes.ts'
import type { Match } from '../../../src/sources/kontena/hosts-and-paths.ts'

type Owned = Match & { readonly id: string }
type Request = { readonly host: string; readonly path: string }

const isOfHost = (pattern: string | null, host: string) =>
  pattern === null || (pattern.startsWith('*.') ? host.endsWith(pattern.slice(1)) : pattern === host)

const isOfPath = (pattern: string, path: string) =>
  pattern.endsWith('*')
    ? path.startsWith(pattern.slice(0, -1))
    : `${path}/`.startsWith(`${pattern}/`) || pattern === '/'

/** An exact host before wildcards, those from the longest. */
const rankOfHost = (host: string | null) => (host === null ? 0 : host.startsWith('*') ? host.length : 1000)

/** What takes a request: the first by group, if groups count, then the most specific host, then the longest path. */
function findTaker(all: readonly Owned[], { host, path }: Request, groupOf: (match: Match) => number): string | null {
  const length = (match: Match) => (match.path.endsWith('*') ? match.path.length - 1.5 : match.path.length)
  const takers = all.filter((match) => isOfHost(match.host, host) && isOfPath(match.path, path))
  const order = (a: Match, b: Match) =>
    groupOf(a) - groupOf(b) || rankOfHost(b.host) - rankOfHost(a.host) || length(b) - length(a)
  return takers.sort(order)[0]?.id ?? null
}

const groupOfKontena = ({ host, hasPath }: Match) => (host === null ? 3 : hasPath ? 1 : 2)

const hosts = [null, 'a.test', 'x.a.test', 'y.x.a.test', '*.test', '*.a.test', '*.x.a.test']
const paths = ['/api', '/api/v2', '/api*', '/b']
const match = fc.oneof(
  fc.record({ host: fc.constantFrom(...hosts), path: fc.constantFrom(...paths), hasPath: fc.constant(true) }),
  fc.record({ host: fc.constantFrom(...hosts), path: fc.constant('/'), hasPath: fc.constant(false) }),
)
const claimants = fc
  .array(fc.array(match, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 6 })
  .map((all) => all.map((wanted, index): Claimant => ({ id: `s${index}`, since: 0, held: new Set(), wanted })))
const requests = ['a.test', 'x.a.test', 'y.x.a.test', 'z.test', 'other.example'].flatMap((host) =>
  ['/', '/api', '/apix', '/api/v2/x', '/b/c'].map((path) => ({ host, path })),
)

test('every request goes where Kontena would send it, the most specific first in each group', () => {
  fc.assert(
    fc.property(claimants, (all) => {
      const assigned = assignRoutes(all)
      const made = [...assigned].flatMap(([id, { routes }]) => routes.map((route) => ({ ...route, id })))
      const asked = all.flatMap(({ id, wanted }) => wanted.map((one) => ({ ...one, id })))
      // Of the same host and path the first in the alphabet has it.
      const held = [...new Map(asked.toReversed().map((one) => [`${one.host} ${one.path}`, one])).values()]
      for (const request of requests) {
        const expected = findTaker(held, request, groupOfKontena)
        expect([request, findTaker(made, request, () => 0)]).toEqual([request, expected])
      }
    }),
    { numRuns: 500 },
  )
}, 30_000)
