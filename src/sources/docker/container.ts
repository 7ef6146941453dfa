// A container as Docker tells of it: what labels, addresses and life cycle are decided from.

/** What Docker says a container does. */
export type ContainerState = 'created' | 'running' | 'paused' | 'restarting' | 'removing' | 'exited' | 'dead'

/** What the image's HEALTHCHECK says; `none`: there is none. */
export type ContainerHealth = 'none' | 'starting' | 'healthy' | 'unhealthy'

/** One network a container is on; an address is null where it has none there. */
export type ContainerNetwork = {
  readonly name: string
  readonly id: string
  readonly ipv4: string | null
  readonly ipv6: string | null
}

/** A port of a container that its Docker host listens on. */
export type PublishedPort = {
  readonly containerPort: number
  readonly protocol: 'tcp' | 'udp'
  /** The host's address; `0.0.0.0` and `::` are all of them. */
  readonly hostAddress: string
  readonly hostPort: number
}

export type Container = {
  /** All 64 hexadecimal digits. */
  readonly id: string
  /** Without the slash. */
  readonly name: string
  readonly image: string
  /** In milliseconds since 1970. */
  readonly createdAt: number
  readonly labels: Readonly<Record<string, string>>
  readonly environment: Readonly<Record<string, string>>
  readonly state: ContainerState
  readonly health: ContainerHealth
  /** It was told to stop (its stop signal was sent) and has not ended yet. */
  readonly stopping: boolean
  /** `default`, `bridge`, `host`, `none`, `container:ID`, or a network's name. */
  readonly networkMode: string
  readonly networks: readonly ContainerNetwork[]
  /** Ports the image or the container exposes over TCP, ascending. */
  readonly exposedPorts: readonly number[]
  readonly publishedPorts: readonly PublishedPort[]
}

/** Where traffic for a container can be sent: an address without a port, or one sentence on why there is none. */
export type Whereabouts =
  | { readonly ok: true; readonly address: string; readonly network: string; readonly port: number }
  | { readonly ok: false; readonly reason: string }

/** What somebody who wants to reach a container asks for. */
export type AddressWish = {
  /** The port inside the container. */
  readonly port: number
  /** The network named by `lb.network`; null: any we share. */
  readonly network: string | null
  /** The family named by a label; null: IPv4 where there is one. */
  readonly family: 4 | 6 | null
}

/** Finds where a container can be reached from where the load balancer runs. */
export type FindAddress = (container: Container, wish: AddressWish) => Whereabouts
