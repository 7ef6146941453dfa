// Runs where a Docker engine's containers can be reached, or in one of them: follows it as the daemon does, and asks
// every container for its name at the address that was found.
import { waitFor } from '../../../src/io/deadline.ts'
import type { Whereabouts } from '../../../src/sources/docker/container.ts'
import { followContainers } from '../../../src/sources/docker/docker-source.ts'
import { findEndpoint } from '../../../src/sources/docker/endpoint.ts'
import { tell } from '../kit/namespace.ts'

const endpoint = findEndpoint('', process.env)
if (!endpoint.ok) throw new Error(endpoint.message)

const found = new Map<string, Whereabouts>()
const options = {
  endpoint: endpoint.value,
  resyncMs: 60_000,
  tell: (trouble: string | null) => trouble !== null && tell('trouble', trouble),
  remark: (sentence: string) => tell('remark', sentence),
}

for await (const { containers, findAddress } of followContainers(options, AbortSignal.timeout(60_000))) {
  for (const container of containers) {
    const port = Number(container.labels['lb.target'] ?? 80)
    const network = container.labels['lb.network'] ?? null
    found.set(container.name, findAddress(container, { port, network, family: null }))
  }
  break
}

for (const [name, where] of found) {
  if (!where.ok) tell(name, where.reason)
  else tell(name, { ...where, answer: name === 'lb' ? null : await ask(where.address, where.port) })
}
process.exit(0)

/** What the server there says its name is; a container that has just started may need a moment. */
function ask(address: string, port: number): Promise<string> {
  const host = address.includes(':') ? `[${address}]` : address
  const one = async () => {
    const answer = await fetch(`http://${host}:${port}/`, { signal: AbortSignal.timeout(2000) }).catch(() => null)
    return answer?.text()
  }
  return waitFor(one, { timeoutMs: 60_000, what: `an answer from ${address}:${port}` })
}
