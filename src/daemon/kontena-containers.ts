// Containers that carry Kontena's variables: services of a load balancer that Fairlead stands in for.
import { isIPv6 } from 'node:net'
import type { Container, FindAddress, Whereabouts } from '../sources/docker/container.ts'
import { compare } from '../sources/docker/groups.ts'
import { findLife, type Life } from '../sources/docker/life.ts'
import type { KontenaBalancer, KontenaService, KontenaUpstream } from '../sources/kontena/kontena.ts'
import { DEFAULT_PORTS } from '../sources/kontena/stack-file-ports.ts'
import {
  DEFAULT_EXTERNAL_PORT,
  DEFAULT_INTERNAL_PORT,
  isKontenaVariable,
  isOfLoadBalancer,
  readMode,
  readVariables,
} from '../sources/kontena/variables.ts'

/** A container that is balanced, and what came of it. */
export type KontenaInstance = {
  readonly container: Container
  readonly balancer: string
  readonly service: KontenaService
  readonly life: Life
  readonly found: Whereabouts
  /** Variables that other containers of its service, of which the eldest counts, have otherwise. */
  readonly differences: readonly string[]
}

/** What they say together. */
export type KontenaContainers = {
  readonly balancers: readonly KontenaBalancer[]
  readonly instances: readonly KontenaInstance[]
}

type Member = { readonly container: Container; readonly balancer: string; readonly name: string }

/** Reads them; the same for any order of the containers. */
export function readKontena(containers: readonly Container[], findAddress: FindAddress): KontenaContainers {
  const inOrder = [...containers].sort((a, b) => a.createdAt - b.createdAt || compare(a.id, b.id))
  const lbs = inOrder.filter(isLoadBalancer)
  const members = inOrder.filter(isBalanced).map((container) => toMember(container, lbs))
  const instances = [...Map.groupBy(members, ({ balancer, name }) => `${balancer} ${name}`).values()].flatMap((group) =>
    toInstances(group, findAddress),
  )
  const byBalancer = Map.groupBy(instances, ({ balancer }) => balancer)
  const balancers = [...byBalancer].map(([name, own]): KontenaBalancer => {
    const self = lbs.find((container) => nameOf(container).full === name)
    return {
      ...{ name, ports: DEFAULT_PORTS, environment: self?.environment ?? {} },
      services: [...new Set(own.map(({ service }) => service))],
    }
  })
  return { balancers, instances }
}

function isLoadBalancer({ image, environment }: Container): boolean {
  return isOfLoadBalancer(image, environment['KONTENA_SERVICE_ROLE'])
}

function isBalanced(container: Container): boolean {
  return !isLoadBalancer(container) && Object.keys(container.environment).some(isKontenaVariable)
}

/** The load balancer that Kontena wrote on it; else the one beside it; else one of the usual name. */
function toMember(container: Container, lbs: readonly Container[]): Member {
  const { full, project } = nameOf(container)
  const near = lbs.filter((lb) => nameOf(lb).project === project)
  const [only] = near.length === 1 ? near : lbs.length === 1 ? lbs : []
  const balancer = container.labels['io.kontena.load_balancer.name'] || (only ? nameOf(only).full : DEFAULT_BALANCER)
  return { container, balancer, name: full.replaceAll('/', '-') }
}

const DEFAULT_BALANCER = 'lb'

/** As Kontena's agents name it in etcd, by Kontena's labels, Compose's, or the container's name without its number. */
function nameOf({ name, labels }: Container): { readonly full: string; readonly project: string } {
  const [kontena, stack] = [labels['io.kontena.service.name'], labels['io.kontena.stack.name'] ?? 'null']
  if (kontena)
    return stack === 'null' ? { full: kontena, project: '' } : { full: `${stack}/${kontena}`, project: stack }
  const [compose, project = ''] = [labels['com.docker.compose.service'], labels['com.docker.compose.project']]
  if (compose) return { full: `${project}-${compose}`, project }
  return { full: name.replace(/[-_.]\d+$/, ''), project: '' }
}

function toInstances(group: readonly Member[], findAddress: FindAddress): KontenaInstance[] {
  const lives = new Map(group.map(({ container }) => [container, findLife(container)]))
  const eldest = group.find(({ container }) => lives.get(container)?.kind !== 'gone') ?? group[0]
  if (!eldest) return []
  const placed = group.map(({ container }) => {
    const life = lives.get(container) ?? findLife(container)
    return { container, life, found: findAddress(container, { port: portOf(container), network: null, family: null }) }
  })
  const service = toService(
    eldest,
    placed.flatMap(({ container, life, found }) => toUpstream(container, life, found)),
  )
  return placed.map((one) => ({
    ...one,
    balancer: eldest.balancer,
    service,
    differences: findDifferences(eldest.container, one.container),
  }))
}

function toUpstream({ name }: Container, { kind }: Life, found: Whereabouts): KontenaUpstream[] {
  if (kind === 'gone' || !found.ok) return []
  const host = isIPv6(found.address) ? `[${found.address}]` : found.address
  return [{ name, target: `${host}:${found.port}`, ...(kind === 'serving' ? {} : { stopping: true }) }]
}

function toService({ container, name }: Member, upstreams: readonly KontenaUpstream[]): KontenaService {
  const { environment, labels } = container
  const mode = readMode(environment['KONTENA_LB_MODE'] ?? labels['io.kontena.load_balancer.mode'])
  const checks = ['uri', 'port'].flatMap((key) => {
    const value = labels[`io.kontena.health_check.${key}`]
    return value ? [[`health_check_${key}`, value] as const] : []
  })
  const options = { ...Object.fromEntries(checks), ...readVariables(Object.entries(environment)) }
  const opened = mode === 'tcp' ? { external_port: DEFAULT_EXTERNAL_PORT, ...options } : options
  return { name, mode, options: opened, upstreams }
}

/** As it says; else the one port that it exposes; else Kontena's. */
function portOf({ environment, labels, exposedPorts }: Container): number {
  const said = Number(environment['KONTENA_LB_INTERNAL_PORT'] ?? labels['io.kontena.load_balancer.internal_port'])
  if (Number.isInteger(said) && said > 0 && said < 65_536) return said
  const [only, ...more] = exposedPorts
  return only !== undefined && more.length === 0 ? only : DEFAULT_INTERNAL_PORT
}

function findDifferences(eldest: Container, other: Container): string[] {
  const names = new Set([...Object.keys(eldest.environment), ...Object.keys(other.environment)])
  return [...names]
    .filter((name) => isKontenaVariable(name) && name !== 'KONTENA_LB_INTERNAL_PORT')
    .filter((name) => eldest.environment[name] !== other.environment[name])
    .sort()
}
