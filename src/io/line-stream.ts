// Lines from a unix socket whose peer goes on talking.
import { createConnection } from 'node:net'
import { Failure } from './failure.ts'

/** A line without an end is thrown away at this length. */
const LONGEST_LINE = 65_536

/**
 * Sends `command` and hands on what the peer says, line by line and several at once, until the peer closes or the signal
 * aborts. Whoever takes the lines must be quick: the peer waits meanwhile, and HAProxy's ring, read only
 * now and then, tells no more than a few lines each time. Failure `socket-unreachable`.
 */
export function streamLines(
  path: string,
  command: string,
  onLines: (lines: readonly string[]) => void,
  signal: AbortSignal,
): Promise<void> {
  const ended = Promise.withResolvers<void>()
  const socket = createConnection({ path, signal })
  let rest = ''
  socket.setEncoding('utf8')
  socket.on('connect', () => socket.write(`${command}\n`))
  socket.on('data', (piece: string) => {
    const lines = `${rest}${piece}`.split('\n')
    rest = lines.pop() ?? ''
    if (rest.length > LONGEST_LINE) rest = ''
    if (lines.length > 0) onLines(lines)
  })
  socket.on('end', () => socket.end())
  socket.on('error', (cause) => {
    if (!signal.aborted)
      ended.reject(new Failure('socket-unreachable', `${path} cannot be read: ${cause.message}`, cause))
  })
  socket.on('close', () => ended.resolve())
  return ended.promise
}
