// A web server that works: a request says how long, and waits its turn where all workers are busy.
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ServerKind } from '../simulate/load.ts'
import { ServerQueue } from '../simulate/server-queue.ts'
import { LOOPBACK } from './addresses.ts'

/** Header that carries the work of a request, in milliseconds. */
export const WORK_HEADER = 'x-work-ms'

export type RacingServerOptions = {
  readonly kind: ServerKind
  readonly workers: number
  /** Milliseconds since the race began. */
  readonly nowMs: () => number
  /** Told once a request has come. */
  readonly onRequest: () => void
}

/** One server on loopback. Its work is waiting: until the moment at which a worker would be done. */
export class RacingServer {
  readonly #options: RacingServerOptions
  readonly #queue: ServerQueue
  readonly #server: Server
  readonly #timers = new Set<NodeJS.Timeout>()

  constructor(options: RacingServerOptions) {
    this.#options = options
    this.#queue = new ServerQueue(options.kind, options.workers)
    this.#server = createServer((request, response) => this.#answer(request, response))
    // The load balancer decides how long pooled connections live.
    this.#server.keepAliveTimeout = 0
  }

  get target(): string {
    return `${LOOPBACK}:${(this.#server.address() as AddressInfo).port}`
  }

  /** How many requests have come. */
  get taken(): number {
    return this.#queue.taken
  }

  get backlogMs(): number {
    return this.#queue.backlogMs(this.#options.nowMs())
  }

  async listen(): Promise<this> {
    this.#server.listen(0, LOOPBACK)
    await once(this.#server, 'listening')
    return this
  }

  /** Ends everything at once. */
  end(): void {
    for (const timer of this.#timers) clearTimeout(timer)
    this.#server.close()
    this.#server.closeAllConnections()
  }

  #answer({ headers }: IncomingMessage, response: ServerResponse): void {
    const nowMs = this.#options.nowMs()
    // The end is worked out when a request comes, so a timer that fires late does not make the next one late too.
    const endMs = this.#queue.take(Number(headers[WORK_HEADER]) || 0, nowMs)
    this.#options.onRequest()
    if (!Number.isFinite(endMs)) return
    const timer = setTimeout(
      () => {
        this.#timers.delete(timer)
        response.end()
      },
      Math.ceil(endMs - nowMs),
    )
    this.#timers.add(timer)
  }
}
