// How a server's wishes come out in HAProxy: drain is weight 0, a name without an address is maintenance.
import type { Server } from './config.ts'

/** A server as HAProxy holds it. */
export type EffectiveServer = {
  readonly weight: number
  readonly state: 'ready' | 'maint'
  readonly address: string
  readonly port: number
}

/** Where a server stands whose name has no address yet: in maintenance, on a port nobody is sent to. */
const PARKED = { address: '127.0.0.1', port: 1 }

/** What HAProxy is told of a server. Weight 0 is HAProxy's own drain: no new traffic, sticky clients stay. */
export function toEffective(server: Server): EffectiveServer {
  const place = server.address === null ? PARKED : { address: server.address, port: server.port }
  return {
    weight: server.state === 'drain' ? 0 : server.weight,
    state: server.state === 'maint' || server.address === null ? 'maint' : 'ready',
    ...place,
  }
}
