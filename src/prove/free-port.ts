// Ports nobody listens on, picked by the system.
import { once } from 'node:events'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { LOOPBACK } from './world.ts'

/** So many free TCP ports of loopback, all different: none is let go before the last is found. */
export async function findFreePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(Array.from({ length: count }, openAny))
  const ports = servers.map((server) => (server.address() as AddressInfo).port)
  await Promise.all(servers.map((server) => once(server.close(), 'close')))
  return ports
}

async function openAny(): Promise<Server> {
  const server = createServer().listen(0, LOOPBACK)
  await once(server, 'listening')
  return server
}
