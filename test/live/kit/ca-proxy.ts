// Stands before a CA and adds to it what Pebble 2.4 has not: renewal information, profiles, and trouble on demand.

import { readFile } from 'node:fs/promises'
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import { createServer, request, type Server } from 'node:https'
import { buffer } from 'node:stream/consumers'
import { makeCertificate } from './certificates.ts'
import { findFreePort } from './free-port.ts'

/** What is asked, and an answer in the CA's place; null: the CA answers. `cut`: the connection is closed. */
export type Trouble = (asked: { readonly method: string; readonly path: string }) => Answer | 'cut' | null

type Answer = { readonly status: number; readonly body: object; readonly headers?: Readonly<Record<string, string>> }

type Asked = {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

/** Pebble makes its URLs from the Host header, so that everything goes through here. */
export class CaProxy {
  readonly directoryUrl: string
  /** PEM of the CA that its own certificate comes from. */
  readonly trust: string
  trouble: Trouble = () => null
  /** What the CA suggests for every certificate; null: it has no renewal information. */
  window: { readonly start: string; readonly end: string } | null = null
  profiles: readonly string[] = []
  /** The payloads of new orders. */
  readonly orders: Record<string, unknown>[] = []
  /** Certificates whose renewal information was asked for. */
  readonly askedWindows: string[] = []
  readonly #server: Server
  readonly #behind: URL
  readonly #behindTrust: string

  private constructor(server: Server, port: number, trust: string, behind: URL, behindTrust: string) {
    this.directoryUrl = `https://localhost:${port}/dir`
    this.trust = trust
    this.#server = server
    this.#behind = behind
    this.#behindTrust = behindTrust
  }

  static async start(behind: { readonly directoryUrl: string; readonly trustFile: string }): Promise<CaProxy> {
    const authority = await makeCertificate([], { isAuthority: true })
    const own = await makeCertificate(['localhost'], { by: authority })
    const port = await findFreePort()
    const server = createServer({ cert: own.certificate, key: own.key })
    const behindTrust = await readFile(behind.trustFile, 'utf8')
    const proxy = new CaProxy(server, port, authority.certificate, new URL(behind.directoryUrl), behindTrust)
    server.on('request', (asked, response) => void proxy.#answer(asked, response))
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
    return proxy
  }

  async #answer(asked: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(asked)
    const { method = '', url: path = '', headers } = asked
    const trouble = this.trouble({ method, path })
    if (trouble === 'cut') {
      asked.socket.destroy()
      return
    }
    const answer = trouble ?? this.#answerItself(path)
    if (!answer) {
      this.#pass({ method, path, headers, body }, response)
      return
    }
    response.writeHead(answer.status, { 'content-type': 'application/problem+json', ...answer.headers })
    response.end(JSON.stringify(answer.body))
  }

  #answerItself(path: string): Answer | null {
    const [, id] = /^\/renewal-info\/(.+)$/.exec(path) ?? []
    if (id === undefined || this.window === null) return null
    this.askedWindows.push(id)
    return { status: 200, body: { suggestedWindow: this.window }, headers: { 'retry-after': '60' } }
  }

  #pass({ method, path, headers, body }: Asked, response: ServerResponse): void {
    if (path === '/order-plz') this.orders.push(readPayload(body))
    const { hostname, port } = this.#behind
    const options = { hostname, port, path, method, headers, ca: this.#behindTrust }
    const sent = request(options, (answer) => void this.#passBack(answer, path, String(headers['host']), response))
    sent.on('error', () => response.socket?.destroy())
    sent.end(body)
  }

  async #passBack(answer: IncomingMessage, path: string, host: string, response: ServerResponse): Promise<void> {
    const told = await buffer(answer)
    const { 'content-length': _length, ...headers } = answer.headers
    response.writeHead(answer.statusCode ?? 502, headers)
    response.end(path === '/dir' ? this.#addToDirectory(told, host) : told)
  }

  #addToDirectory(told: Buffer, host: string): string {
    const directory = JSON.parse(told.toString())
    const profiles = Object.fromEntries(this.profiles.map((name) => [name, `https://${host}/${name}`]))
    return JSON.stringify({
      ...directory,
      ...(this.window ? { renewalInfo: `https://${host}/renewal-info` } : {}),
      meta: { ...directory.meta, ...(this.profiles.length > 0 ? { profiles } : {}) },
    })
  }

  close(): void {
    this.#server.closeAllConnections()
    this.#server.close()
  }
}

/** Of a signed request. */
function readPayload(body: Buffer): Record<string, unknown> {
  return JSON.parse(Buffer.from(JSON.parse(body.toString()).payload, 'base64url').toString())
}
