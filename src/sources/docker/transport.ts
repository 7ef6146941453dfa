// Connections to a Docker engine: over its unix socket, TCP with or without TLS, or ssh.
import { readFile } from 'node:fs/promises'
import type { Agent } from 'node:http'
import { createConnection } from 'node:net'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import { type ConnectionOptions, connect as connectTls } from 'node:tls'
import { Failure } from '../../io/failure.ts'
import { outcomeOf } from '../../io/outcome.ts'
import type { DockerEndpoint, DockerTls } from './endpoint.ts'
import { SshAgent } from './ssh-stream.ts'

const KEEP_ALIVE_MS = 15_000

/** What an HTTP request needs to reach the engine; the host is what its Host header says. */
export type Transport = {
  readonly host: string
  readonly connection: { readonly agent: Agent } | { readonly createConnection: () => Duplex }
  /** Ends connections that are kept for later. */
  readonly close: () => void
}

/** Makes it ready; reads the TLS files anew, so that renewed ones count. Failure `docker-tls` where one is missing. */
export async function openTransport(endpoint: DockerEndpoint): Promise<Transport> {
  if (endpoint.kind === 'unix') return plain('docker', () => createConnection(endpoint.path))
  if (endpoint.kind === 'ssh') {
    const agent = new SshAgent(endpoint)
    return { host: 'docker', connection: { agent }, close: () => agent.destroy() }
  }
  const { host, port } = endpoint
  // A stream of events may be silent for hours: only keep-alive finds out that the other machine is gone.
  const place = { host, port, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS }
  if (endpoint.tls === null) return plain(host, () => createConnection(place))
  const secrets = await readTlsFiles(endpoint.tls)
  return plain(host, () => {
    const socket = connectTls({ host, port, servername: isName(host) ? host : '', ...secrets })
    return socket.setKeepAlive(true, KEEP_ALIVE_MS)
  })
}

function plain(host: string, create: () => Duplex): Transport {
  return { host: host.includes(':') ? `[${host}]` : host, connection: { createConnection: create }, close: () => {} }
}

function isName(host: string): boolean {
  return /[A-Za-z]/.test(host) && !host.includes(':')
}

async function readTlsFiles({ folder, verify }: DockerTls): Promise<ConnectionOptions> {
  const read = async (name: string, isNeeded: boolean) => {
    const text = await outcomeOf(readFile(join(folder, name)))
    if (text.ok) return text.value
    if (!isNeeded && text.error.code === 'ENOENT') return undefined
    throw new Failure(
      'docker-tls',
      `${join(folder, name)} cannot be read (${text.error.code}); DOCKER_CERT_PATH names the folder of ca.pem, cert.pem and key.pem`,
      text.error,
    )
  }
  const [ca, cert, key] = [await read('ca.pem', verify), await read('cert.pem', false), await read('key.pem', false)]
  return {
    rejectUnauthorized: verify,
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  }
}
