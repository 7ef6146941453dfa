// Long connections: a server that echoes over WebSocket's upgrade and plain TCP, and clients that notice their end.
import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { waitFor } from '../../../src/io/deadline.ts'

const KEY = 'dGhlIHNhbXBsZSBub25jZQ=='
const ACCEPT = 's3pPLMBiTxaQ9kYGzzhZRbK+xOo='

/** Echoes what a tunnel says. `/slow` answers one byte at once and the end only when `finishSlow` is called. */
export class EchoServer {
  readonly #tcp = createServer((socket) => this.#echo(socket))
  readonly #sockets = new Set<Socket>()
  readonly #slow: (() => void)[] = []
  readonly #http = createHttpServer((request, response) => {
    if (request.url !== '/slow') return response.end('hello')
    response.write('.')
    return this.#slow.push(() => response.end('end'))
  })

  async listen(): Promise<this> {
    this.#http.on('connection', (socket: Socket) => this.#keep(socket))
    this.#http.on('upgrade', (_request, socket: Socket) => {
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${ACCEPT}\r\n\r\n`,
      )
      socket.on('data', (piece) => socket.write(piece))
    })
    for (const server of [this.#tcp, this.#http]) await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    return this
  }

  get httpTarget(): string {
    return `127.0.0.1:${(this.#http.address() as AddressInfo).port}`
  }

  get tcpTarget(): string {
    return `127.0.0.1:${(this.#tcp.address() as AddressInfo).port}`
  }

  finishSlow(): void {
    for (const finish of this.#slow.splice(0)) finish()
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy()
    this.#tcp.close()
    this.#http.close()
  }

  #echo(socket: Socket): void {
    this.#keep(socket)
    socket.on('data', (piece) => socket.write(piece))
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket)
    socket.on('error', () => {})
  }
}

/** One long connection of a client. */
export class Tunnel {
  readonly #socket: Socket
  #heard = ''
  /** When it was closed, by `Date.now()`; null while it is open. */
  closedAtMs: number | null = null

  private constructor(port: number) {
    this.#socket = connect(port, '127.0.0.1')
    this.#socket.setEncoding('utf8').on('data', (piece: string) => (this.#heard += piece))
    this.#socket.on('error', () => {})
    this.#socket.on('close', () => (this.closedAtMs ??= Date.now()))
  }

  /** Opens a WebSocket and waits until the server has agreed. */
  static async webSocket(port: number): Promise<Tunnel> {
    const tunnel = new Tunnel(port)
    tunnel.#socket.write(
      `GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: ${KEY}\r\nSec-WebSocket-Version: 13\r\n\r\n`,
    )
    await waitFor(() => tunnel.#heard.includes(' 101 '), { timeoutMs: 60_000, what: 'the WebSocket to open' })
    return tunnel
  }

  /** Opens a TCP connection and waits for its first echo. */
  static async tcp(port: number): Promise<Tunnel> {
    const tunnel = new Tunnel(port)
    await tunnel.echo('hello')
    return tunnel
  }

  /** Sends a text and waits until it comes back. */
  async echo(text: string): Promise<void> {
    this.#heard = ''
    this.#socket.write(text)
    await waitFor(() => this.#heard === text, { timeoutMs: 60_000, what: `"${text}" to come back` })
  }

  close(): void {
    this.#socket.destroy()
  }
}
