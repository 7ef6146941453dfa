// Servers that speak TLS themselves, each of which says its name, and clients that hear it.
import { type AddressInfo, connect as connectTcp, type Socket } from 'node:net'
import { type ConnectionOptions, connect, createServer, type Server, type TLSSocket } from 'node:tls'
import type { MadeCertificate } from './certificates.ts'

/** Says its name and the name it was asked for, then echoes. */
export class TlsServer {
  readonly name: string
  readonly #server: Server
  readonly #sockets = new Set<TLSSocket>()

  constructor(name: string, { certificate, key }: MadeCertificate) {
    this.name = name
    this.#server = createServer({ cert: certificate, key }, (socket) => {
      this.#sockets.add(socket)
      socket.on('error', () => {})
      socket.write(`${name} ${socket.servername || 'no name'}\n`)
      socket.on('data', (piece) => socket.write(piece))
    })
    this.#server.on('tlsClientError', () => {})
  }

  get target(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  listen(): Promise<this> {
    return new Promise((resolve) => this.#server.listen(0, '127.0.0.1', () => resolve(this)))
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
  }
}

/** A TLS connection that reads lines; `closed` once it is over. */
export class TlsLine {
  readonly socket: TLSSocket
  closed = false
  #text = ''

  constructor(port: number, servername: string | null, options: ConnectionOptions = {}) {
    const names = servername === null ? {} : { servername }
    this.socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false, ...names, ...options })
    this.socket.setTimeout(15_000, () => this.socket.destroy())
    this.socket.on('data', (piece: Buffer) => (this.#text += piece.toString()))
    this.socket.on('error', () => {})
    this.socket.on('close', () => (this.closed = true))
  }

  /** The next line; null where the connection ends before. */
  async line(): Promise<string | null> {
    while (!this.#text.includes('\n') && !this.closed)
      await new Promise<void>((resolve) => {
        this.socket.once('data', () => resolve())
        this.socket.once('close', () => resolve())
      })
    const end = this.#text.indexOf('\n')
    if (end < 0) return null
    const line = this.#text.slice(0, end)
    this.#text = this.#text.slice(end + 1)
    return line
  }

  /** Says a line and hears what comes back. */
  say(line: string): Promise<string | null> {
    this.socket.write(`${line}\n`)
    return this.line()
  }

  end(): void {
    this.socket.destroy()
  }
}

/** The first line of whoever answers; null where the connection is closed. */
export async function askName(
  port: number,
  servername: string | null,
  options?: ConnectionOptions,
): Promise<string | null> {
  const client = new TlsLine(port, servername, options)
  const line = await client.line()
  client.end()
  return line
}

/** A plain connection that is open. */
export function openPlain(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connectTcp(port, '127.0.0.1', () => resolve(socket))
    socket.once('error', reject)
  })
}

/** What comes back until the other side closes. */
export async function sayPlain(port: number, text: string): Promise<string> {
  const socket = await openPlain(port)
  socket.setTimeout(15_000, () => socket.destroy(new Error('timeout')))
  return new Promise((resolve, reject) => {
    let heard = ''
    socket.on('data', (piece: Buffer) => (heard += piece.toString()))
    socket.on('error', (error: NodeJS.ErrnoException) => (error.code === 'ECONNRESET' ? resolve(heard) : reject(error)))
    socket.on('close', () => resolve(heard))
    socket.write(text)
  })
}
