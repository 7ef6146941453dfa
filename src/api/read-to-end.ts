// A client that is still sending must be able to read our answer: what it sends is taken and thrown away first.
import type { IncomingMessage } from 'node:http'

/** How long a body nobody wants is read on for its sender's sake. */
const PATIENCE_MS = 2000

/**
 * Resolves when the request has been sent whole, or when patience ends. A connection closed with unread data is reset
 * (RFC 1122 section 4.2.2.13), and the reset overtakes the answer.
 */
export async function readToEnd(request: IncomingMessage): Promise<void> {
  if (request.complete !== false || request.destroyed) return
  const { promise, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, PATIENCE_MS)
  request.once('end', resolve)
  request.once('close', resolve)
  request.resume()
  await promise
  clearTimeout(timer)
}
