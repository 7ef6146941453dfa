// Translated rules do in a real HAProxy what they did in 1.x: what a client gets back and what a server sees of a request.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingHttpHeaders, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { translateLegacy } from '../../src/render/template/translate-legacy.ts'
import { HAPROXY } from '../render/settings.ts'
import { findFreePort } from './kit/free-port.ts'

type Seen = { readonly method: string; readonly url: string; readonly headers: IncomingHttpHeaders }

let folder = ''
let port = 0
let haproxy: ChildProcess | undefined
let origin: Server | undefined

const RULES = `
    rspdel ^ETag:.*
    rspidel ^X-Debug-
    rspadd X-Load:\\ 100%\\ "a#b"\\ it\\'s
    rspirep ^(set-cookie:.*) \\1;\\ Secure
    rsprep ^Location:\\ http://(.*) Location:\\ https://\\1
    reqadd X-Proto:\\ plain
    reqidel ^x-secret:
    reqirep ^Host:\\ WWW\\.(.*) Host:\\ \\1
    reqrep ^([^\\ :]*)\\ /old/(.*) \\1\\ /new/\\2
    reqirep ^([^\\ ]*\\ /)api[/]?(.*) \\1\\2
    reqideny ^User-Agent:\\ .*Badbot
    reqdeny ^(POST|PUT)\\ /private
    reqdeny ^[^:\\ ]*\\ /.*\\.\\./
`

beforeAll(async () => {
  origin = createServer(({ method, url, headers }, response) => {
    response.setHeader('ETag', '"1"')
    response.setHeader('X-Debug-Time', '3')
    response.setHeader('Set-Cookie', ['a=1', 'b=2'])
    response.setHeader('Location', 'http://a.test/x')
    response.end(JSON.stringify({ method, url, headers }))
  }).listen(0, '127.0.0.1')
  await once(origin, 'listening')
  port = await findFreePort()
  const text = `defaults
    mode http
    contimeout 2s
    clitimeout 5s
    srvtimeout 5s
listen web 127.0.0.1:${port}
${RULES}
    server one 127.0.0.1:${(origin.address() as AddressInfo).port}
`
  const translated = translateLegacy(text)
  if (!translated.ok) throw new Error(translated.message)
  folder = mkdtempSync(join(tmpdir(), 'fl-legacy-'))
  writeFileSync(join(folder, 'haproxy.cfg'), translated.text)
  haproxy = spawn(HAPROXY, ['-db', '-f', join(folder, 'haproxy.cfg')], { stdio: 'ignore' })
  await vi.waitFor(() => ask('/'), { timeout: 10_000 })
})

afterAll(async () => {
  if (haproxy && haproxy.exitCode === null) {
    const ended = once(haproxy, 'exit')
    haproxy.kill('SIGKILL')
    await ended
  }
  origin?.close()
  rmSync(folder, { recursive: true, force: true })
})

/** What came back, and what the server saw of it. */
function ask(path: string, headers: Record<string, string> = {}, method = 'GET') {
  return new Promise<{ status: number; headers: IncomingHttpHeaders; seen: Seen | null }>((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, headers, method, agent: false, timeout: 5000 }, (answer) => {
      let body = ''
      answer.setEncoding('utf8').on('data', (piece: string) => (body += piece))
      answer.on('end', () =>
        resolve({
          status: answer.statusCode ?? 0,
          headers: answer.headers,
          seen: body.startsWith('{') ? JSON.parse(body) : null,
        }),
      )
    })
    sent.on('timeout', () => sent.destroy(new Error('no answer')))
    sent.on('error', reject)
    sent.end()
  })
}

test('headers of answers are deleted, added and changed', async () => {
  const { headers } = await ask('/')
  expect(headers.etag).toBeUndefined()
  expect(headers['x-debug-time']).toBeUndefined()
  expect(headers['x-load']).toBe(`100% a#b it's`)
  expect(headers['set-cookie']).toEqual(['a=1; Secure', 'b=2; Secure'])
  expect(headers.location).toBe('https://a.test/x')
})

test('headers of requests are deleted, added and changed', async () => {
  const { seen } = await ask('/', { 'X-Secret': '1', host: 'www.a.test' })
  expect(seen?.headers).toMatchObject({ 'x-proto': 'plain', host: 'a.test' })
  expect(seen?.headers['x-secret']).toBeUndefined()
})

test.each([
  ['/old/a/b?q=/old/1', '/new/a/b?q=/old/1'],
  ['/api/x?y=1', '/x?y=1'],
  ['/API', '/'],
  ['/older', '/older'],
  ['/x/old/a', '/x/old/a'],
])('the path %s reaches the server as %s', async (path, expected) => {
  expect((await ask(path)).seen?.url).toBe(expected)
})

test('requests are denied by header, by method and by path', async () => {
  expect((await ask('/', { 'User-Agent': 'a BADBOT' })).status).toBe(403)
  expect((await ask('/private/x', {}, 'POST')).status).toBe(403)
  expect((await ask('/private/x')).status).toBe(200)
  expect((await ask('/a/../b')).status).toBe(403)
  expect((await ask('/', { 'User-Agent': 'good' })).status).toBe(200)
})
