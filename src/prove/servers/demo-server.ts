// A web server to be balanced: it tells its name at every path, and answers the frames of WebSockets.
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { waitFor } from '../../io/deadline.ts'
import { outcomeOf } from '../../io/outcome.ts'
import { acceptKey, decodeFrames, encodeFrame, OPCODE } from '../websocket-frames.ts'
import { type Demo, LOOPBACK } from '../world.ts'

/** A server without a request for this long has drained: whatever was on its way to it has arrived. */
const QUIET_MS = 200

/** A server that still gets requests so long after it was taken out is closed all the same. */
const LONGEST_DRAIN_MS = 3000

/** One server on loopback, listening until it is closed. */
export class DemoServer implements Demo {
  readonly name: string
  readonly #server: Server
  readonly #webSockets = new Set<Duplex>()
  #underWay = 0
  #lastRequestMs = 0

  constructor(name: string) {
    this.name = name
    this.#server = createServer((request, response) => this.#answer(request, response))
    // The load balancer decides how long pooled connections live.
    this.#server.keepAliveTimeout = 0
    this.#server.on('upgrade', (request, socket) => this.#upgrade(request, socket))
  }

  get target(): string {
    return `${LOOPBACK}:${(this.#server.address() as AddressInfo).port}`
  }

  async listen(): Promise<this> {
    this.#server.listen(0, LOOPBACK)
    await once(this.#server, 'listening')
    return this
  }

  /** Waits until no request has come for a while, then listens no more. WebSockets go on until their clients leave. */
  async retire(): Promise<void> {
    const isQuiet = () => this.#underWay === 0 && performance.now() - this.#lastRequestMs > QUIET_MS
    await outcomeOf(waitFor(isQuiet, { timeoutMs: LONGEST_DRAIN_MS, what: `${this.name} to drain` }))
    this.#server.close()
  }

  /** Ends everything at once. */
  end(): void {
    this.#server.close()
    this.#server.closeAllConnections()
    for (const socket of this.#webSockets) socket.destroy()
  }

  #answer({ headers }: IncomingMessage, response: ServerResponse): void {
    if (!headers['user-agent']?.startsWith('fairlead-health-check')) this.#lastRequestMs = performance.now()
    this.#underWay++
    response.once('close', () => this.#underWay--)
    response.setHeader('x-demo-server', this.name)
    response.end(`${this.name}\n`)
  }

  #upgrade({ headers }: IncomingMessage, socket: Duplex): void {
    this.#lastRequestMs = performance.now()
    this.#webSockets.add(socket)
    socket.once('close', () => this.#webSockets.delete(socket))
    socket.on('error', () => socket.destroy())
    const accept = acceptKey(headers['sec-websocket-key'] ?? '')
    const head = ['HTTP/1.1 101 Switching Protocols', 'upgrade: websocket', 'connection: upgrade']
    socket.write(`${[...head, `sec-websocket-accept: ${accept}`].join('\r\n')}\r\n\r\n`)
    echoFrames(socket)
  }
}

/** Answers pings, and sends texts back; anything else ends the connection. */
function echoFrames(socket: Duplex): void {
  let held: Buffer = Buffer.alloc(0)
  socket.on('data', (piece: Buffer) => {
    const decoded = decodeFrames(Buffer.concat([held, piece]))
    if (!decoded) return socket.destroy()
    held = decoded.rest
    for (const { opcode, payload } of decoded.frames) {
      if (opcode === OPCODE.close) return socket.end(encodeFrame({ opcode, payload }, null))
      socket.write(encodeFrame({ opcode: opcode === OPCODE.ping ? OPCODE.pong : opcode, payload }, null))
    }
  })
}
