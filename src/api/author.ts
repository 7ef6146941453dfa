// Who writes: requests through the unix socket are this machine's own user and may say whose name a change bears.
import type { IncomingMessage } from 'node:http'
import type { FastifyRequest } from 'fastify'

const local = new WeakSet<IncomingMessage>()

/** Remembers that a request came through the unix socket. */
export function markLocal(message: IncomingMessage): void {
  local.add(message)
}

/** Whether a request came through the unix socket, whose mode lets in its owner alone. */
export function isLocal(request: FastifyRequest): boolean {
  return local.has(request.raw)
}

/** The name a revision bears: what a local client says of itself in X-Fairlead-Author, else `api`. */
export function authorOf(request: FastifyRequest): string {
  const header = request.headers['x-fairlead-author']
  if (!isLocal(request) || typeof header !== 'string') return 'api'
  // Headers arrive as Latin-1; names are sent as UTF-8.
  const name = Buffer.from(header, 'latin1')
    .toString()
    .replace(/\p{Cc}/gu, '')
    .trim()
    .slice(0, 100)
  return name === '' ? 'api' : name
}
