// Requests made to confuse: a clear status, never another service's answer, and nothing about a client that it says itself.
import { connect as connectHttp2, constants } from 'node:http2'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Daemon, Daemons } from './kit/daemon.ts'
import { findFreePort } from './kit/free-port.ts'
import { type Origin, startOrigins } from './kit/origin.ts'
import { ask } from './kit/prober.ts'

const daemons = new Daemons()
let daemon: Daemon
let origins: Origin[]
let port: number
beforeAll(async () => {
  origins = await startOrigins('app', 'admin')
  daemon = await daemons.start()
  port = await serve(daemon)
})
afterAll(async () => {
  for (const origin of origins) origin.close()
  await daemons.close()
})

/** Two services by host; nobody else's. */
async function serve(on: Daemon, keys: object = {}): Promise<number> {
  const free = await findFreePort()
  const routes = origins.map(({ name, target }) => ({
    match: { host: name === 'app' ? 'app.example.com' : '[fd00::1]' },
    backends: [{ target }],
    healthCheck: { type: 'none' },
    ...keys,
  }))
  const { status, body } = await on.ask('POST', '/v1/load-balancers', { name: 'web', spec: { port: free, routes } })
  expect(status, JSON.stringify(body)).toBe(201)
  return free
}

/** What comes back for these bytes, until the connection ends: statuses and who answered. */
async function send(bytes: string): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1' })
  socket.setTimeout(5000, () => socket.destroy())
  socket.on('error', () => {})
  socket.end(bytes, 'latin1')
  const answer = await text(socket)
  const found = [...answer.matchAll(/^HTTP\/1\.[01] (\d+)|^x-origin: (\w+)/gim)].map(
    ([, status, name]) => status ?? name,
  )
  return found.join(' ')
}

const request = (line: string, ...headers: string[]) => `${[line, ...headers].join('\r\n')}\r\n\r\n`
const APP = 'Host: app.example.com'
const LAST = 'Connection: close'
const smuggled = 'GET /stolen HTTP/1.1\r\nHost: [fd00::1]\r\n\r\n'

describe('HTTP/1', () => {
  test.each<[name: string, bytes: string, expected: RegExp]>([
    ['an ordinary request', request('GET / HTTP/1.1', APP, LAST), /^200 app$/],
    ['no host', request('GET / HTTP/1.1', LAST), /^4\d\d$/],
    ['two hosts', request('GET / HTTP/1.1', APP, 'Host: [fd00::1]', LAST), /^400$/],
    ['a host with a path in it', request('GET / HTTP/1.1', 'Host: app.example.com/x', LAST), /^(400|404|200 app)$/],
    ['a host with a space', request('GET / HTTP/1.1', 'Host: app.example.com evil', LAST), /^4\d\d$/],
    ['a host that is a row of ours', request('GET / HTTP/1.1', 'Host: be_web.route.x', LAST), /^4\d\d$/],
    ['a bare IPv6 host', request('GET / HTTP/1.1', 'Host: fd00::1', LAST), /^4\d\d$/],
    ['an IPv6 host', request('GET / HTTP/1.1', 'Host: [fd00::1]:80', LAST), /^200 admin$/],
    ['an absolute address', request('GET http://app.example.com/ HTTP/1.1', APP, LAST), /^200 app$/],
    ['an absolute address of another host', request('GET http://[fd00::1]/ HTTP/1.1', APP, LAST), /^(400|200 admin)$/],
    [
      'a length and chunks',
      `${request('POST / HTTP/1.1', APP, 'Content-Length: 4', 'Transfer-Encoding: chunked', LAST)}0\r\n\r\n${smuggled}`,
      /^(400|200 app)$/,
    ],
    [
      'two lengths',
      request('POST / HTTP/1.1', APP, 'Content-Length: 0', `Content-Length: ${smuggled.length}`, LAST) + smuggled,
      /^400$/,
    ],
    ['a length with a sign', request('POST / HTTP/1.1', APP, 'Content-Length: +0', LAST) + smuggled, /^400$/],
    [
      'chunks told oddly',
      request('POST / HTTP/1.1', APP, 'Transfer-Encoding: xchunked', LAST) + smuggled,
      /^(400|422|501|200 app)$/,
    ],
    ['a space before a colon', request('GET / HTTP/1.1', APP, 'X-A : b', LAST), /^400$/],
    ['a folded header', request('GET / HTTP/1.1', APP, 'X-A: b\r\n Host: [fd00::1]', LAST), /^(400|200 app)$/],
    ['a bare line feed in a header', request('GET / HTTP/1.1', APP, 'X-A: b\nHost: [fd00::1]', LAST), /^400$/],
    ['a zero byte', request('GET / HTTP/1.1', APP, 'X-A: b\0c', LAST), /^400$/],
    ['an unknown method', request('BREW /pot HTTP/1.1', APP, LAST), /^(200 app|4\d\d|501)$/],
    ['a method with a tab', request('GE\tT / HTTP/1.1', APP, LAST), /^400$/],
    ['a version of the future', request('GET / HTTP/3.7', APP, LAST), /^(400|505|200 app)$/],
    ['no version', 'GET /\r\n\r\n', /^(400|)$/],
    ['a header of 100 KB', request('GET / HTTP/1.1', APP, `X-A: ${'a'.repeat(100_000)}`, LAST), /^(400|431)$/],
    [
      '1,000 headers',
      request('GET / HTTP/1.1', APP, ...Array.from({ length: 1000 }, (_, n) => `X-${n}: a`), LAST),
      /^(400|431)$/,
    ],
    ['10,000 query parameters', request(`GET /?${'a=1&'.repeat(10_000)} HTTP/1.1`, APP, LAST), /^(400|414)$/],
    ['a path of 8 KB', request(`GET /${'a'.repeat(8000)} HTTP/1.1`, APP, LAST), /^200 app$/],
    ['rubbish', '\x16\x03\x01\x02\x00', /^(400|)$/],
  ])('%s', async (_, bytes, expected) => {
    const before = origins[1]?.hits ?? 0
    const answer = await send(bytes)
    expect(answer).toMatch(expected)
    // What was smuggled behind a request never reached the other service.
    if (!answer.includes('admin')) expect(origins[1]?.hits).toBe(before)
  })
})

describe('what servers are told about a client', () => {
  const spoofed = {
    host: 'app.example.com',
    'x-forwarded-for': '10.9.9.9',
    'X-Forwarded-Proto': 'https',
    'x-forwarded-host': 'evil.example.com',
    'x-forwarded-port': '1',
    'x-real-ip': '10.9.9.9',
    forwarded: 'for=10.9.9.9',
  }

  test('is what we see, and nothing of what it says itself', async () => {
    const { headers } = JSON.parse((await ask(port, { headers: spoofed })).body)
    expect(headers).toMatchObject({
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'http',
      host: 'app.example.com',
    })
    for (const name of ['x-forwarded-host', 'x-forwarded-port', 'x-real-ip', 'forwarded'])
      expect(headers).not.toHaveProperty(name)
  })

  test('is what a trusted proxy says, and limits count the client it names', async () => {
    const flags = ['--trusted-proxies', '127.0.0.0/8', '--trusted-proxies', 'fd00::/8']
    const trusting = await daemons.start({ flags })
    const behind = await serve(trusting, { rateLimit: { requests: 2, window: '60s' } })
    const from = (address: string) => ask(behind, { headers: { ...spoofed, 'x-forwarded-for': address } })
    const { headers } = JSON.parse((await from('192.0.2.1, 10.9.9.9')).body)
    expect(headers).toMatchObject({
      'x-forwarded-for': '192.0.2.1, 10.9.9.9, 127.0.0.1',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'evil.example.com',
      'x-forwarded-port': '1',
      forwarded: 'for=10.9.9.9',
    })
    const statuses = []
    for (const address of ['10.9.9.9', '10.9.9.9', '10.8.8.8']) statuses.push((await from(address)).status)
    expect(statuses).toEqual([200, 429, 200])
  })
})

/** Types of HTTP/2 frames (RFC 9113, section 6). */
const [DATA, HEADERS, RESET, SETTINGS, GOAWAY] = [0, 1, 3, 4, 7]

function frame(type: number, flags: number, stream: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(9)
  head.writeUIntBE(payload.length, 0, 3)
  head.writeUInt8(type, 3)
  head.writeUInt8(flags, 4)
  head.writeUInt32BE(stream, 5)
  return Buffer.concat([head, payload])
}

/** A header as a literal that nobody remembers (RFC 7541, section 6.2.2). */
function literal(name: string, value: string): Buffer {
  const long = (word: string) => [Buffer.from([word.length]), Buffer.from(word, 'latin1')]
  return Buffer.concat([Buffer.from([0]), ...long(name), ...long(value)])
}

/** The types of the frames that come back for a request with these headers. */
function sendHttp2(headers: readonly (readonly [string, string])[]): Promise<number[]> {
  const block = Buffer.concat(headers.map(([name, value]) => literal(name, value)))
  const socket = connect({ port, host: '127.0.0.1' })
  const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
  socket.write(Buffer.concat([preface, frame(SETTINGS, 0, 0, Buffer.alloc(0)), frame(HEADERS, 5, 1, block)]))
  return new Promise((resolve) => {
    let seen = Buffer.alloc(0)
    const types: number[] = []
    const end = () => {
      socket.destroy()
      resolve(types)
    }
    socket.setTimeout(5000, end)
    socket.on('error', end)
    socket.on('close', end)
    socket.on('data', (piece: Buffer) => {
      seen = Buffer.concat([seen, piece])
      while (seen.length >= 9 && seen.length >= 9 + seen.readUIntBE(0, 3)) {
        types.push(seen.readUInt8(3))
        seen = seen.subarray(9 + seen.readUIntBE(0, 3))
      }
      if (types.some((type) => [DATA, RESET, GOAWAY].includes(type))) end()
    })
  })
}

test('HTTP/2 with an upper-case header, or one that belongs to a connection, ends the request', async () => {
  const plain = [
    [':method', 'GET'],
    [':scheme', 'http'],
    [':authority', 'app.example.com'],
    [':path', '/'],
  ] as const
  expect(await sendHttp2(plain)).toContain(DATA)
  const hits = origins.map((origin) => origin.hits)
  for (const odd of [
    ['X-Upper', '1'],
    ['connection', 'close'],
    ['transfer-encoding', 'chunked'],
    ['x-a', 'b\r\nc'],
    [':path', '/twice'],
  ] as const) {
    const types = await sendHttp2([...plain, odd])
    expect(types.includes(RESET) || types.includes(GOAWAY) || types.includes(DATA), odd[0]).toBe(true)
  }
  expect(origins.map((origin) => origin.hits)).toEqual(hits)
})

test('HTTP/2 for nobody or with two names is answered, and the connection stays of use', async () => {
  const session = connectHttp2(`http://127.0.0.1:${port}`)
  session.on('error', () => {})
  const askFor = (headers: Record<string, string>) =>
    new Promise<string>((resolve) => {
      const stream = session.request(headers)
      stream.on('response', (answer) =>
        resolve(`${answer[constants.HTTP2_HEADER_STATUS]} ${String(answer['x-origin'] ?? '')}`),
      )
      stream.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
      stream.on('close', () => resolve('closed'))
      stream.end()
    })
  expect(await askFor({ ':authority': 'app.example.com', ':path': '/' })).toBe('200 app')
  expect(await askFor({ ':authority': 'nobody.example.com', ':path': '/' })).toMatch(/^404/)
  expect(await askFor({ ':authority': 'app.example.com', ':path': '*' })).not.toMatch(/admin/)
  expect(await askFor({ ':authority': 'app.example.com', ':path': '/', host: '[fd00::1]' })).not.toMatch(/admin/)
  expect(await askFor({ ':authority': 'app.example.com', ':path': '/' })).toBe('200 app')
  session.destroy()
})
