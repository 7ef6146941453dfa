// Changes of where requests go: routes of the load balancer under load, and other load balancers on its port.
import { addRoute, createLoadBalancer, deleteLoadBalancer, removeRoute } from '../../api/client.ts'
import type { Chance } from '../chance.ts'
import { HOSTS, LIMITED_HOSTS, LOOPBACK, PATHS, SHARED_POOL, STEADY, type World } from '../world.ts'
import type { ChangeKind, Step } from './step.ts'

export const ROUTE_CHANGES: readonly ChangeKind[] = [
  { name: 'route with servers added', group: 'daily', choose: addOwnRoute },
  { name: 'route to a pool added', group: 'daily', choose: addSharedRoute },
  { name: 'route removed', group: 'daily', choose: dropRoute },
  { name: 'load balancer added', group: 'daily', choose: addNeighbour },
  { name: 'load balancer deleted', group: 'daily', choose: deleteNeighbour },
]

function findFreePath({ routes }: World, chance: Chance): string | undefined {
  return chance.pick(PATHS.filter((path) => !routes.some((route) => route.path === path)))
}

function addOwnRoute(world: World, chance: Chance): Step | null {
  const path = findFreePath(world, chance)
  const [demo, ...spares] = world.spares
  if (path === undefined || !demo) return null
  return {
    text: `route ${path} to ${demo.name} added`,
    request: addRoute(STEADY, { match: { path }, backends: [{ target: demo.target }] }),
    next: { ...world, spares, routes: [...world.routes, { path, demo }] },
    freed: [],
  }
}

function addSharedRoute(world: World, chance: Chance): Step | null {
  const path = findFreePath(world, chance)
  if (path === undefined) return null
  return {
    text: `route ${path} to the shared pool added`,
    request: addRoute(STEADY, { match: { path }, pool: SHARED_POOL }),
    next: { ...world, routes: [...world.routes, { path, demo: null }] },
    freed: [],
  }
}

function dropRoute(world: World, chance: Chance): Step | null {
  const gone = chance.pick(world.routes)
  if (!gone) return null
  return {
    text: `route ${gone.path} to ${gone.demo?.name ?? 'the shared pool'} removed`,
    request: removeRoute(STEADY, { path: gone.path }),
    next: { ...world, routes: world.routes.filter((route) => route !== gone) },
    freed: gone.demo ? [gone.demo] : [],
  }
}

function addNeighbour(world: World, chance: Chance): Step | null {
  const isFree = (host: string) => !world.neighbours.some((neighbour) => neighbour.host === host)
  const host = chance.pick([...HOSTS, ...LIMITED_HOSTS].filter(isFree))
  const [demo, ...spares] = world.spares
  if (host === undefined || !demo) return null
  const { port } = world
  const name = host.replaceAll('.', '-')
  const isAsked = HOSTS.some((asked) => asked === host)
  const limit = isAsked ? {} : { rateLimit: { requests: 1 + chance.below(5), window: '10s' } }
  const route = { match: { host }, backends: [{ target: demo.target }], healthCheck: { path: '/health' }, ...limit }
  return {
    text: `load balancer for ${host} with ${demo.name} added`,
    request: createLoadBalancer({ name, spec: { port, bind: LOOPBACK, routes: [route] } }),
    next: { ...world, spares, neighbours: [...world.neighbours, { name, host, port, demo }] },
    freed: [],
  }
}

function deleteNeighbour(world: World, chance: Chance): Step | null {
  const gone = chance.pick(world.neighbours.filter(({ host }) => host !== null))
  if (!gone) return null
  return {
    text: `load balancer for ${gone.host} deleted`,
    request: deleteLoadBalancer(gone.name),
    next: { ...world, neighbours: world.neighbours.filter((neighbour) => neighbour !== gone) },
    freed: [gone.demo],
  }
}
