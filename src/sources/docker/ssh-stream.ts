// A Docker engine behind ssh: `ssh HOST docker system dial-stdio` as a stream that HTTP can use.
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { Agent } from 'node:http'
import { Duplex, type Readable, type Writable } from 'node:stream'
import type { DockerEndpoint } from './endpoint.ts'

type SshEndpoint = Extract<DockerEndpoint, { kind: 'ssh' }>

/** Connections at once; each is an ssh process of its own. */
const AT_ONCE = 4

/** What ssh says at most about its end. */
const LONGEST_WORD = 2000

/** Keeps ssh connections for the next request: making one takes a good part of a second. */
export class SshAgent extends Agent {
  readonly #endpoint: SshEndpoint

  constructor(endpoint: SshEndpoint) {
    super({ keepAlive: true, maxSockets: AT_ONCE })
    this.#endpoint = endpoint
  }

  override createConnection(): Duplex {
    return new SshStream(sshArguments(this.#endpoint))
  }
}

function sshArguments({ host, user, port }: SshEndpoint): string[] {
  const options = ['-T', '-o', 'BatchMode=yes', '-o', 'ConnectTimeout=10', '-o', 'ServerAliveInterval=15']
  const place = [...(user === null ? [] : ['-l', user]), ...(port === null ? [] : ['-p', String(port)])]
  return [...options, ...place, '--', host, 'docker', 'system', 'dial-stdio']
}

/** One ssh process. Destroying the stream ends it; its end ends the stream with its own last words. */
class SshStream extends Duplex {
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>
  #said = ''

  constructor(args: readonly string[]) {
    super()
    this.#child = spawn('ssh', args, { stdio: ['pipe', 'pipe', 'pipe'] })
    this.#child.stdout.on('data', (piece: Buffer) => {
      if (!this.push(piece)) this.#child.stdout.pause()
    })
    this.#child.stderr.on('data', (piece: Buffer) => {
      this.#said = `${this.#said}${piece.toString()}`.slice(-LONGEST_WORD)
    })
    this.#child.stdin.on('error', () => {})
    this.#child.on('error', ({ message }) => this.destroy(new Error(`ssh cannot be started: ${message}`)))
    this.#child.on('close', (code) => {
      if (code === 0) this.push(null)
      else this.destroy(this.#explain(code))
    })
  }

  override _read(): void {
    this.#child.stdout.resume()
  }

  override _write(piece: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    // Why it takes no more, the end of the process tells.
    this.#child.stdin.write(piece, () => done())
  }

  override _final(done: () => void): void {
    this.#child.stdin.end(() => done())
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#child.kill()
    done(error)
  }

  // What HTTP asks of a socket and a pipe has not.
  setKeepAlive(): this {
    return this
  }
  setNoDelay(): this {
    return this
  }
  setTimeout(): this {
    return this
  }
  ref(): this {
    return this
  }
  unref(): this {
    return this
  }

  #explain(code: number | null): Error {
    const last = this.#said.trim().split('\n').at(-1)
    return new Error(`ssh ended (${code ?? 'by a signal'}): ${last || 'it said nothing'}`)
  }
}
