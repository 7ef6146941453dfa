// Something to balance for somebody who has nothing yet: two small servers and a load balancer for them.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { findBindObstacle } from '../haproxy/bind-test.ts'
import type { LoadBalancerInput } from '../spec/schema.ts'
import type { Store } from '../store/store.ts'

/** The demo's name, and the port it likes best. */
const NAME = 'demo'
const PORT = 8000

/** A running demo; null where the store already holds something of the user's own. */
export type Demo = { readonly port: number; readonly close: () => void }

/** Starts the servers and stores the load balancer, or refreshes the one of an earlier start. */
export async function startDemo(store: Store<LoadBalancerInput>): Promise<Demo | null> {
  const stored = store.list()
  const isOurs = stored.every((object) => object.name === NAME && object.value.labels?.['fairlead.demo'] === 'true')
  if (!isOurs) return null
  const servers = await Promise.all(['demo server 1', 'demo server 2'].map(startServer))
  const port = stored[0]?.value.spec.port ?? (await findFreePort())
  const backends = servers.map((server) => ({ target: `127.0.0.1:${(server.address() as AddressInfo).port}` }))
  const healthCheck = { type: 'http', path: '/health', interval: '1s' } as const
  const value: LoadBalancerInput = {
    name: NAME,
    labels: { 'fairlead.demo': 'true' },
    spec: { type: 'http', port, backends, healthCheck },
  }
  store.put(NAME, value, { expect: stored.length === 0 ? { absent: true } : { present: true }, author: 'demo' })
  const close = () => {
    for (const server of servers) {
      server.closeAllConnections()
      server.close()
    }
  }
  return { port, close }
}

async function findFreePort(): Promise<number> {
  for (let port = PORT; port < PORT + 100; port++) if ((await findBindObstacle('0.0.0.0', port)) === null) return port
  return PORT
}

function startServer(title: string): Promise<Server> {
  const server = createServer((_request, response) => response.end(`Hello from ${title}.\n`))
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)))
}
