// Real web servers to be balanced: each tells its name, and its health can be switched.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A web server on loopback. `hits` counts the requests that were not health checks. */
export class Origin {
  readonly name: string
  readonly #server: Server
  healthy = true
  /** How long a health check takes, in milliseconds. */
  healthAfterMs = 0
  /** What every request that is not a health check is answered with. */
  status = 200
  hits = 0

  constructor(name: string) {
    this.name = name
    this.#server = createServer((request, response) => {
      if (request.url === '/health') {
        response.statusCode = this.healthy ? 200 : 503
        return setTimeout(() => response.end(), this.healthAfterMs)
      }
      this.hits++
      response.statusCode = this.status
      response.setHeader('x-origin', this.name)
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify({ name: this.name, path: request.url, headers: request.headers }))
    })
    this.#server.keepAliveTimeout = 60_000
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  get target(): string {
    return `127.0.0.1:${this.port}`
  }

  listen(port = 0, host = '127.0.0.1'): Promise<this> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(port, host, () => resolve(this))
    })
  }

  close(): void {
    this.#server.closeAllConnections()
    this.#server.close()
  }
}

/** Starts several, named `a`, `b`, …. */
export function startOrigins(...names: string[]): Promise<Origin[]> {
  return Promise.all(names.map((name) => new Origin(name).listen()))
}
