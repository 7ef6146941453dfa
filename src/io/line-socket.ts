// One command over a unix socket whose peer answers and closes.
import { createConnection } from 'node:net'
import { Failure } from './failure.ts'

/**
 * Sends `command` and a newline and answers everything the peer says until it closes. Our side stays open meanwhile:
 * a peer may take our closing as a reason to cut its answer. A peer that keeps its side open must be told to close by
 * the command itself. Failures: `socket-unreachable` (nothing was sent), `socket-broken` (the connection broke midway:
 * the command may have run), `timeout` (so many ms for connecting, sending and the whole answer). Of an answer longer
 * than `enough` characters the beginning is answered, and nobody listens to the rest.
 */
export function request(
  path: string,
  command: string,
  { timeoutMs, enough = Infinity }: { timeoutMs: number; enough?: number },
): Promise<string> {
  const answer = Promise.withResolvers<string>()
  const socket = createConnection(path)
  const pieces: string[] = []
  let connected = false
  const timer = setTimeout(() => {
    const step = connected ? 'gave no complete answer' : 'could not be reached'
    answer.reject(new Failure('timeout', `${path} ${step} within ${timeoutMs} ms`))
    socket.destroy()
  }, timeoutMs)
  socket.setEncoding('utf8')
  socket.on('connect', () => {
    connected = true
    socket.write(`${command}\n`)
  })
  let length = 0
  socket.on('data', (piece: string) => {
    pieces.push(piece)
    length += piece.length
    if (length <= enough) return
    answer.resolve(pieces.join('').slice(0, enough))
    socket.destroy()
  })
  socket.on('end', () => answer.resolve(pieces.join('')))
  socket.on('error', (cause) => {
    const [code, says] = connected ? ['socket-broken', 'broke off'] : ['socket-unreachable', 'cannot be reached']
    answer.reject(new Failure(code, `${path} ${says}: ${cause.message}`, cause))
  })
  socket.on('close', () => clearTimeout(timer))
  return answer.promise
}
