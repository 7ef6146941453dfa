// One algorithm's lane of the race: servers of its own, a load balancer before them, and the load sent through it.
import { type Client, createLoadBalancer } from '../api/client.ts'
import type { Algorithm } from '../model/config.ts'
import type { Request, Setting } from '../simulate/load.ts'
import { RaceTally, type Result } from '../simulate/tally.ts'
import { LOOPBACK } from './addresses.ts'
import { sendLoad } from './open-loop.ts'
import { RacingServer } from './racing-server.ts'

export type Lane = {
  readonly client: Client
  readonly algorithm: Algorithm
  /** Of the listener. */
  readonly port: number
  readonly setting: Setting
  readonly requests: readonly Request[]
  readonly patienceMs: number
  readonly signal: AbortSignal
  readonly onSent: (count: number) => void
}

/** What was measured; `failures` are requests that were answered wrongly or not at all because something broke. */
export type Measured = Result & { readonly failed: number; readonly failures: readonly string[] }

/** So many failures are told in words. */
const MOST_TOLD = 5

/** Runs it; its servers are gone afterwards, its load balancer goes with the daemon. */
export async function runLane(lane: Lane): Promise<Measured> {
  const { setting, requests } = lane
  const tally = new RaceTally(requests.at(-1)?.atMs ?? 0, setting.serviceTimeMs)
  let startMs = performance.now()
  const nowMs = () => performance.now() - startMs
  const servers: RacingServer[] = []
  const onRequest = () => tally.see(Math.max(...servers.map(({ backlogMs }) => backlogMs)), nowMs())
  try {
    for (const kind of setting.servers) {
      const server = new RacingServer({ kind, workers: setting.workers, nowMs, onRequest })
      servers.push(await server.listen())
    }
    await lane.client.send(createLoadBalancer(describe(lane, servers)), { wait: true })
    startMs = performance.now()
    const { tookMs, failures } = await sendLoad({ ...lane, nowMs })
    for (const took of tookMs) tally.count(took)
    const result = tally.sumUp(servers.map(({ taken }) => taken))
    return { ...result, failed: failures.length, failures: failures.slice(0, MOST_TOLD) }
  } finally {
    for (const server of servers) server.end()
  }
}

/** Nothing but the algorithm decides: no probe takes a server out, no timeout ends a request. */
function describe({ algorithm, port, setting }: Lane, servers: readonly RacingServer[]) {
  return {
    name: `race-${algorithm}`,
    spec: {
      ...{ port, bind: LOOPBACK, algorithm },
      backends: servers.map(({ target }, index) => ({ target, weight: setting.servers[index]?.weight ?? 1 })),
      healthCheck: { type: 'none' as const },
      timeouts: { client: '5m', server: '5m', keepAlive: '5m' },
    },
  }
}
