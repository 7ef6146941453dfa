// Changes that HAProxy takes by a reload only: ports opened and closed.
import { createLoadBalancer, deleteLoadBalancer } from '../../api/client.ts'
import type { Chance } from '../chance.ts'
import { LOOPBACK, type World } from '../world.ts'
import type { ChangeKind, Step } from './step.ts'

export const LISTENER_CHANGES: readonly ChangeKind[] = [
  { name: 'port opened', group: 'forced', choose: openPort },
  { name: 'port closed', group: 'forced', choose: closePort },
]

function openPort(world: World, chance: Chance): Step | null {
  const port = chance.pick(world.otherPorts.filter((one) => !world.neighbours.some((other) => other.port === one)))
  const [demo, ...spares] = world.spares
  if (port === undefined || !demo) return null
  const name = `port-${world.otherPorts.indexOf(port)}`
  const backends = [{ target: demo.target }]
  return {
    text: `${name} opened with ${demo.name}`,
    request: createLoadBalancer({ name, spec: { type: chance.pick(['http', 'tcp']), port, bind: LOOPBACK, backends } }),
    next: { ...world, spares, neighbours: [...world.neighbours, { name, host: null, port, demo }] },
    freed: [],
  }
}

function closePort(world: World, chance: Chance): Step | null {
  const gone = chance.pick(world.neighbours.filter(({ host }) => host === null))
  if (!gone) return null
  return {
    text: `${gone.name} closed`,
    request: deleteLoadBalancer(gone.name),
    next: { ...world, neighbours: world.neighbours.filter((neighbour) => neighbour !== gone) },
    freed: [gone.demo],
  }
}
