// The edge of HTTP with a real HAProxy: who the client is behind several proxies, ids of requests, bounds of their size.
import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { type ClientHttp2Session, connect as connectHttp2 } from 'node:http2'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { LogLine } from '../../src/api/wire.ts'
import { waitFor } from '../../src/io/deadline.ts'
import { type Daemon, Daemons } from './kit/daemon.ts'
import { findFreePort } from './kit/free-port.ts'
import { type Origin, startOrigins } from './kit/origin.ts'
import { ask } from './kit/prober.ts'

const daemons = new Daemons()
let daemon: Daemon
let trusting: Daemon
let origins: Origin[]
beforeAll(async () => {
  origins = await startOrigins('a', 'b')
  daemon = await daemons.start()
  const flags = ['--trusted-proxies', '127.0.0.0/8', '--trusted-proxies', '10.0.0.0/8', '--trusted-proxies', 'fd00::/8']
  trusting = await daemons.start({ flags })
})
afterAll(async () => {
  for (const origin of origins) origin.close()
  await daemons.close()
})

/** Serves a spec on a port of its own until the test ends. */
async function serve(on: Daemon, name: string, keys: object = {}): Promise<number> {
  const port = await findFreePort()
  const { status, body } = await on.ask('PUT', `/v1/load-balancers/${name}`, { name, spec: specOf(port, keys) })
  expect(status, JSON.stringify(body)).toBe(201)
  return port
}

const specOf = (port: number, keys: object) => ({
  port,
  backends: [{ target: origins[0]?.target ?? '' }],
  healthCheck: { type: 'none' },
  ...keys,
})

/** The headers a server saw. */
async function seenOf(port: number, headers: Record<string, string> = {}) {
  const { body } = await ask(port, { headers })
  return JSON.parse(body).headers as Record<string, string>
}

/** The newest lines of its log, by these filters. */
async function linesOf(on: Daemon, name: string, filters: Record<string, string> = {}): Promise<LogLine[]> {
  const { body } = await on.ask('GET', `/v1/load-balancers/${name}/logs?${new URLSearchParams(filters)}`)
  return body.items
}

describe('the client behind trusted proxies', () => {
  let port: number
  beforeAll(async () => {
    port = await serve(trusting, 'hops', { headers: { forwarded: true } })
  })

  test.each([
    ['the one address', '192.0.2.1', '192.0.2.1'],
    ['the one before a trusted proxy', '203.0.113.9, 192.0.2.1, 10.0.0.1', '192.0.2.1'],
    ['the one before five of them', '192.0.2.1, 10.0.0.4, 10.0.0.3, 10.0.0.2, 10.0.0.1', '192.0.2.1'],
    ['no further than that', '192.0.2.1, 10.0.0.5, 10.0.0.4, 10.0.0.3, 10.0.0.2, 10.0.0.1', '10.0.0.5'],
    ['with ports', '192.0.2.1:4711, [fd00::7]:80, 10.0.0.1:443', '192.0.2.1'],
    ['IPv6', '2001:db8::1, fd00::7', '"[2001:db8::1]"'],
    ['IPv6 in brackets with a port', '[2001:db8::1]:4711', '"[2001:db8::1]"'],
    ['IPv4 in IPv6', '192.0.2.1, ::ffff:10.0.0.1', '192.0.2.1'],
    ['the last good one where rubbish follows', '192.0.2.1, unknown, 10.0.0.1', '10.0.0.1'],
    ['the last good one where nothing stands', '192.0.2.1,, 10.0.0.1', '10.0.0.1'],
    ['the proxy itself where only rubbish stands', '1.2.3.4.5', '127.0.0.1'],
    ['the first of all where all are trusted', '10.0.0.2, 10.0.0.1', '10.0.0.2'],
  ])('is %s', async (_what, forwardedFor, client) => {
    const seen = await seenOf(port, { 'x-forwarded-for': forwardedFor, host: 'www.example.com' })
    expect(seen['forwarded']).toBe(`for=${client};proto=http;host="www.example.com"`)
    expect(seen['x-forwarded-for']).toBe(`${forwardedFor}, 127.0.0.1`)
  })

  test('is the proxy where it says nothing, and an odd host adds nothing', async () => {
    expect((await seenOf(port, { host: 'a;for=10.9.9.9' }))['forwarded']).toBe('for=127.0.0.1;proto=http')
  })

  test('asked for a host and port that only a trusted proxy may tell otherwise', async () => {
    const told = { 'x-forwarded-host': 'told.example.com', 'x-forwarded-port': '8443', host: 'www.example.com' }
    expect(await seenOf(port, told)).toMatchObject(told)
    const own = await serve(daemon, 'asked', { headers: { forwarded: true } })
    expect(await seenOf(own, told)).toMatchObject({
      'x-forwarded-host': 'www.example.com',
      'x-forwarded-port': String(own),
    })
  })

  test('is the same over a reload, for a connection that stays', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const headers = { 'x-forwarded-for': '192.0.2.1, 10.0.0.1', 'x-forwarded-proto': 'https', 'x-request-id': 'own-1' }
    const own = await serve(trusting, 'stays', { requestId: true })
    const first = await sendOver(agent, own, headers)
    const { body } = await trusting.ask('PUT', '/v1/load-balancers/stays', {
      name: 'stays',
      spec: specOf(own, { requestId: true, timeouts: { client: '61s' } }),
    })
    expect(body.status.lastApply.reload, JSON.stringify(body)).toBe(true)
    const second = await sendOver(agent, own, headers)
    agent.destroy()
    expect([first.isReused, second.isReused]).toEqual([false, true])
    const forwarded = (seen: Record<string, string>) =>
      Object.entries(seen).filter(([name]) => name.startsWith('x-forwarded-') || name === 'x-request-id')
    expect(forwarded(second.seen)).toEqual(forwarded(first.seen))
    expect(second.seen).toMatchObject({
      'x-forwarded-for': '192.0.2.1, 10.0.0.1, 127.0.0.1',
      'x-forwarded-proto': 'https',
      'x-request-id': 'own-1',
    })
    expect((await linesOf(trusting, 'stays')).at(-1)).toMatchObject({ client: '192.0.2.1', requestId: 'own-1' })
  })
})

/** A request over a connection that may be there already; what the server saw of it. */
function sendOver(agent: Agent, port: number, headers: Record<string, string>) {
  return new Promise<{ isReused: boolean; seen: Record<string, string> }>((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, agent, headers, timeout: 10_000 }, (answer) => {
      text(answer).then((body) => resolve({ isReused: sent.reusedSocket, seen: JSON.parse(body).headers }), reject)
    })
    sent.on('error', reject)
    sent.end()
  })
}

describe('a request has an id', () => {
  test('of ours, which the server, the client and the log have', async () => {
    const port = await serve(daemon, 'ids', { requestId: true })
    const answers = [await ask(port), await ask(port, { headers: { 'x-request-id': 'spoofed' } })]
    const ids = answers.map(({ headers }) => String(headers['x-request-id']))
    expect(answers.map(({ body }) => JSON.parse(body).headers['x-request-id'])).toEqual(ids)
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(new Set(ids).size).toBe(2)
    const told = await daemon.must('logs', 'ids', '--request-id', ids[1] ?? '', '-o', 'json')
    expect(
      told
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toMatchObject([{ requestId: ids[1], status: 200 }])
  })

  test('also when it is refused', async () => {
    const port = await serve(daemon, 'refused', { requestId: true, access: { deny: ['127.0.0.1'] } })
    const { status, headers } = await ask(port)
    expect(status).toBe(403)
    const requestId = String(headers['x-request-id'])
    expect(await linesOf(daemon, 'refused', { requestId })).toMatchObject([{ status: 403, requestId }])
  })

  test("of a trusted proxy's, if it is one plain word", async () => {
    const port = await serve(trusting, 'ids', { requestId: true })
    expect((await seenOf(port, { 'x-request-id': 'a1:b2/c3' }))['x-request-id']).toBe('a1:b2/c3')
    for (const odd of ['two words', 'a'.repeat(129), 'say="x"', ''])
      expect((await seenOf(port, { 'x-request-id': odd }))['x-request-id']).toMatch(/^[0-9a-f-]{36}$/)
  })

  test('only where it is asked for', async () => {
    const port = await serve(daemon, 'plain')
    const { headers, body } = await ask(port, { headers: { 'x-request-id': 'own' } })
    expect([headers['x-request-id'], JSON.parse(body).headers['x-request-id']]).toEqual([undefined, 'own'])
    expect(await linesOf(daemon, 'plain')).toMatchObject([{ requestId: null }])
  })
})

/** What comes back for these bytes: the status. The connection may stay open, for HAProxy waits for the body. */
function sendRaw(port: number, ...lines: string[]): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1' })
  socket.write(lines.join('\r\n'), 'latin1')
  return new Promise((resolve) => {
    const end = (answer: string) => {
      socket.destroy()
      resolve(answer)
    }
    socket.setTimeout(8000, () => end('silence'))
    socket.on('error', (error) => end(error.message))
    socket.on('close', () => end('closed'))
    socket.on('data', (piece: Buffer) => end(piece.toString('latin1').slice(9, 12)))
  })
}

/** A request over HTTP/2, whose body follows after its headers; the status. */
function sendHttp2(session: ClientHttp2Session, headers: Record<string, string>, body?: string): Promise<string> {
  return new Promise((resolve) => {
    const stream = session.request(headers, { endStream: body === undefined })
    stream.on('response', (answer) => resolve(String(answer[':status'])))
    stream.on('error', (error) => resolve(error.message))
    if (body !== undefined) setImmediate(() => stream.end(body))
    stream.resume()
  })
}

describe('a request that is too large', () => {
  const upload = { match: { path: '/upload' }, limits: { body: '1KB', chunked: 'allow' } }
  const any = { match: { path: '/any' }, limits: {} }
  let port: number
  beforeAll(async () => {
    const backends = [{ target: origins[1]?.target ?? '' }]
    const routes = [upload, any].map((route) => ({ ...route, backends }))
    port = await serve(daemon, 'sizes', { limits: { body: '1KB', headers: '4KB' }, routes })
  })

  const length = (bytes: number | string) => `Content-Length: ${bytes}`
  const chunked = ['Transfer-Encoding: chunked', 'Connection: close', '', '3', 'abc', '0', '', '']
  const last = ['Connection: close', '', '']
  test.each<[what: string, path: string, lines: string[], status: string]>([
    ['fits', '/', [length(1024), ...last, 'a'.repeat(1024)], '200'],
    ['has a byte too many, before it is sent', '/', [length(1025), ...last], '413'],
    ['says so in 33 bits', '/', [length(2 ** 32 + 1), ...last], '413'],
    ['says so in 64 bits', '/', [length('18446744073709551615'), ...last], '413'],
    ['says so with zeros', '/', [length(`${'0'.repeat(30)}9999`), ...last], '4(00|13)'],
    ['does not say how large it is', '/', chunked, '411'],
    ['does not, where that is allowed', '/upload', chunked, '200'],
    ['says it where the other is allowed', '/upload', [length(1025), ...last], '413'],
    ['says it where nothing is limited', '/any', [length(1025), ...last, 'a'.repeat(1025)], '200'],
    ['has large headers', '/', [`X-A: ${'a'.repeat(4096)}`, ...last], '431'],
    ['has many headers', '/', [...Array.from({ length: 90 }, (_, n) => `X-${n}: ${'a'.repeat(50)}`), ...last], '431'],
    ['has headers that fit', '/', [`X-A: ${'a'.repeat(3500)}`, ...last], '200'],
    ['has large headers where nothing is limited', '/any', [`X-A: ${'a'.repeat(8000)}`, ...last], '200'],
  ])('%s', async (_what, path, lines, status) => {
    const hits = origins.map((origin) => origin.hits)
    const method = lines[0]?.startsWith('X-') ? 'GET' : 'POST'
    const answer = await sendRaw(port, `${method} ${path} HTTP/1.1`, 'Host: a', ...lines)
    expect(answer).toMatch(new RegExp(`^${status}$`))
    if (answer !== '200') expect(origins.map((origin) => origin.hits)).toEqual(hits)
  })

  test('over HTTP/2 too, which need not say whether a body follows', async () => {
    const session = connectHttp2(`http://127.0.0.1:${port}`)
    session.on('error', () => {})
    const send = (method: string, body?: string, more = {}) =>
      sendHttp2(session, { ':method': method, ':path': '/', ...more }, body)
    expect(await send('GET')).toBe('200')
    expect(await send('POST')).toBe('200')
    expect(await send('POST', 'abc', { 'content-length': '3' })).toBe('200')
    expect(await send('POST', 'abc')).toBe('411')
    expect(await send('GET', 'a'.repeat(5000))).toBe('411')
    expect(await send('POST', 'a'.repeat(1025), { 'content-length': '1025' })).toBe('413')
    expect(await send('POST', 'a'.repeat(5000), { ':path': '/upload' })).toBe('200')
    session.destroy()
  })
})

/** Asks without waiting for answers, a batch at a time, so that the listener is busy. */
function floodOnce(socket: Socket, batch: string, count: number): Promise<void> {
  return new Promise((resolve) => {
    let answers = 0
    const onData = (piece: Buffer) => {
      answers += piece.toString('latin1').split('HTTP/1.1 ').length - 1
      if (answers < count) return
      socket.off('data', onData)
      resolve()
    }
    socket.on('data', onData)
    socket.write(batch)
  })
}

describe('the log of a busy listener', () => {
  /** Floods until a line of it stands for several. */
  async function isThinned(name: string, flood: () => Promise<unknown>, filters = {}) {
    const isOver = new AbortController()
    const flooding = (async () => {
      while (!isOver.signal.aborted) await flood()
    })()
    const isThin = async () => (await linesOf(daemon, name, filters)).some(({ standsFor }) => standsFor > 1)
    await waitFor(isThin, { timeoutMs: 60_000, what: 'a line that stands for several' })
    isOver.abort()
    await flooding
  }

  test('leaves out refusals: 429 of a limit, 404 without a route; and no 503', async () => {
    const backends = [{ target: `127.0.0.1:${await findFreePort()}` }]
    const port = await serve(daemon, 'attacked', {
      backends: undefined,
      routes: [
        { match: { path: '/limited' }, backends, rateLimit: { requests: 1, window: '1h' } },
        { match: { path: '/down' }, backends, maintenance: true },
      ],
    })
    const socket = connect(port, '127.0.0.1')
    const flood = (path: string) => () => floodOnce(socket, `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`.repeat(200), 200)
    await ask(port, { path: '/limited' })
    await isThinned('attacked', flood('/limited'), { status: '429' })
    await isThinned('attacked', flood('/nowhere'), { status: '404' })
    for (let round = 0; round < 20; round++) await flood('/down')()
    const down = await linesOf(daemon, 'attacked', { path: '/down', limit: '8000' })
    expect(down.map(({ status, standsFor }) => `${status} ${standsFor}`)).toEqual(Array(4000).fill('503 1'))
    socket.destroy()
  })

  test('leaves out connections of tcp, served or refused, and none that fails', async () => {
    const greeter = createServer((socket) => socket.on('error', () => {}).end('hello')).listen(0, '127.0.0.1')
    await once(greeter, 'listening')
    const backends = [{ target: `127.0.0.1:${(greeter.address() as AddressInfo).port}` }]
    const specs = {
      served: { backends },
      denied: { backends, access: { deny: ['127.0.0.1'] } },
      failing: { backends, maintenance: true },
    }
    for (const [name, spec] of Object.entries(specs)) {
      const port = await serve(daemon, name, { type: 'tcp', ...spec })
      const flood = () => Promise.all(Array.from({ length: 100 }, () => connectOnce(port)))
      if (name !== 'failing') await isThinned(name, flood)
      else {
        for (let round = 0; round < 20; round++) await flood()
        const lines = () => linesOf(daemon, name, { limit: '8000' })
        await waitFor(async () => (await lines()).length >= 2000, { timeoutMs: 60_000, what: 'a line for each' })
        expect((await lines()).map(({ standsFor }) => standsFor)).toEqual(Array(2000).fill(1))
      }
    }
    greeter.close()
  })
})

/** A connection that says a word, until it is closed. */
function connectOnce(port: number): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('x'))
    socket.on('close', () => resolve())
    socket.on('error', () => {})
    socket.resume()
  })
}
