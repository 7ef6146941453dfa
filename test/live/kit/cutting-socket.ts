// A socket of the test's own in the place of HAProxy's, which forwards to it, cuts in the middle, or never answers.
import { rename, rm, stat } from 'node:fs/promises'
import { createConnection, createServer, type Socket } from 'node:net'

/** How much of a batch of changes comes through before it is cut. */
const BYTES_THROUGH = 60

/** Batches of changes meet the fault; questions pass. */
const CHANGE = /^(add|set|del|enable|clear) /

export class CuttingSocket {
  readonly #path: string
  readonly #open = new Set<Socket>()
  readonly #server = createServer((client) => this.#serve(client))
  #inode = 0
  mode: 'cut' | 'silent' | 'forward' = 'forward'
  /** How often the fault was met. */
  cuts = 0

  private constructor(path: string) {
    this.#path = path
  }

  static async replace(path: string): Promise<CuttingSocket> {
    const socket = new CuttingSocket(path)
    await new Promise<void>((done) => socket.#server.listen(`${path}.test`, done))
    socket.#inode = (await stat(`${path}.test`)).ino
    await rename(path, `${path}.real`)
    // Under another name than it was made with: its end removes nobody's socket.
    await rename(`${path}.test`, path)
    return socket
  }

  /** The real one again, unless HAProxy has made a new one meanwhile. */
  async putBack(): Promise<void> {
    const isStill = (await stat(this.#path)).ino === this.#inode
    if (isStill) await rename(`${this.#path}.real`, this.#path)
    await rm(`${this.#path}.real`, { force: true })
    for (const each of this.#open) each.destroy()
    await new Promise<void>((done) => this.#server.close(() => done()))
  }

  #serve(client: Socket): void {
    this.#keep(client)
    client.once('data', (piece: Buffer) => {
      const isFault = this.mode !== 'forward' && CHANGE.test(piece.toString())
      if (!isFault) return this.#forward(client, piece)
      this.cuts++
      if (this.mode === 'silent') return
      // The cut falls between two commands or into one: what came through has been carried out.
      const cut = piece.toString().slice(0, BYTES_THROUGH)
      const real = this.#keep(createConnection(`${this.#path}.real`))
      real.end(`${cut.includes(';') ? cut.slice(0, cut.lastIndexOf(';')) : ''}\n`)
      real.resume().once('close', () => client.destroy())
    })
  }

  #forward(client: Socket, first: Buffer): void {
    const real = this.#keep(createConnection(`${this.#path}.real`))
    real.write(first)
    client.pipe(real)
    real.pipe(client)
  }

  #keep(socket: Socket): Socket {
    this.#open.add(socket)
    socket.on('error', () => {})
    socket.once('close', () => this.#open.delete(socket))
    return socket
  }
}
