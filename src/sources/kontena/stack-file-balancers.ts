// Which load balancer balances which service: the first one it links to.
import type { KontenaBalancer, KontenaService } from './kontena.ts'
import type { StackGround } from './stack-file-ground.ts'
import type { Link, StackMember } from './stack-file-member.ts'
import { DEFAULT_PORTS, type Published, publishPorts } from './stack-file-ports.ts'
import { DEFAULT_EXTERNAL_PORT, isKontenaVariable, readMode, readVariables } from './variables.ts'

/** How services are called where they run. */
export type Naming = {
  /** A stack's services are `stack/lb` and `stack.web-1`; others are `project-lb` and `project-web-1`. */
  readonly isStack: boolean
  /** The project's or the stack's name. */
  readonly project: string
}

/** Where the instances of a service are to be found. */
export type Whereabouts =
  | { readonly kind: 'fixed'; readonly target: string }
  | {
      readonly kind: 'instances'
      readonly naming: Naming
      /** As the file calls it. */
      readonly service: string
      readonly count: number
      readonly port: number
    }

/** A service whose instances are still to be found. */
export type StackService = Omit<KontenaService, 'upstreams'> & { readonly whereabouts: Whereabouts }

export type StackBalancer = Omit<KontenaBalancer, 'services'> & { readonly services: readonly StackService[] }

type Site = {
  readonly ground: StackGround
  readonly naming: Naming
  readonly members: ReadonlyMap<string, StackMember>
}

/** Everything the file says, in its order. */
export function linkServices(ground: StackGround, naming: Naming, all: readonly StackMember[]): StackBalancer[] {
  const site: Site = { ground, naming, members: new Map(all.map((member) => [member.name, member])) }
  const own = all.filter(({ isBalancer }) => isBalancer)
  const balanced = Map.groupBy(all, (member) => findBalancer(site, member) ?? '')
  const foreign = [...balanced.keys()].filter(
    (name) => name !== '' && !own.some((one) => balancerName(site, one.name) === name),
  )
  const taken = new Map<number, string>()
  // Those that say where they listen come first: the others must not open to the world what was inside.
  const inOrder = [...own.filter(({ published }) => published), ...own.filter(({ published }) => !published)]
  const made = inOrder.map((member) => makeBalancer(site, member, balanced, taken))
  return [
    ...made,
    ...foreign.map((name) => ({
      ...{ name, environment: {}, ports: DEFAULT_PORTS },
      services: (balanced.get(name) ?? []).map((member) => toService(site, member, null, [])),
    })),
  ]
}

/** What a service is called outside of its file; a file in the root folder has no project. */
export function formatServiceName({ project }: Naming, name: string): string {
  return project === '' ? name : `${project}-${name}`
}

function balancerName({ naming }: Pick<Site, 'naming'>, name: string): string {
  return naming.isStack ? `${naming.project}/${name}` : formatServiceName(naming, name)
}

/** The name of the load balancer that balances it; null: none does. */
function findBalancer(site: Site, member: StackMember): string | null {
  const { problems } = site.ground
  const found = new Map(
    member.links.flatMap((link) => {
      const name = findLocal(site, link)
      return name !== null && name !== member.name && site.members.get(name)?.isBalancer ? [[name, link] as const] : []
    }),
  )
  const [first, ...more] = found
  if (first) {
    for (const [name, link] of more)
      problems.add(
        'remark',
        link.place,
        `${member.name}.links`,
        `only the first load balancer that is linked counts: ${first[0]}, not ${name}`,
      )
    return balancerName(site, first[0])
  }
  if (member.isBalancer || ![...member.environment.keys()].some(isKontenaVariable)) return null
  const away = member.links.find((link) => findLocal(site, link) === null && (link.isExternal || link.to.includes('/')))
  if (away) {
    const { http, https } = DEFAULT_PORTS
    problems.add(
      'remark',
      away.place,
      `${member.name}.links`,
      `${away.to} is not in this file: it is served on the ports ${http} and ${https}, as if that were a load balancer without settings`,
    )
    return away.to
  }
  problems.add(
    'remark',
    member.place,
    member.name,
    'it has KONTENA_LB_ variables and no link to a load balancer, so nothing is served; add the load balancer to its links',
  )
  return null
}

/** The service of this file that a link means; null: none. */
function findLocal({ naming, members }: Site, { to, isExternal }: Link): string | null {
  if (!isExternal && members.has(to)) return to
  const own = [...members.keys()].find((name) =>
    [`${naming.project}/${name}`, formatServiceName(naming, name)].includes(to),
  )
  return own ?? null
}

function makeBalancer(
  site: Site,
  member: StackMember,
  balanced: ReadonlyMap<string, readonly StackMember[]>,
  taken: Map<number, string>,
): StackBalancer {
  const { published, environment, faults } = member
  const name = balancerName(site, member.name)
  const port = (of: keyof typeof DEFAULT_PORTS) => published?.ports.get(DEFAULT_PORTS[of]) ?? DEFAULT_PORTS[of]
  const ports = { http: port('http'), https: port('https'), stats: port('stats') }
  const users = balanced.get(name) ?? []
  const isHttp = users.some((user) => modeOf(user) === 'http')
  const obstacle = isHttp ? findObstacle(member, ports.http, taken) : null
  if (isHttp && obstacle === null && !taken.has(ports.http)) taken.set(ports.http, member.name)
  if (isHttp && obstacle === null && published?.ports.has(DEFAULT_PORTS.http) === false)
    tellOpened(site, member, ports.http)
  const fault = obstacle && site.ground.problems.add('fault', member.place, `${member.name}.ports`, obstacle)
  const services = users.map((user) => {
    const inTheWay = fault !== null && modeOf(user) === 'http' ? [fault] : []
    return toService(site, user, published, [...faults, ...inTheWay])
  })
  const addresses = Object.keys(published?.addresses ?? {}).length > 0 ? { addresses: published?.addresses ?? {} } : {}
  return { name, environment: Object.fromEntries(environment), ports, ...addresses, services }
}

function tellOpened({ ground }: Site, { name, place }: StackMember, port: number): void {
  const message = `it does not publish port ${port}, and http is served there all the same; keep others out with a firewall, or choose another port, for example "8080:80"`
  ground.problems.add('remark', place, `${name}.ports`, message)
}

/** One that was only reachable inside must not come to be served where another one listens for the world. */
function findObstacle({ published }: StackMember, port: number, taken: ReadonlyMap<number, string>): string | null {
  const other = taken.get(port)
  if (other === undefined || published?.ports.has(DEFAULT_PORTS.http)) return null
  return `it says nothing of port ${port}, where ${other} is served already; give it a port of its own, for example "8080:80"`
}

function modeOf({ environment }: StackMember): 'http' | 'tcp' {
  return readMode(environment.get('KONTENA_LB_MODE'))
}

function toService(
  { naming }: Site,
  member: StackMember,
  published: Published | null,
  inherited: readonly string[],
): StackService {
  const { name, environment, instances: count, internalPort: port } = member
  const mode = modeOf(member)
  const options: Record<string, string> = { ...member.health, ...readVariables(environment) }
  const external = options['external_port'] ?? DEFAULT_EXTERNAL_PORT
  if (mode === 'tcp' && publishPorts(external, published) !== external)
    options['external_port'] = publishPorts(external, published)
  const faults = [...member.faults, ...inherited]
  return {
    ...{ name: formatServiceName(naming, name), mode, options },
    whereabouts: member.isBalancer
      ? { kind: 'fixed', target: `127.0.0.1:${member.published?.ports.get(DEFAULT_PORTS.http) ?? DEFAULT_PORTS.http}` }
      : { kind: 'instances', naming, service: name, count, port },
    ...(faults.length > 0 ? { faults } : {}),
  }
}
