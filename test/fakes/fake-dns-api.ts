// What the stand-ins for DNS providers have in common: a small HTTP server on loopback that writes down what it was asked.
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'

// biome-ignore lint/suspicious/noExplicitAny: JSON that a client sent
export type Json = any

export type FakeRequest = {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: IncomingHttpHeaders
  readonly url: string
  readonly body: string
  readonly json: Json
}

export type FakeAnswer = {
  readonly status: number
  readonly body?: object | string
  readonly headers?: Record<string, string>
}

/** A record as DNS would tell it: texts without quotes, names without a dot at the end. */
export type FakeRecord = { readonly name: string; readonly type: string; readonly value: string; readonly ttl: number }

/** The zones and the secret that every stand-in knows. */
export const ZONES = ['example.com', 'example.net']
export const SECRET = 'good-token-e15ad0c2b7'

export abstract class FakeDnsApi {
  /** Every request: `POST /zones/1/records`. */
  readonly asked: string[] = []
  /** From now on it says that it is asked too often, and when to return. */
  limitSeconds: number | null = null
  /** At most so many in a page, whatever is asked for. */
  pageSize = 1000
  /** Called once, before the first request that writes is looked at. */
  beforeWrite: (() => void) | null = null
  #url = ''

  async start(): Promise<this> {
    const server = createServer((request, response) => {
      this.#serve(request, response).catch((error: Error) => response.writeHead(500).end(String(error.stack)))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    this.#url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    onTestFinished(() => {
      server.closeAllConnections()
      server.close()
    })
    return this
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const pieces: Buffer[] = []
    for await (const piece of request) pieces.push(piece as Buffer)
    const body = Buffer.concat(pieces).toString()
    const url = new URL(request.url ?? '', this.#url)
    const method = request.method ?? ''
    this.asked.push(`${method} ${url.pathname}`)
    if (method !== 'GET') {
      this.beforeWrite?.()
      this.beforeWrite = null
    }
    const answer = this.answer({
      method,
      path: decodeURIComponent(url.pathname),
      query: url.searchParams,
      headers: request.headers,
      url: request.url ?? '',
      body,
      json: body.startsWith('{') ? JSON.parse(body) : undefined,
    })
    const isText = typeof answer.body === 'string'
    response.writeHead(answer.status, {
      'content-type': isText ? 'text/plain' : 'application/json',
      ...answer.headers,
    })
    response.end(isText ? answer.body : answer.body && JSON.stringify(answer.body))
  }

  get url(): string {
    return this.#url
  }

  /** How many requests so far have changed something. */
  get writes(): number {
    return this.asked.filter((request) => !request.startsWith('GET ')).length
  }

  abstract answer(request: FakeRequest): FakeAnswer
  /** Somebody else's hand. */
  abstract add(name: string, type: string, value: string, ttl?: number): void
  abstract records(): FakeRecord[]

  protected zoneOf(name: string): string {
    return ZONES.find((zone) => name === zone || name.endsWith(`.${zone}`)) ?? ''
  }

  /** One page of a list, which counts from 1. */
  protected page<T>(items: readonly T[], query: URLSearchParams, most: number) {
    const size = Math.min(this.pageSize, most, Number(query.get('per_page') ?? 20))
    const page = Number(query.get('page') ?? 1)
    return {
      page,
      items: items.slice((page - 1) * size, page * size),
      pages: Math.max(1, Math.ceil(items.length / size)),
    }
  }
}
