// Random changes of a few load balancers on one port, as the API takes them, and what each of them wants.
import type { Chance } from '../../../src/prove/chance.ts'
import { formatServer, type View } from './outside.ts'

type Backend = {
  readonly target: string
  readonly weight: number
  readonly state: 'ready' | 'drain' | 'maint'
  readonly maxConnections?: number
}
type Rule = { readonly match: { readonly host: string; readonly path?: string }; readonly backends: readonly Backend[] }

/** What a load balancer's user wrote. */
export type Spec = { readonly port: number; readonly routes: readonly Rule[] }

/** What is wanted, by name. */
export type Specs = Map<string, Spec>

/** One request of the API: `spec` is null where the load balancer is deleted. */
export type Change = {
  readonly method: string
  readonly path: string
  readonly name: string
  readonly spec: Spec | null
}

const NAMES = ['one', 'two', 'three', 'four', 'five']

/** Another load balancer, another version of one, or one less. */
export function pickChange(chance: Chance, now: Specs, port: number, targets: readonly string[]): Change {
  const name = chance.pick(NAMES) ?? ''
  const spec = now.get(name)
  const path = `/v1/load-balancers/${name}`
  if (!spec) return { method: 'POST', path: '/v1/load-balancers', name, spec: makeSpec(chance, name, port, targets) }
  if (chance.below(5) === 0) return { method: 'DELETE', path, name, spec: null }
  const next = chance.below(2) === 0 ? makeSpec(chance, name, port, targets) : changeServers(chance, spec, targets)
  return { method: 'PUT', path, name, spec: next }
}

function makeSpec(chance: Chance, name: string, port: number, targets: readonly string[]): Spec {
  const host = `${name}.example`
  const rule = (match: Rule['match']) => ({ match, backends: makeBackends(chance, targets), ...makeSettings(chance) })
  const more = chance.below(2) === 0 ? [rule({ host, path: '/more' })] : []
  return { port, routes: [rule({ host }), ...more] }
}

/** Only its servers, their weights and states. */
function changeServers(chance: Chance, spec: Spec, targets: readonly string[]): Spec {
  return { ...spec, routes: spec.routes.map((rule) => ({ ...rule, backends: makeBackends(chance, targets) })) }
}

/** At least the first of them takes traffic, so that there is an answer to look at. */
function makeBackends(chance: Chance, targets: readonly string[]): Backend[] {
  const some = chance.shuffle(targets).slice(0, 1 + chance.below(targets.length))
  return some.map((target, index) => ({
    target,
    weight: 1 + chance.below(20),
    state: index === 0 ? 'ready' : (chance.pick(['ready', 'drain', 'maint'] as const) ?? 'ready'),
    ...(chance.below(4) === 0 ? { maxConnections: 50 + chance.below(50) } : {}),
  }))
}

function makeSettings(chance: Chance): object {
  const limit = { requests: 10_000 + chance.below(100), window: '10s' }
  return {
    algorithm: chance.pick(['roundrobin', 'leastconn', 'random']),
    healthCheck: { path: chance.pick(['/health', '/check', '/']), interval: '500ms', rise: 1 },
    ...(chance.below(3) === 0 ? { sticky: { mode: 'cookie', cookieName: chance.pick(['SESSION', 'STICK']) } } : {}),
    ...(chance.below(3) === 0 ? { rateLimit: limit } : {}),
    // What waits for a connection of a server keeps a place that was left: not for a minute here.
    timeouts: { server: `${20 + chance.below(20)}s`, queue: '5s' },
  }
}

/** What HAProxy and its files must hold for these. */
export function viewWanted(specs: Iterable<Spec>): View {
  const rules = [...specs].flatMap(({ routes }) => routes)
  const entries = rules.map(({ match, backends }) => {
    const texts = backends.map(({ target: name, weight, state, maxConnections }) =>
      formatServer({
        name,
        address: name,
        weight: state === 'drain' ? 0 : weight,
        isMaint: state === 'maint',
        limit: maxConnections ?? null,
      }),
    )
    return [`${match.host}${match.path ?? ''}/`, texts.sort()] as const
  })
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** Who may answer at each route. */
export function findAnswering(
  specs: Iterable<Spec>,
): { readonly match: Rule['match']; readonly targets: Set<string> }[] {
  return [...specs].flatMap(({ routes }) =>
    routes.map(({ match, backends }) => ({
      match,
      targets: new Set(backends.filter(({ state }) => state === 'ready').map(({ target }) => target)),
    })),
  )
}
