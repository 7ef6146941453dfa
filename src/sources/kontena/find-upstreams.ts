// Where the instances of a stack file's services are: containers where they are known, else what names lead to.
import { isIPv6 } from 'node:net'
import type { KontenaBalancer, KontenaService, KontenaUpstream } from './kontena.ts'
import { formatServiceName, type StackBalancer, type Whereabouts } from './stack-file-balancers.ts'

/** A container, as far as it may be an instance of a service. */
export type RunningInstance = {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  /** Nothing new is to come: it is stopping, paused, or not healthy. */
  readonly isWaiting: boolean
  /** Where one of its ports can be reached from here; or one sentence on why it cannot. */
  readonly find: (
    port: number,
  ) => { readonly ok: true; readonly target: string } | { readonly ok: false; readonly reason: string }
}

/** What names lead to: all addresses of each. */
export type NamedAddresses = ReadonlyMap<string, readonly string[]>

type Wanted = Extract<Whereabouts, { kind: 'instances' }>

/** Every name that may lead to an instance of a service without containers. */
export function namesOf(balancers: readonly StackBalancer[], running: readonly RunningInstance[] = []): string[] {
  const wanted = balancers.flatMap(({ services }) => services.map(({ whereabouts }) => whereabouts))
  return wanted.flatMap((each) =>
    each.kind === 'fixed' || findContainers(each, running) !== null
      ? []
      : [...instanceNames(each).flat(), ...serviceNames(each)],
  )
}

/** The load balancers with the instances of their services. */
export function findUpstreams(
  balancers: readonly StackBalancer[],
  addresses: NamedAddresses,
  running: readonly RunningInstance[] = [],
): KontenaBalancer[] {
  return balancers.map((balancer) => ({
    ...balancer,
    services: balancer.services.map(({ whereabouts, ...service }): KontenaService => {
      if (whereabouts.kind === 'fixed')
        return { ...service, upstreams: [{ name: service.name, target: whereabouts.target }] }
      const found = findContainers(whereabouts, running)
      if (found === null) return { ...service, upstreams: findNamed(whereabouts, addresses) }
      const remarks = [...(service.remarks ?? []), ...found.remarks]
      return { ...service, upstreams: found.upstreams, ...(remarks.length > 0 ? { remarks } : {}) }
    }),
  }))
}

/** Null where no container is one of the service's. */
function findContainers(wanted: Wanted, running: readonly RunningInstance[]) {
  const own = running.filter((instance) => isInstance(instance, wanted))
  if (own.length === 0) return null
  const placed = own.map((instance) => ({ instance, found: instance.find(wanted.port) }))
  return {
    upstreams: placed.flatMap(({ instance: { name, isWaiting }, found }): KontenaUpstream[] =>
      found.ok ? [{ name, target: found.target, ...(isWaiting ? { stopping: true } : {}) }] : [],
    ),
    remarks: placed.flatMap(({ found }) => (found.ok ? [] : [found.reason])),
  }
}

/** By Kontena's labels, by Compose's, or by the name both give. */
function isInstance({ name, labels }: RunningInstance, { naming, service }: Wanted): boolean {
  const { project, isStack } = naming
  const kontena = labels['io.kontena.service.name']
  if (kontena !== undefined) {
    const stack = labels['io.kontena.stack.name'] ?? 'null'
    if (isStack) return kontena === service && stack === project
    return stack === 'null' ? kontena === formatServiceName(naming, service) : kontena === service && stack === project
  }
  const compose = labels['com.docker.compose.service']
  if (compose !== undefined)
    return compose === service && simplify(labels['com.docker.compose.project'] ?? '') === simplify(project)
  const number = /^(.*)[-_]\d+$/.exec(name)?.[1]
  return (
    number !== undefined &&
    [formatServiceName(naming, service), `${project}_${service}`, `${project}.${service}`].includes(number)
  )
}

/** Compose makes a project's name of its folder's, and did so differently over the years. */
function simplify(project: string): string {
  return project.toLowerCase().replace(/[^a-z0-9]/g, '')
}

/** Instances by their own names where there are such; else every address of the service's name. */
function findNamed(wanted: Wanted, addresses: NamedAddresses): KontenaUpstream[] {
  const { naming, service, count, port } = wanted
  const own = instanceNames(wanted).map((names) => names.find((name) => addresses.get(name)?.length) ?? null)
  if (own.some((name) => name !== null))
    return unique(
      own.flatMap((name) => (name === null ? [] : [{ name, target: toTarget(addresses.get(name)?.[0] ?? '', port) }])),
    )
  if (count === 0) return []
  const shared = serviceNames(wanted).find((name) => addresses.get(name)?.length)
  if (shared !== undefined)
    return (addresses.get(shared) ?? []).map((address) => ({
      name: `${formatServiceName(naming, service)}-${address.replaceAll(':', '-')}`,
      target: toTarget(address, port),
    }))
  // Names that lead nowhere yet: they are followed, and told of until they do.
  if (count === 1) return [{ name: `${formatServiceName(naming, service)}-1`, target: toTarget(service, port) }]
  return instanceNames(wanted).map(([name = '']) => ({ name, target: toTarget(name, port) }))
}

/** What Kontena and Compose call each instance; the likelier name first. */
function instanceNames({ naming, service, count }: Wanted): string[][] {
  return Array.from({ length: count }, (_, index) => {
    const names = [`${formatServiceName(naming, service)}-${index + 1}`, `${service}-${index + 1}`]
    return naming.isStack ? names.toReversed() : names
  })
}

/** What leads to all of them. */
function serviceNames({ naming, service }: Wanted): string[] {
  return [service, formatServiceName(naming, service)]
}

/** A wildcard in DNS leads every name to one address. */
function unique(upstreams: readonly KontenaUpstream[]): KontenaUpstream[] {
  return [...new Map(upstreams.toReversed().map((each) => [each.target, each])).values()].reverse()
}

function toTarget(host: string, port: number): string {
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`
}
