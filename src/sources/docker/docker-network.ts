// A network of Docker's: who can reach the addresses on it follows from its driver and its ranges.
import { z } from 'zod'

/** One network, as `docker network inspect` tells of it. */
export type DockerNetwork = {
  readonly id: string
  readonly name: string
  /** `bridge`, `overlay`, `macvlan`, `ipvlan`, `host`, `null`, or a plugin's. */
  readonly driver: string
  /** It leads nowhere but to its own containers and, over a bridge, their host. */
  readonly internal: boolean
  /** The mesh of published swarm ports. */
  readonly ingress: boolean
  readonly subnets: readonly string[]
  /** The host's own addresses on it, without a prefix length. */
  readonly gateways: readonly string[]
}

const text = z.string().catch('')

const networks = z.array(
  z.object({
    Id: z.string(),
    Name: z.string(),
    Driver: text,
    Internal: z.boolean().catch(false),
    Ingress: z.boolean().catch(false),
    IPAM: z.object({ Config: z.array(z.object({ Subnet: text, Gateway: text })).catch([]) }).catch({ Config: [] }),
  }),
)

/** The answer to `/networks`, whole or not at all: null where it is no list of networks. */
export function parseNetworks(json: unknown): DockerNetwork[] | null {
  const found = networks.safeParse(json)
  if (!found.success) return null
  // Docker's own order is another one each time.
  const sorted = found.data.sort((a, b) => (a.Id < b.Id ? -1 : 1))
  return sorted.map(({ Id, Name, Driver, Internal, Ingress, IPAM }) => ({
    id: Id,
    name: Name,
    driver: Driver,
    internal: Internal,
    ingress: Ingress,
    subnets: IPAM.Config.flatMap(({ Subnet }) => (Subnet === '' ? [] : [Subnet])),
    gateways: IPAM.Config.flatMap(({ Gateway }) => (Gateway === '' ? [] : [Gateway.replace(/\/.*$/, '')])),
  }))
}
