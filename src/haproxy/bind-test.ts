// Tries an address before HAProxy does: a busy port in a reload would pause every listener for two seconds.
import { createServer } from 'node:net'
import { findPortHolder } from './port-holder.ts'

/** Why an address cannot be listened on, in words that end the sentence "port 80 …"; null when it can. */
export async function findBindObstacle(address: string, port: number): Promise<string | null> {
  const code = await tryBind(address, port)
  if (code === null) return null
  if (code === 'EADDRINUSE') {
    const holder = await findPortHolder(port)
    return `is in use by ${holder ?? 'another process'}; stop it, or choose another port`
  }
  if (code === 'EACCES')
    return 'needs more rights than this daemon has; run it as root, grant CAP_NET_BIND_SERVICE, or choose a port above 1023'
  if (code === 'EADDRNOTAVAIL')
    return `cannot be listened on: ${address} is not an address of this machine; choose one of its own, or 0.0.0.0`
  return `cannot be listened on (${code}); choose another address or port`
}

/** null, or the error code of the attempt. */
function tryBind(host: string, port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
    server.listen({ host, port, exclusive: true, ipv6Only: host.includes(':') }, () =>
      server.close(() => resolve(null)),
    )
  })
}
