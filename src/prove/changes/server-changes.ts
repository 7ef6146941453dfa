// Changes of the servers of the load balancer under load: they come, go, rest, and take more or less.
import { addBackends, patchBackend, removeBackend } from '../../api/client.ts'
import type { Chance } from '../chance.ts'
import { findServing, MOST_SERVERS, type Placed, STEADY, type World } from '../world.ts'
import type { ChangeKind, Step } from './step.ts'

/** So many servers keep taking requests whatever changes: one may be away without anybody noticing. */
const LEAST_SERVING = 2

const WEIGHTS = [1, 2, 5, 10, 50, 100, 200, 256] as const

/** High enough that the load never waits for long. */
const CONNECTION_LIMITS = [50, 100, 200, 1000] as const

export const SERVER_CHANGES: readonly ChangeKind[] = [
  { name: 'server added', group: 'daily', choose: addServer },
  { name: 'server removed', group: 'daily', choose: removeServer },
  { name: 'weight', group: 'daily', choose: changeWeight },
  { name: 'drain', group: 'daily', choose: (world, chance) => rest(world, chance, 'drain') },
  { name: 'maint', group: 'daily', choose: (world, chance) => rest(world, chance, 'maint') },
  { name: 'ready', group: 'daily', choose: comeBack },
  { name: 'connection limit', group: 'daily', choose: limitConnections },
]

function addServer(world: World, chance: Chance): Step | null {
  const [fresh, ...spares] = world.spares
  if (!fresh || world.servers.length >= MOST_SERVERS) return null
  const weight = chance.pick(WEIGHTS) ?? 1
  return {
    text: `server ${fresh.name} added with weight ${weight}`,
    request: addBackends(STEADY, { backends: [{ target: fresh.target, weight }] }),
    next: { ...world, spares, servers: [...world.servers, { ...fresh, weight, state: 'ready', maxConnections: null }] },
    freed: [],
  }
}

function removeServer(world: World, chance: Chance): Step | null {
  const gone = chance.pick(findDispensable(world))
  if (!gone) return null
  return {
    text: `server ${gone.name} (${gone.state}) removed`,
    request: removeBackend(STEADY, gone.target),
    next: { ...world, servers: world.servers.filter((server) => server !== gone) },
    freed: [gone],
  }
}

function changeWeight(world: World, chance: Chance): Step | null {
  const server = chance.pick(world.servers)
  if (!server) return null
  const mayRest = findDispensable(world).includes(server)
  const weights = [...WEIGHTS, ...(mayRest ? [0] : [])]
  const weight = chance.pick(weights.filter((one) => one !== server.weight)) ?? 1
  return patch(world, server, { weight }, `weight of ${server.name} to ${weight}`)
}

function rest(world: World, chance: Chance, state: 'drain' | 'maint'): Step | null {
  const server = chance.pick(findDispensable(world).filter((one) => one.state === 'ready'))
  return server ? patch(world, server, { state }, `${server.name} to ${state}`) : null
}

function comeBack(world: World, chance: Chance): Step | null {
  const server = chance.pick(world.servers.filter(({ state }) => state !== 'ready'))
  return server ? patch(world, server, { state: 'ready' }, `${server.name} from ${server.state} to ready`) : null
}

function limitConnections(world: World, chance: Chance): Step | null {
  const server = chance.pick(world.servers)
  const maxConnections = chance.pick(CONNECTION_LIMITS.filter((limit) => limit !== server?.maxConnections))
  if (!server || maxConnections === undefined) return null
  return patch(world, server, { maxConnections }, `connection limit of ${server.name} to ${maxConnections}`)
}

/** Servers the others can do without. */
function findDispensable(world: World): readonly Placed[] {
  return world.servers.filter(
    (server) => findServing(world.servers.filter((other) => other !== server)).length >= LEAST_SERVING,
  )
}

function patch(
  world: World,
  server: Placed,
  change: Partial<Pick<Placed, 'weight' | 'state'>> & { readonly maxConnections?: number },
  text: string,
): Step {
  const servers = world.servers.map((other) => (other === server ? { ...server, ...change } : other))
  return { text, request: patchBackend(STEADY, server.target, change), next: { ...world, servers }, freed: [] }
}
