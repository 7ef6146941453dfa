// This node, as `fairlead node list` and the API show it.
import type { Node } from '../api/wire.ts'
import type { Haproxy } from '../haproxy/haproxy.ts'
import { outcomeOf } from '../io/outcome.ts'
import type { Turned } from './board.ts'

/** What of a node does not change while it runs. */
export type NodeGround = { readonly nodeName: string; readonly vpcs: () => readonly string[]; readonly version: string }

/** Reads the node's state; an HAProxy that does not answer shows as pid null. */
export async function describeNode(
  { nodeName, vpcs, version }: NodeGround,
  haproxy: Haproxy,
  turned: Turned,
): Promise<Node> {
  const processes = await outcomeOf(haproxy.socket.processes())
  const info = await outcomeOf(haproxy.socket.info())
  const number = (key: string) => (info.ok ? Number(info.value.get(key) ?? 0) : 0)
  const known = processes.ok ? processes.value : null
  return {
    name: nodeName,
    vpcs: vpcs(),
    version,
    haproxy: {
      version: haproxy.binary.version,
      pid: known?.masterPid ?? null,
      workers: (known?.workers.length ?? 0) + (known?.oldWorkers.length ?? 0),
      reloads: known?.reloads ?? 0,
      uptimeSeconds: number('Uptime_sec'),
      maxConnections: number('Maxconn'),
    },
    loadBalancers: [...turned.placements.values()].filter((placement) => placement.serving !== null).length,
  }
}
