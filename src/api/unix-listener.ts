// The unix socket beside the TCP port: the same app behind a second server, for this user alone.
import { chmod, lstat, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { connect } from 'node:net'
import { Failure } from '../io/failure.ts'
import { outcomeOf } from '../io/outcome.ts'
import { refuseBroken } from './error-handler.ts'

type Handler = (request: IncomingMessage, response: ServerResponse) => void

/** How long a client may take to send one request. */
export const REQUEST_TIMEOUT_MS = 60_000

/**
 * Listens on a unix socket of mode 0600. What a dead daemon left there is replaced; Failure `socket-in-use` where
 * somebody answers, `socket-unusable` where it cannot be.
 */
export async function listenOnUnixSocket(path: string, handler: Handler): Promise<Server> {
  await makeWay(path)
  const server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS }, handler)
  server.on('clientError', refuseBroken)
  const listening = new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(path, resolve)
  })
  const listened = await outcomeOf(listening.then(() => chmod(path, 0o600)))
  if (listened.ok) return server
  server.close()
  throw new Failure('socket-unusable', `cannot listen on ${path}: ${listened.error.message}`, listened.error)
}

/** Ends a server and every connection to it. */
export async function closeServer(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve())
  })
  server.closeAllConnections()
  await closed
}

async function makeWay(path: string): Promise<void> {
  const found = await outcomeOf(lstat(path))
  if (!found.ok) return
  if (!found.value.isSocket()) {
    throw new Failure(
      'socket-unusable',
      `${path} is in the way and is no socket; move it away, or choose another state directory`,
    )
  }
  if (await isAnswered(path)) {
    throw new Failure(
      'socket-in-use',
      `another daemon answers at ${path}; stop it first, or choose another state directory`,
    )
  }
  await rm(path, { force: true })
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path)
    const finish = (answered: boolean) => {
      socket.destroy()
      resolve(answered)
    }
    socket.once('connect', () => finish(true))
    socket.once('error', () => finish(false))
  })
}
