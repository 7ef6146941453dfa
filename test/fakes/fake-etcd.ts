// An etcd's v2 keys API on loopback, as good or as bad as a test wants it.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { onTestFinished } from 'vitest'
import { type EtcdSetting, findEtcd } from '../../src/sources/kontena/etcd-address.ts'
import { findFreePort } from '../live/kit/free-port.ts'

const PREFIX = '/kontena/haproxy/lb'

type Answer = (request: IncomingMessage, response: ServerResponse) => void

type Event = { readonly index: number; readonly body: object }

export class FakeEtcd {
  /** By path below the prefix; a folder is there as long as something is in it. */
  readonly keys = new Map<string, string>()
  /** Every request, as `GET /path?query`. */
  readonly asked: string[] = []
  readonly headers: IncomingMessage['headers'][] = []
  /** Instead of the usual answer, by `read`, `wait`, `create` or a path. */
  readonly answers = new Map<string, Answer>()
  index = 10
  readonly #events: Event[] = []
  readonly #waiting = new Set<{ readonly from: number; readonly response: ServerResponse }>()
  readonly #sockets = new Set<Socket>()
  #server: Server | null = null
  #port = 0

  async start(): Promise<this> {
    this.#port ||= await findFreePort()
    const server = createServer((request, response) => this.#serve(request, response))
    server.on('connection', (socket) => {
      this.#sockets.add(socket)
      socket.once('close', () => this.#sockets.delete(socket))
    })
    await new Promise<void>((resolve) => server.listen(this.#port, '127.0.0.1', resolve))
    this.#server = server
    onTestFinished(() => this.stop())
    return this
  }

  async stop(): Promise<void> {
    const server = this.#server
    this.#server = null
    this.#waiting.clear()
    this.cut()
    await new Promise<void>((resolve) => (server === null ? resolve() : server.close(() => resolve())))
  }

  /** Breaks every connection. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  get port(): number {
    return (this.#server?.address() as AddressInfo | undefined)?.port ?? this.#port
  }

  /** What a user would give for it. */
  setting(before = 'etcd://', more = ''): EtcdSetting {
    const found = findEtcd(`${before}127.0.0.1:${this.port}?lb=lb${more}`, {})
    if (!found.ok) throw new Error(found.message)
    return found.value
  }

  set(path: string, value: string): void {
    this.keys.set(path, value)
    this.#tell({ action: 'set', node: { key: `${PREFIX}/${path}`, value } })
  }

  /** With everything below; null: the whole prefix by way of its parent. */
  delete(path: string | null): void {
    for (const key of this.keys.keys())
      if (path === null || key === path || key.startsWith(`${path}/`)) this.keys.delete(key)
    this.#tell({ action: 'delete', node: { key: path === null ? '/kontena' : `${PREFIX}/${path}`, dir: true } })
  }

  #tell(told: { action: string; node: object }): void {
    const index = ++this.index
    this.#events.push({ index, body: { ...told, node: { ...told.node, modifiedIndex: index, createdIndex: index } } })
    for (const waiter of this.#waiting) this.#answerWait(waiter)
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '', 'http://etcd')
    this.asked.push(`${request.method} ${request.url}`)
    this.headers.push(request.headers)
    const isWait = url.searchParams.has('wait')
    const kind = request.method === 'PUT' ? 'create' : isWait ? 'wait' : 'read'
    const answer = this.answers.get(url.pathname) ?? this.answers.get(kind)
    if (answer !== undefined) {
      answer(request, response)
      return
    }
    response.setHeader('x-etcd-index', String(this.index))
    if (kind === 'create') response.writeHead(201).end('{}')
    else if (kind === 'read') this.#answerRead(response)
    else this.#takeWait(response, Number(url.searchParams.get('waitIndex')))
  }

  #takeWait(response: ServerResponse, from: number): void {
    const waiter = { from, response }
    this.#waiting.add(waiter)
    this.#answerWait(waiter)
  }

  #answerRead(response: ServerResponse): void {
    if (this.keys.size === 0) {
      const refusal = { errorCode: 100, message: 'Key not found', cause: '/kontena', index: this.index }
      response.writeHead(404).end(JSON.stringify(refusal))
      return
    }
    const nodes = [...this.keys].map(([path, value]) => ({ key: `${PREFIX}/${path}`, value }))
    const folders = new Set([...this.keys.keys()].flatMap((path) => (path.includes('/') ? [path.split('/')[0]] : [])))
    const dirs = [...folders].map((folder) => ({ key: `${PREFIX}/${folder}`, dir: true }))
    response.end(JSON.stringify({ action: 'get', node: { key: PREFIX, dir: true, nodes: [...dirs, ...nodes] } }))
  }

  #answerWait(waiter: { readonly from: number; readonly response: ServerResponse }): void {
    const event = this.#events.find(({ index }) => index >= waiter.from)
    if (event === undefined) return
    this.#waiting.delete(waiter)
    waiter.response.end(JSON.stringify(event.body))
  }
}
