// A Docker engine's API on a unix socket, as good or as bad as a test wants it.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { DockerClient } from '../../src/sources/docker/docker-client.ts'
import { temporaryFolder } from '../io/temporary-folder.ts'

/** What the engine knows of a container; only what a test changes. */
export type FakeContainer = {
  readonly name: string
  state: string
  ipv4: string
  health?: string
  stopSignal?: string
  stopTimeout?: number
  env?: readonly string[]
  labels?: Readonly<Record<string, string>>
}

type Answer = (request: IncomingMessage, response: ServerResponse) => void

export class FakeDocker {
  readonly path: string
  readonly containers = new Map<string, FakeContainer>()
  /** Every path asked for, without the version and the query. */
  readonly asked: string[] = []
  /** Every path as it was asked for. */
  readonly paths: string[] = []
  /** Instead of the usual answer, by path without the version. */
  readonly answers = new Map<string, Answer>()
  versions = { newest: '1.41', oldest: '1.12' }
  networks: unknown = [{ Id: 'n1', Name: 'bridge', Driver: 'bridge', IPAM: { Config: [] } }]
  readonly #listeners = new Set<ServerResponse>()
  readonly #sockets = new Set<Socket>()
  #server: Server | null = null

  constructor() {
    this.path = join(temporaryFolder(), 'docker.sock')
    onTestFinished(() => this.stop())
  }

  async start(): Promise<this> {
    const server = createServer((request, response) => this.#serve(request, response))
    server.on('connection', (socket) => {
      this.#sockets.add(socket)
      socket.once('close', () => this.#sockets.delete(socket))
    })
    await new Promise<void>((resolve) => server.listen(this.path, resolve))
    this.#server = server
    return this
  }

  async stop(): Promise<void> {
    const server = this.#server
    this.#server = null
    this.#listeners.clear()
    for (const socket of this.#sockets) socket.destroy()
    await new Promise<void>((resolve) => (server === null ? resolve() : server.close(() => resolve())))
  }

  /** A client of it that does not wait long. */
  client(answerMs = 1000): DockerClient {
    return new DockerClient({ kind: 'unix', path: this.path }, { answerMs, longestAnswer: 1024 * 1024 })
  }

  get followers(): number {
    return this.#listeners.size
  }

  /** Ends the streams of events and nothing else. */
  cutEvents(): void {
    for (const listener of this.#listeners) listener.destroy()
    this.#listeners.clear()
  }

  tell(action: string, id: string, attributes: Record<string, string> = {}, type = 'container'): void {
    const now = Date.now()
    const event = { Type: type, Action: action, Actor: { ID: id, Attributes: attributes } }
    const line = JSON.stringify({ ...event, time: Math.floor(now / 1000), timeNano: now * 1e6 })
    for (const listener of this.#listeners) listener.write(`${line}\n`)
  }

  refuse(path: string, status: number, body = '{"message":"no"}'): void {
    this.answers.set(path, (_request, response) => response.writeHead(status).end(body))
  }

  list(): unknown[] {
    return [...this.containers].map(([id, each]) => ({
      Id: id,
      Names: [`/${each.name}`],
      Image: 'web',
      Created: 1_700_000_000,
      Labels: each.labels ?? {},
      State: each.state,
      Status: `Up 5 minutes${each.health === undefined ? '' : ` (${each.health})`}`,
      HostConfig: { NetworkMode: 'default' },
      NetworkSettings: { Networks: this.#attachments(each) },
      Ports: [],
    }))
  }

  inspect(id: string): unknown {
    const each = this.containers.get(id)!
    return {
      Id: id,
      Name: `/${each.name}`,
      Created: '2023-11-14T22:13:20.5Z',
      State: {
        Status: each.state,
        StartedAt: '2023-11-14T22:13:21Z',
        ...(each.health === undefined ? {} : { Health: { Status: each.health } }),
      },
      Config: {
        Image: 'web',
        Labels: each.labels ?? {},
        Env: each.env ?? [],
        ExposedPorts: { '80/tcp': {}, '53/udp': {} },
        ...(each.stopSignal === undefined ? {} : { StopSignal: each.stopSignal }),
        ...(each.stopTimeout === undefined ? {} : { StopTimeout: each.stopTimeout }),
      },
      HostConfig: { NetworkMode: 'default' },
      NetworkSettings: { Networks: this.#attachments(each), Ports: {} },
    }
  }

  #attachments({ ipv4 }: FakeContainer): Record<string, unknown> {
    return { bridge: { NetworkID: 'n1', IPAddress: ipv4, GlobalIPv6Address: '' } }
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    const full = request.url ?? ''
    const path = full.replace(/^\/v[\d.]+/, '').replace(/\?.*$/, '')
    this.asked.push(path)
    this.paths.push(full)
    const own = this.answers.get(path)
    const [, version] = /^\/v1\.(\d+)\//.exec(full) ?? []
    if (own !== undefined) own(request, response)
    else if (version !== undefined && Number(version) < Number(this.versions.oldest.slice(2)))
      send(response, 400, { message: `client version 1.${version} is too old` })
    else if (path === '/events') this.#follow(response)
    else this.#answer(path, response)
  }

  #answer(path: string, response: ServerResponse): void {
    const { newest, oldest } = this.versions
    const [, id = ''] = /^\/containers\/(\w+)\/json$/.exec(path) ?? []
    if (path === '/_ping') response.writeHead(200, { 'Api-Version': newest }).end('OK')
    else if (path === '/version') send(response, 200, { ApiVersion: newest, MinAPIVersion: oldest })
    else if (path === '/networks') send(response, 200, this.networks)
    else if (path === '/containers/json') send(response, 200, this.list())
    else if (this.containers.has(id)) send(response, 200, this.inspect(id))
    else send(response, 404, { message: `No such container: ${id}` })
  }

  #follow(response: ServerResponse): void {
    response.writeHead(200, { 'Content-Type': 'application/json' }).flushHeaders()
    this.#listeners.add(response)
    response.once('close', () => this.#listeners.delete(response))
  }
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body))
}
