// The API on real sockets: TCP with a key, the unix socket without, events, large bodies, the end.
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, statSync, writeFileSync } from 'node:fs'
import { type IncomingMessage, request } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, expect, test } from 'vitest'
import { waitFor } from '../../src/io/deadline.ts'
import { KEY, makeApi, resource } from './api-under-test.ts'

const ALL = '/v1/load-balancers'

/** The API on a free port and a unix socket. */
async function listen(options = {}) {
  const made = await makeApi(options)
  const unixPath = join(made.folder, 'api.sock')
  const { tcp } = await made.api.listen({ tcp: { host: '127.0.0.1', port: 0 }, unixPath })
  return { ...made, unixPath, url: `http://${tcp}` }
}

const auth = { 'x-api-key': KEY }

/** A request through a unix socket: its status, headers and text. */
async function viaUnix(socketPath: string, path: string, { method = 'GET', headers = {}, body = '' } = {}) {
  const sent = request({ socketPath, path, method, headers, agent: false })
  sent.end(body)
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  return { status: response.statusCode, headers: response.headers, text: await text(response) }
}

/** Reads a stream of events until it has seen what it waits for; answers all it read. */
async function readUntil(reader: ReadableStreamDefaultReader<Uint8Array>, wanted: RegExp): Promise<string> {
  let seen = ''
  while (!wanted.test(seen)) {
    const { done, value } = await reader.read()
    if (done) throw new Error(`ended after ${JSON.stringify(seen)}`)
    seen += new TextDecoder().decode(value)
  }
  return seen
}

describe('the two doors', () => {
  test('TCP asks for the key, the unix socket (0600) does not and takes the author', async () => {
    const { url, unixPath, store } = await listen()
    expect((await fetch(`${url}${ALL}`)).status).toBe(401)
    expect((await fetch(`${url}${ALL}`, { headers: auth })).status).toBe(200)
    expect((statSync(unixPath).mode & 0o777).toString(8)).toBe('600')
    const headers = { 'content-type': 'application/json', 'x-fairlead-author': 'ann' }
    const created = await viaUnix(unixPath, ALL, { method: 'POST', headers, body: JSON.stringify(resource()) })
    expect([created.status, created.headers['x-ratelimit-limit']]).toEqual([201, undefined])
    expect(store.history('web-lb')[0]?.author).toBe('ann')
    const other = await viaUnix(unixPath, '/v1/loadbalancers/web-lb', { method: 'DELETE' })
    expect([other.status, store.history('web-lb')[0]?.author]).toEqual([200, 'api'])
  })

  test('a 2 MB body gets its answer, on both doors, and the connection stays usable', async () => {
    const { url, unixPath } = await listen()
    const body = JSON.stringify({ name: 'x'.repeat(2_000_000) })
    const headers = { ...auth, 'content-type': 'application/json' }
    for (let round = 0; round < 5; round++) {
      const refused = await fetch(`${url}${ALL}`, { method: 'POST', headers, body })
      expect([refused.status, await refused.json()]).toMatchObject([413, { code: 'too_large' }])
    }
    expect((await viaUnix(unixPath, ALL, { method: 'POST', headers, body })).status).toBe(413)
    expect((await fetch(`${url}/healthz`)).status).toBe(200)
  })

  test('what is no HTTP, or too long for it, is told so on both doors', async () => {
    const { url, unixPath } = await listen()
    const { hostname, port } = new URL(url)
    for (const door of [connect(Number(port), hostname), connect(unixPath)]) {
      door.end('this is not HTTP\r\n\r\n')
      expect(await text(door)).toMatch(
        /^HTTP\/1.1 400 Bad Request\r\n[\s\S]*\{"error":"this is no HTTP request","code":/,
      )
    }
    const long = await viaUnix(unixPath, '/healthz', { headers: { 'x-long': 'x'.repeat(20_000) } })
    expect([long.status, long.text]).toEqual([431, expect.stringContaining('16 KiB')])
  })

  test('a socket left by the dead is replaced; one that is answered, and a file, are not', async () => {
    const first = await listen()
    const again = await makeApi()
    await expect(again.api.listen({ unixPath: first.unixPath })).rejects.toMatchObject({
      code: 'socket-in-use',
      message: expect.stringContaining(`another daemon answers at ${first.unixPath}`),
    })
    expect((await viaUnix(first.unixPath, '/healthz')).status).toBe(200)
    const file = join(again.folder, 'file')
    writeFileSync(file, 'precious')
    await expect(again.api.listen({ unixPath: file })).rejects.toMatchObject({ code: 'socket-unusable' })
    const left = leaveSocket(join(again.folder, 'left.sock'))
    await again.api.listen({ unixPath: left })
    expect((await viaUnix(left, '/healthz')).status).toBe(200)
  })

  test('a taken port, and a path that is too long, are one sentence', async () => {
    const { url } = await listen()
    const { api, folder } = await makeApi()
    const port = Number(new URL(url).port)
    await expect(api.listen({ tcp: { host: '127.0.0.1', port } })).rejects.toMatchObject({
      code: 'address-unusable',
      message: `cannot serve the API on 127.0.0.1:${port}: another program listens there; stop it, or choose another address`,
    })
    await expect(api.listen({ unixPath: join(folder, 'x'.repeat(150)) })).rejects.toMatchObject({
      code: 'socket-unusable',
    })
  })
})

describe('events', () => {
  test('come from the start, then live; Last-Event-ID and ?after resume; a heartbeat keeps them awake', async () => {
    const { url, engine } = await listen({ heartbeatMs: 20 })
    for (const message of ['one', 'two']) engine.tell(message)
    const response = await fetch(`${url}/v1/events`, { headers: auth })
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
    const reader = response.body!.getReader()
    const first = await readUntil(reader, /two[\s\S]*\n\n/)
    expect(first).toMatch(/^: connected\n\nid: 1\nevent: updated\ndata: \{.*"message":"one".*\}\n\nid: 2\n/)
    engine.tell('three\nid: 99')
    expect(await readUntil(reader, /three[\s\S]*\n\n/)).toContain('id: 3\nevent: updated\ndata: {"id":"3"')
    await readUntil(reader, /: alive\n\n/)
    for (const [query, headers] of [
      ['', { ...auth, 'last-event-id': '2' }],
      ['?after=2', auth],
      ['?after=1', { ...auth, 'last-event-id': '2' }],
    ] as const) {
      const resumed = (await fetch(`${url}/v1/events${query}`, { headers })).body!.getReader()
      expect(await readUntil(resumed, /data/)).toMatch(/^: connected\n\nid: 3\n/)
      await resumed.cancel()
    }
    await reader.cancel()
    await waitFor(() => engine.listeners() === 0, { timeoutMs: 60_000, what: 'the daemon to be left alone' })
  })

  test('end without an error when the API closes, and so does everything else, at once', async () => {
    const { api, url, unixPath, engine } = await listen()
    engine.tell('one')
    const reader = (await fetch(`${url}/v1/events`, { headers: auth })).body!.getReader()
    await readUntil(reader, /one/)
    const idle = await fetch(`${url}/healthz`)
    await idle.text()
    const startedAt = performance.now()
    await api.close()
    expect(performance.now() - startedAt).toBeLessThan(1000)
    expect((await reader.read()).done).toBe(true)
    expect(engine.listeners()).toBe(0)
    expect(existsSync(unixPath)).toBe(false)
    await expect(fetch(`${url}/healthz`)).rejects.toThrow()
  })
})

test('a daemon that is asked to go answers first', async () => {
  const { url, engine } = await listen()
  const going = await fetch(`${url}/v1/down`, { method: 'POST', headers: auth })
  expect([going.status, await going.json()]).toEqual([202, { stopping: true }])
  await waitFor(() => engine.downs === 1, { timeoutMs: 60_000, what: 'the daemon to be told' })
})

/** A socket file nobody listens on any more. */
function leaveSocket(path: string): string {
  const script = `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`
  spawnSync(process.execPath, ['-e', script])
  expect(existsSync(path)).toBe(true)
  return path
}
