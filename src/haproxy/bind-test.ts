// Tries an address before HAProxy does: a busy port in a reload would pause every listener for two seconds.
import { createServer, isIPv6 } from 'node:net'
import { findHolder, findListening, findPortHolder } from './port-holder.ts'

/**
 * Why an address cannot be listened on, in words that end the sentence "port 80 …"; null when it can. `ours` are the
 * addresses of this port that HAProxy listens on now: it can have the new one beside them.
 */
export async function findBindObstacle(
  address: string,
  port: number,
  ours: readonly string[] = [],
): Promise<string | null> {
  // Beside an address of ours an attempt on the port itself would only meet ourselves.
  const isBeside = ours.some((own) => overlaps(own, address))
  const code = await tryBind(address, isBeside ? 0 : port)
  if (isBeside && code === null) return findStranger(address, port, ours)
  return code === null ? null : formatObstacle(code, address, () => findPortHolder(port))
}

async function findStranger(address: string, port: number, ours: readonly string[]): Promise<string | null> {
  const strangers = (await findListening(port)).filter((one) => !ours.includes(one.address))
  const inTheWay = strangers.filter((one) => overlaps(one.address, address))
  return inTheWay.length === 0 ? null : formatObstacle('EADDRINUSE', address, () => findHolder(inTheWay))
}

const EVERY_ADDRESS = ['0.0.0.0', '::']

/** Whether two addresses of one port meet: they are the same, or one is every address of its kind. */
function overlaps(a: string, b: string): boolean {
  return isIPv6(a) === isIPv6(b) && (a === b || EVERY_ADDRESS.includes(a) || EVERY_ADDRESS.includes(b))
}

async function formatObstacle(
  code: string,
  address: string,
  findHolderNow: () => Promise<string | undefined>,
): Promise<string> {
  if (code === 'EADDRINUSE')
    return `is in use by ${(await findHolderNow()) ?? 'another process'}; stop it, or choose another port`
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
