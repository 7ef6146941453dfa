// An API that answers what a test told it to, on a unix socket in a state directory of its own, and remembers what it was asked.
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'

/** A request as it arrived; `path` holds its query. */
export type Received = {
  readonly method: string
  readonly path: string
  readonly body: unknown
  readonly headers: IncomingMessage['headers']
}

type Answer = { readonly status: number; readonly body: unknown }

export type FakeApi = {
  readonly stateDir: string
  /** Everything that was asked, in order. */
  readonly received: Received[]
  /** The changes among it, as "PUT /v1/…". */
  readonly writes: () => string[]
  /** Answers a method and path; the query counts only where it is given here. */
  readonly on: (request: string, body: unknown, status?: number) => void
  /** Answers by hand, for streams. */
  readonly onRaw: (request: string, listener: RequestListener) => void
  /** Also over TCP; answers the URL. */
  readonly listen: () => Promise<string>
  readonly close: () => Promise<void>
}

/** Starts one; what it was not told of it answers with 404. */
export async function startFakeApi(): Promise<FakeApi> {
  const stateDir = await mkdtemp(join(tmpdir(), 'fairlead-cli-'))
  const received: Received[] = []
  const answers = new Map<string, Answer>()
  const raw = new Map<string, RequestListener>()
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const { method = '', url = '', headers } = request
    const json = await text(request)
    received.push({ method, path: url, body: json === '' ? undefined : JSON.parse(json), headers })
    const keys = [`${method} ${url}`, `${method} ${url.replace(/\?.*/, '')}`]
    const byHand = keys.map((key) => raw.get(key)).find((found) => found !== undefined)
    if (byHand) return byHand(request, response)
    const missing = { status: 404, body: { error: `nothing at ${url}`, code: 'not_found' } }
    const { status, body } = keys.map((key) => answers.get(key)).find((found) => found !== undefined) ?? missing
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  }
  const listener: RequestListener = (request, response) => void answer(request, response)
  const servers = [createServer(listener)]
  await new Promise<void>((resolve) => servers[0]?.listen(join(stateDir, 'api.sock'), resolve))
  return {
    stateDir,
    received,
    writes: () => received.filter(({ method }) => method !== 'GET').map(({ method, path }) => `${method} ${path}`),
    on: (request, body, status = 200) => void answers.set(request, { status, body }),
    onRaw: (request, byHand) => void raw.set(request, byHand),
    listen: async () => {
      const server = createServer(listener)
      servers.push(server)
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    },
    close: async () => {
      for (const server of servers) {
        server.closeAllConnections()
        await new Promise((resolve) => server.close(resolve))
      }
      await rm(stateDir, { recursive: true, force: true })
    },
  }
}
