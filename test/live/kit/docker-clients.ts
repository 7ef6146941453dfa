// Clients on the host of a test's Docker engine: they ask the load balancer there, alone or as a load that counts.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Answer, AskOptions, ProberOptions, Seen } from './prober.ts'

const SCRIPT = fileURLToPath(new URL('../namespaced/clients.ts', import.meta.url))

/** The load of a prober. */
export type Load = { readonly keepAlive: number; readonly fresh: number; readonly thinkMs: number }

/** What the clients' process is asked, one message each. */
export type Asked =
  | { readonly kind: 'ask'; readonly port: number; readonly options: AskOptions }
  | { readonly kind: 'start'; readonly port: number; readonly options: ProberOptions; readonly load: Load }
  | { readonly kind: 'seen' | 'stop'; readonly prober: number }

/** A load that goes on until it is stopped. */
export type RunningLoad = { readonly seen: () => Promise<Seen>; readonly stop: () => Promise<Seen> }

/** A process of its own, so that the load is not held up by the test that watches it. */
export class DockerClients {
  readonly #child: ChildProcess
  readonly #waiting = new Map<number, (result: unknown) => void>()
  #sent = 0

  private constructor(child: ChildProcess) {
    this.#child = child
    child.on('message', ({ id, result }: { id: number; result: unknown }) => {
      this.#waiting.get(id)?.(result)
      this.#waiting.delete(id)
    })
  }

  /** Starts them behind the words of `TestDocker.onHost`. */
  static async start(within: readonly string[]): Promise<DockerClients> {
    const [program = '', ...words] = [...within, process.execPath, SCRIPT]
    const child = spawn(program, words, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
    await once(child, 'message')
    return new DockerClients(child)
  }

  /** One request to a port of the host. */
  ask(port: number, options: AskOptions = {}): Promise<Answer> {
    return this.#tell({ kind: 'ask', port, options }) as Promise<Answer>
  }

  /** Starts a load on a port of the host. */
  async load(port: number, load: Load, options: ProberOptions = {}): Promise<RunningLoad> {
    const prober = (await this.#tell({ kind: 'start', port, options, load })) as number
    return {
      seen: () => this.#tell({ kind: 'seen', prober }) as Promise<Seen>,
      stop: () => this.#tell({ kind: 'stop', prober }) as Promise<Seen>,
    }
  }

  async close(): Promise<void> {
    const ended = once(this.#child, 'exit')
    this.#child.disconnect()
    await ended
  }

  #tell(asked: Asked): Promise<unknown> {
    const id = this.#sent++
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve)
      this.#child.send({ id, asked })
    })
  }
}
