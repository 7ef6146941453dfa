// Where a container can be reached from where we run; or one sentence on why it cannot, and what to do.
import { isIP } from 'node:net'
import type { AddressWish, Container, ContainerNetwork, FindAddress, PublishedPort, Whereabouts } from './container.ts'
import type { DockerNetwork } from './docker-network.ts'
import { findLender, isInside, type Surroundings } from './surroundings.ts'

/** What an address depends on beside the container itself. */
export type AddressGround = {
  readonly surroundings: Surroundings
  readonly containers: readonly Container[]
  /** Null where they may not be asked for: then every network counts as a bridge. */
  readonly networks: readonly DockerNetwork[] | null
}

/** Networks whose addresses the Docker host itself cannot reach. */
const NOT_FROM_HOST: readonly string[] = ['overlay', 'macvlan', 'ipvlan']

/**
 * where we run      | a bridge network | overlay, macvlan | host mode        | else
 * Docker's host     | its address      | –                | 127.0.0.1        | a published port
 * a container       | where we share it: its address      | the host's gateway | a published port over the gateway
 * another machine   | –                | –                | the host         | a published port of the host
 */
export function addressFinder(ground: AddressGround): FindAddress {
  return (container, wish) => {
    if (container.networkMode === 'host') return findOnHost(container, wish, ground)
    if (container.networkMode === 'none' && container.networks.every(({ ipv4, ipv6 }) => (ipv4 ?? ipv6) === null))
      return refuse(container, 'has no network at all (network mode none): give it one')
    if (!container.networkMode.startsWith('container:')) return findOnNetworks(container, container, wish, ground)
    const lender = findLender(container, ground.containers)
    if (lender === undefined)
      return refuse(container, `uses the network of the container ${shorten(container.networkMode)}, which is gone`)
    if (lender.networkMode === 'host') return findOnHost(container, wish, ground)
    return findOnNetworks(container, lender, wish, ground)
  }
}

/** `lender` is the container whose network it uses: itself, mostly. */
function findOnNetworks(
  container: Container,
  lender: Container,
  wish: AddressWish,
  ground: AddressGround,
): Whereabouts {
  const wanted = wish.network === null ? lender.networks : lender.networks.filter((each) => isNamed(each, wish.network))
  if (wish.network !== null && wanted.length === 0) {
    const names = lender.networks.map(({ name }) => name).join(', ') || 'none'
    return refuse(container, `is not on the network ${wish.network} that lb.network names; it is on: ${names}`)
  }
  const attached = wanted.filter(({ ipv4, ipv6 }) => ipv4 !== null || ipv6 !== null)
  if (attached.length === 0)
    return refuse(container, `has no address ${onNetworks(wanted)} while it is ${lender.state}`)
  const judged = attached.map((network) => ({ network, obstacle: findObstacle(network, wish, ground) }))
  const open = judged.filter(({ obstacle }) => obstacle === null).map(({ network }) => network)
  for (const family of wish.family === null ? [4, 6] : [wish.family])
    for (const network of open) {
      const address = family === 4 ? network.ipv4 : network.ipv6
      if (address !== null) return { ok: true, address, network: network.name, port: wish.port }
    }
  if (open.length > 0) return refuse(container, `has no IPv${wish.family} address ${onNetworks(open)}`)
  const published = wish.network === null ? findPublished(lender, wish, ground) : null
  if (published !== null) return published
  return refuse(container, judged[0]?.obstacle ?? 'cannot be reached')
}

/** Why addresses on a network cannot be reached from here, as the rest of a sentence; null: they can. */
function findObstacle(network: ContainerNetwork, wish: AddressWish, ground: AddressGround): string | null {
  const { surroundings, networks } = ground
  const known = networks?.find(({ id }) => id === network.id)
  const only = `is only on the network ${network.name}`
  if (known?.ingress === true) return `${only}, which is the swarm's own: connect it to another one`
  if (surroundings.place === 'container') {
    if (surroundings.networks.includes(network.id)) return null
    return `${only}, which the load balancer does not share: connect it (docker network connect ${network.name} ${surroundings.name}) or set lb.network`
  }
  if (surroundings.place === 'elsewhere') {
    const isOnLan = known?.driver === 'macvlan' || known?.driver === 'ipvlan'
    // Only its user knows whether that LAN is ours too.
    if (isOnLan && wish.network !== null) return null
    return `${only} of another machine: publish its port ${wish.port} there (docker run -p)`
  }
  if (known === undefined) return null
  if (NOT_FROM_HOST.includes(known.driver))
    return `${only}, whose driver ${known.driver} keeps its host out: publish its port ${wish.port} (docker run -p), or run the load balancer in a container on that network`
  if (known.subnets.length === 0 || isInside(surroundings.addresses, known)) return null
  return `${only} (${known.subnets.join(', ')}), of which this machine has no address: publish its port ${wish.port} (docker run -p), or run the load balancer in a container on that network`
}

function findOnHost(container: Container, wish: AddressWish, ground: AddressGround): Whereabouts {
  if (wish.network !== null && wish.network !== 'host')
    return refuse(
      container,
      `is in host mode and not on the network ${wish.network} that lb.network names: leave lb.network out`,
    )
  const address = findHostAddress(wish.family, ground)
  if (address !== null) return { ok: true, address, network: 'host', port: wish.port }
  const version = wish.family === null ? '' : `IPv${wish.family} `
  return refuse(
    container,
    `is in host mode, and the load balancer's own networks have no ${version}gateway to the host: connect it to a bridge network, or run it in host mode too`,
  )
}

/** A port the Docker host listens on for the container; null: none that reaches us. */
function findPublished(container: Container, wish: AddressWish, ground: AddressGround): Whereabouts | null {
  for (const each of container.publishedPorts) {
    if (each.protocol !== 'tcp' || each.containerPort !== wish.port) continue
    const address = findPublishedAddress(each, wish.family, ground)
    if (address !== null) return { ok: true, address, network: 'host', port: each.hostPort }
  }
  return null
}

function findPublishedAddress({ hostAddress }: PublishedPort, family: 4 | 6 | null, ground: AddressGround) {
  const version = isIP(hostAddress) === 6 ? 6 : 4
  if (family !== null && version !== family) return null
  const isEvery = hostAddress === '0.0.0.0' || hostAddress === '::'
  if (isEvery) return findHostAddress(version, ground)
  const isLocal = hostAddress === '::1' || hostAddress.startsWith('127.')
  return isLocal && ground.surroundings.place !== 'host' ? null : hostAddress
}

/** Docker's host as we see it; null where none of its addresses can be reached from here. */
function findHostAddress(family: 4 | 6 | null, { surroundings, networks }: AddressGround): string | null {
  if (surroundings.place === 'host') return family === 6 ? '::1' : '127.0.0.1'
  if (surroundings.place === 'elsewhere') {
    const version = isIP(surroundings.address)
    return family === null || version === 0 || version === family ? surroundings.address : null
  }
  const gateways = (networks ?? [])
    .filter(({ id, driver, internal }) => surroundings.networks.includes(id) && driver === 'bridge' && !internal)
    .flatMap((network) => network.gateways)
  return gateways.find((gateway) => isIP(gateway) === (family ?? 4)) ?? (family === null ? (gateways[0] ?? null) : null)
}

function isNamed({ name, id }: ContainerNetwork, wanted: string | null): boolean {
  return name === wanted || id === wanted
}

function onNetworks(networks: readonly ContainerNetwork[]): string {
  if (networks.length === 0) return 'on any network'
  return `on the network${networks.length > 1 ? 's' : ''} ${networks.map(({ name }) => name).join(', ')}`
}

function shorten(networkMode: string): string {
  return networkMode.replace(/^container:/, '').slice(0, 12)
}

function refuse({ name }: Container, rest: string): Whereabouts {
  return { ok: false, reason: `${name} ${rest}` }
}
