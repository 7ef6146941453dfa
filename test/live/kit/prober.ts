// Clients that count: every request that was sent and not answered with 200 is a failure.
import { Agent, type AgentOptions, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

/** What the clients saw. */
export type Seen = { requests: number; failures: string[]; slowestMs: number }

export type ProberOptions = {
  readonly path?: string
  /** How long a client waits for an answer, in milliseconds; 15 s unless told. */
  readonly patienceMs?: number
  /** Whether each client has an address of its own in 127.0.0.0/8. */
  readonly spread?: boolean
}

/** A load of keep-alive clients, each on a connection of its own, and clients that connect anew for each request. */
export class Prober {
  readonly seen: Seen = { requests: 0, failures: [], slowestMs: 0 }
  readonly #port: number
  readonly #options: ProberOptions
  readonly #stop = new AbortController()
  #clients: Promise<void>[] = []

  constructor(port: number, options: ProberOptions = {}) {
    this.#port = port
    this.#options = options
  }

  /** Starts clients that pause `thinkMs` between two requests. */
  start({ keepAlive, fresh, thinkMs }: { keepAlive: number; fresh: number; thinkMs: number }): this {
    for (let index = 0; index < keepAlive; index++) this.#begin({ keepAlive: true, maxSockets: 1 }, thinkMs)
    for (let index = 0; index < fresh; index++) this.#begin({ keepAlive: false }, thinkMs / 5)
    return this
  }

  /** Lets every client finish its last request. */
  async stop(): Promise<Seen> {
    this.#stop.abort()
    await Promise.all(this.#clients)
    return this.seen
  }

  #begin(manner: AgentOptions, thinkMs: number): void {
    const own = this.#options.spread ? { localAddress: `127.0.1.${1 + this.#clients.length}` } : {}
    this.#clients.push(this.#run(new Agent({ ...manner, ...own }), thinkMs))
  }

  async #run(agent: Agent, thinkMs: number): Promise<void> {
    // Spread over the pause, so that the load is even.
    await sleep(Math.random() * thinkMs)
    while (!this.#stop.signal.aborted) {
      const startedAt = performance.now()
      const failure = await this.#ask(agent)
      this.seen.requests++
      this.seen.slowestMs = Math.max(this.seen.slowestMs, Math.round(performance.now() - startedAt))
      if (failure !== null) this.seen.failures.push(failure)
      await sleep(thinkMs)
    }
    agent.destroy()
  }

  #ask(agent: Agent): Promise<string | null> {
    const { path = '/', patienceMs = 15_000 } = this.#options
    return new Promise((resolve) => {
      const sent = request({ host: '127.0.0.1', port: this.#port, path, agent, timeout: patienceMs }, (answer) => {
        answer.on('error', (error) => resolve(`answer cut: ${error.message}`))
        answer.on('end', () => resolve(answer.statusCode === 200 ? null : `status ${answer.statusCode}`))
        answer.resume()
      })
      sent.on('timeout', () => sent.destroy(new Error(`no answer in ${patienceMs / 1000} s`)))
      sent.on('error', (error: NodeJS.ErrnoException) => resolve(`${error.code ?? ''} ${error.message}`))
      sent.end()
    })
  }
}

export type AskOptions = {
  path?: string
  headers?: Record<string, string>
  method?: string
  /** The client's address, of 127.0.0.0/8. */
  from?: string
}

export type Answer = {
  status: number
  body: string
  headers: Record<string, string | string[] | undefined>
  error?: string
}

/** One request on a connection of its own; the status and body, or the error's code. */
export function ask(port: number, { path = '/', headers = {}, method = 'GET', from }: AskOptions = {}) {
  return new Promise<Answer>((resolve) => {
    const own = from === undefined ? {} : { localAddress: from }
    const sent = request(
      { host: '127.0.0.1', port, path, method, headers, agent: false, timeout: 10_000, ...own },
      (answer) => {
        let body = ''
        answer.setEncoding('utf8').on('data', (piece: string) => (body += piece))
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body, headers: answer.headers }))
      },
    )
    sent.on('timeout', () => sent.destroy(new Error('timeout')))
    sent.on('error', (error: NodeJS.ErrnoException) =>
      resolve({ status: 0, body: '', headers: {}, error: error.code ?? error.message }),
    )
    sent.end()
  })
}
