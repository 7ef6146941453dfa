// Where we run, seen from Docker: on its host, in one of its containers, or on another machine.
import { BlockList, isIP } from 'node:net'
import type { Container } from './container.ts'
import type { DockerNetwork } from './docker-network.ts'
import type { DockerEndpoint } from './endpoint.ts'

/** Where the load balancer's own traffic starts. */
export type Surroundings =
  /** In the network of Docker's host, in a container or not; `addresses` are those of its interfaces. */
  | { readonly place: 'host'; readonly addresses: readonly string[] }
  /** In a container; `networks` are the ids of those it is on. */
  | { readonly place: 'container'; readonly name: string; readonly networks: readonly string[] }
  /** On another machine, from which Docker's host has this address or name. */
  | { readonly place: 'elsewhere'; readonly address: string }

/** What tells where we run. */
export type Evidence = {
  readonly endpoint: DockerEndpoint
  /** As `readOwnIds` answers. */
  readonly ownIds: readonly string[]
  /** Of all our interfaces. */
  readonly addresses: readonly string[]
  /** The address the engine answered from over TCP. */
  readonly peer: string | null
  /** The host's real name or address behind an ssh alias. */
  readonly sshHost: string | null
}

/** Decides it. Which container is ours says most: a socket filter in another one is reached over TCP too. */
export function findSurroundings(evidence: Evidence, containers: readonly Container[]): Surroundings {
  const own = containers.find(({ id }) => evidence.ownIds.some((ownId) => id.startsWith(ownId)))
  if (own !== undefined) return inContainer(own, containers, evidence)
  if (isOnSameMachine(evidence, containers)) return { place: 'host', addresses: evidence.addresses }
  const { endpoint, peer, sshHost } = evidence
  const named = endpoint.kind === 'unix' ? '127.0.0.1' : endpoint.host
  return { place: 'elsewhere', address: (endpoint.kind === 'ssh' ? sshHost : plain(peer)) ?? named }
}

/** Whether one of these addresses lies in one of the network's ranges. */
export function isInside(addresses: readonly string[], { subnets }: DockerNetwork): boolean {
  const ranges = new BlockList()
  for (const subnet of subnets) {
    const [address = '', length] = subnet.split('/')
    const family = isIP(address)
    if (family !== 0 && length !== undefined) ranges.addSubnet(address, Number(length), family === 6 ? 'ipv6' : 'ipv4')
  }
  return addresses.some((address) => ranges.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4'))
}

function inContainer(own: Container, containers: readonly Container[], evidence: Evidence): Surroundings {
  const lender = findLender(own, containers) ?? own
  if (lender.networkMode === 'host') return { place: 'host', addresses: evidence.addresses }
  return { place: 'container', name: own.name, networks: lender.networks.map(({ id }) => id) }
}

/** The container whose network another one uses (`container:ID`); undefined where it uses its own, or that one is gone. */
export function findLender(container: Container, containers: readonly Container[]): Container | undefined {
  const [, lender] = /^container:(.+)$/.exec(container.networkMode) ?? []
  return lender === undefined ? undefined : containers.find(({ id, name }) => id === lender || name === lender)
}

function isOnSameMachine({ endpoint, addresses, peer, sshHost }: Evidence, containers: readonly Container[]): boolean {
  if (endpoint.kind === 'unix') return true
  if (endpoint.kind === 'ssh') {
    const host = sshHost ?? endpoint.host
    return isLoopback(host) || addresses.includes(host)
  }
  const address = plain(peer)
  if (address === null) return isLoopback(endpoint.host)
  if (isLoopback(address) || addresses.includes(address)) return true
  // A socket filter in a container of this Docker, on a network of which only its host has an address.
  return containers.some(({ networks }) => networks.some(({ ipv4, ipv6 }) => ipv4 === address || ipv6 === address))
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\./.test(host)
}

/** An IPv4 address as IPv6 sockets show it is one. */
function plain(address: string | null): string | null {
  return address?.replace(/^::ffff:(?=\d+\.)/i, '') ?? null
}
