// Files are served by a process of their own behind HAProxy: what is served, what never is, and who outlives whom.
import { execFileSync } from 'node:child_process'
import { chmod, mkdir, readFile, symlink, truncate, writeFile } from 'node:fs/promises'
import { type OutgoingHttpHeaders, request } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { waitFor } from '../../src/io/deadline.ts'
import { request as askSocket } from '../../src/io/line-socket.ts'
import { type Daemon, Daemons, findHaproxies } from './kit/daemon.ts'
import { findFreePort } from './kit/free-port.ts'
import { startOlder } from './kit/static-process.ts'

const daemons = new Daemons()
let daemon: Daemon
let folder: string
let port: number

const CSS = 'body { color: green }\n'
const SECRET = 'nobody may read this'

beforeAll(async () => {
  folder = await daemons.folder()
  // HAProxy's own user reads the files where the daemon is root's.
  await chmod(folder, 0o755)
  await fillFolder(folder)
  daemon = await daemons.start()
  port = await findFreePort()
  await serve('site', {
    port,
    static: { root: join(folder, 'www'), cacheControl: 'public, max-age=60' },
    routes: [
      { match: { path: '/docs' }, static: { root: join(folder, 'docs') }, rewrite: { stripPrefix: true } },
      { match: { path: '/all' }, static: { root: join(folder, 'www'), dotfiles: true, index: 'a.css' } },
      { match: { path: '/none' }, static: { root: join(folder, 'missing') } },
    ],
  })
})
afterAll(() => daemons.close())

async function fillFolder(base: string): Promise<void> {
  const www = join(base, 'www')
  for (const one of ['www/sub/deeper', 'www/.git', 'www/all/.git', 'www/empty', 'docs/guide', 'outside'])
    await mkdir(join(base, one), { recursive: true })
  const files: Record<string, string> = {
    'www/index.html': '<h1>start</h1>\n',
    'www/a.css': CSS,
    'www/sub/index.html': 'sub\n',
    'www/.git/config': SECRET,
    'www/all/.git/config': 'open\n',
    'www/all/a.css': 'index of all\n',
    'www/with space ä.txt': 'named\n',
    'www/noending': 'bytes\n',
    'www/big.bin': '0123456789'.repeat(100_000),
    'www/short.bin': '',
    'www/closed.txt': SECRET,
    'docs/index.html': 'docs\n',
    'docs/guide/index.html': 'guide\n',
    'outside/secret.txt': SECRET,
  }
  for (const [name, content] of Object.entries(files)) await writeFile(join(base, name), content)
  await symlink(join(base, 'outside/secret.txt'), join(www, 'link-out.txt'))
  await symlink(join(base, 'outside'), join(www, 'folder-out'))
  await symlink('../outside', join(www, 'relative-out'))
  await symlink('a.css', join(www, 'link-in.css'))
  await symlink('sub', join(www, 'folder-in'))
  await symlink('loop', join(www, 'loop'))
  execFileSync('mkfifo', [join(www, 'pipe')])
  await chmod(join(www, 'closed.txt'), 0o000)
}

async function serve(name: string, spec: object): Promise<void> {
  const { status, body } = await daemon.ask('PUT', `/v1/load-balancers/${name}`, { name, spec })
  expect(status, JSON.stringify(body)).toBeLessThan(300)
}

type Answer = { status: number; body: string; headers: Record<string, string | string[] | undefined> }

/** The path as it stands: nothing of it is put in order on the way. */
function ask(path: string, headers: OutgoingHttpHeaders = {}, method = 'GET', to = port): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(
      { host: '127.0.0.1', port: to, path, headers, method, agent: false, timeout: 10_000 },
      (answer) =>
        void text(answer).then(
          (body) => resolve({ status: answer.statusCode ?? 0, body, headers: answer.headers }),
          reject,
        ),
    )
    sent.on('error', reject)
    sent.on('timeout', () => sent.destroy(new Error('no answer in 10 s')))
    sent.end()
  })
}

const socketOf = (one: Daemon) => join(one.stateDir, 'run/static.sock')

/** The process's number, as it tells it. */
async function findPid(one: Daemon): Promise<number> {
  const answer = await askSocket(socketOf(one), 'GET / HTTP/1.0\r\n\r', { timeoutMs: 5000 })
  return Number(/"pid":(\d+)/.exec(answer)?.[1])
}

async function isRunning(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ') Z ')
  return !/\) [ZX] /.test(stat)
}

test('a file comes with its type, its times and what caches may do with it', async () => {
  const { status, body, headers } = await ask('/a.css')
  expect([status, body]).toEqual([200, CSS])
  expect(headers).toMatchObject({
    'content-type': 'text/css; charset=utf-8',
    'content-length': String(CSS.length),
    'accept-ranges': 'bytes',
    'cache-control': 'public, max-age=60',
    etag: expect.stringMatching(/^W\/"/),
    'last-modified': expect.stringMatching(/ GMT$/),
  })
  expect(await ask('/noending')).toMatchObject({ headers: { 'content-type': 'application/octet-stream' } })
  expect(await ask('/with%20space%20%C3%A4.txt?v=1')).toMatchObject({ status: 200, body: 'named\n' })
  expect(await ask('/short.bin')).toMatchObject({ status: 200, body: '', headers: { 'content-length': '0' } })
})

test('HEAD tells the same without a body, and other methods are refused', async () => {
  const { headers } = await ask('/a.css')
  expect(await ask('/a.css', {}, 'HEAD')).toMatchObject({
    status: 200,
    body: '',
    headers: { etag: headers['etag'], 'content-length': String(CSS.length) },
  })
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'])
    expect(await ask('/a.css', {}, method)).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD' } })
})

test('what has not changed is not sent again', async () => {
  const { headers } = await ask('/a.css')
  const etag = String(headers['etag'])
  const since = String(headers['last-modified'])
  expect(await ask('/a.css', { 'If-None-Match': etag })).toMatchObject({
    status: 304,
    body: '',
    headers: { etag, 'cache-control': 'public, max-age=60' },
  })
  expect(await ask('/a.css', { 'If-Modified-Since': since })).toMatchObject({ status: 304 })
  expect(await ask('/a.css', { 'If-None-Match': '"other"' })).toMatchObject({ status: 200, body: CSS })
  expect(await ask('/a.css', { 'If-Match': '"other"' })).toMatchObject({ status: 412 })
})

test.each([
  ['bytes=0-3', 206, '0123', 'bytes 0-3/1000000'],
  ['bytes=999998-', 206, '89', 'bytes 999998-999999/1000000'],
  ['bytes=-3', 206, '789', 'bytes 999997-999999/1000000'],
  ['bytes=999999-99999999999999999999', 206, '9', 'bytes 999999-999999/1000000'],
  ['bytes=1000000-', 416, null, 'bytes */1000000'],
  ['bytes=99999999999999999999-', 416, null, 'bytes */1000000'],
  ['bytes=5-1', 416, null, 'bytes */1000000'],
])('Range: %s is %i', async (range, status, body, told) => {
  const answer = await ask('/big.bin', { Range: range })
  expect([answer.status, answer.headers['content-range']]).toEqual([status, told])
  if (body !== null) expect(answer.body).toBe(body)
})

test('many ranges, too long ones and nonsense are the whole or nothing, never more', async () => {
  const many = `bytes=${Array.from({ length: 1000 }, (_, index) => `${index * 3}-${index * 3}`).join(',')}`
  for (const range of [many, 'bytes=0-0,-1', 'bytes=-2000000', 'lines=1-2', 'bytes=--5', 'bytes=a-b'])
    expect([200, 206, 416], range.slice(0, 20)).toContain(await checkLength(range))
})

async function checkLength(range: string): Promise<number> {
  const { status, body } = await ask('/big.bin', { Range: range })
  expect(body.length).toBeLessThanOrEqual(1_000_000)
  return status
}

test.each([
  ['/', '<h1>start</h1>\n'],
  ['/sub/', 'sub\n'],
  ['/sub//', 'sub\n'],
  ['/docs/', 'docs\n'],
  ['/docs/guide/', 'guide\n'],
  ['/all/', 'index of all\n'],
  ['/all/.git/config', 'open\n'],
  ['/link-in.css', CSS],
  ['/folder-in/index.html', 'sub\n'],
])('%s is served', async (path, body) => {
  expect(await ask(path)).toMatchObject({ status: 200, body })
})

test.each([
  ['/sub', '/sub/'],
  ['/sub?a=b', '/sub/?a=b'],
  ['/docs', '/docs/'],
  ['/docs/guide', '/docs/guide/'],
  ['//sub', '/sub/'],
])('the folder %s is at %s, as the client knows it', async (path, location) => {
  expect(await ask(path)).toMatchObject({ status: 301, headers: { location } })
})

test.each([
  '/missing.txt',
  '/a.css/',
  '/a.css/x',
  '/empty/',
  '/../outside/secret.txt',
  '/sub/../../outside/secret.txt',
  '/%2e%2e/outside/secret.txt',
  '/.%2e/outside/secret.txt',
  '/..%2foutside%2fsecret.txt',
  '/..%5coutside%5csecret.txt',
  '/..\\outside\\secret.txt',
  '/%252e%252e/outside/secret.txt',
  '/..%c0%af/outside/secret.txt',
  '/docs/../outside/secret.txt',
  '/docs/%2e%2e/outside/secret.txt',
  '/link-out.txt',
  '/folder-out/secret.txt',
  '/folder-out/',
  '/folder-out',
  '/relative-out/secret.txt',
  '/loop',
  '/pipe',
  '/.git/config',
  '/%2egit/config',
  '/closed.txt',
  '/none/',
  '/none/a.css',
  `/${'x'.repeat(300)}`,
  `/${'x/'.repeat(2500)}`,
])('%s is nothing, and the answer says nothing of where files lie', async (path) => {
  const { status, body, headers } = await ask(path)
  expect([400, 404]).toContain(status)
  expect(body + JSON.stringify(headers)).not.toContain(folder)
  expect(body).not.toContain(SECRET)
})

test('a client cannot name a folder of its own', async () => {
  const headers = {
    'X-Fairlead-Static': `root=${encodeURIComponent(join(folder, 'outside'))}&index=secret.txt`,
    'X-Fairlead-Static-Path': '/elsewhere/',
  }
  expect(await ask('/secret.txt', headers)).toMatchObject({ status: 404 })
  expect(await ask('/', headers)).toMatchObject({ status: 200, body: '<h1>start</h1>\n' })
  expect(await ask('/sub', headers)).toMatchObject({ headers: { location: '/sub/' } })
})

test('a file that becomes shorter while it is sent ends the answer, and nothing of the next one is taken for it', async () => {
  const name = join(folder, 'www/shrinks.bin')
  await writeFile(name, Buffer.alloc(50_000_000, 'x'))
  const socket = connect(port, '127.0.0.1')
  socket.write('GET /shrinks.bin HTTP/1.1\r\nHost: a\r\n\r\n')
  const first = await new Promise<Buffer>((resolve) => socket.once('data', resolve))
  socket.pause()
  await truncate(name, 1000)
  let length = first.length
  socket.on('data', (piece) => (length += piece.length)).resume()
  await new Promise((resolve) => socket.once('close', resolve))
  expect(first.toString()).toMatch(/content-length: 50000000/)
  expect(length).toBeLessThan(50_000_000)
  expect(await ask('/a.css')).toMatchObject({ status: 200, body: CSS })
})

test('another folder, and one more route with files, are live without a reload', async () => {
  const here = await findFreePort()
  const files = (root: string) => ({ static: { root: join(folder, root) } })
  await serve('second', { port: here, ...files('www') })
  const reloads = async () => (await daemon.ask('GET', '/v1/nodes')).body.items[0].haproxy.reloads
  const before = await reloads()
  await serve('second', { port: here, ...files('www'), routes: [{ match: { path: '/guide' }, ...files('docs') }] })
  expect(await ask('/guide/', {}, 'GET', here)).toMatchObject({ status: 200, body: 'guide\n' })
  await serve('second', { port: here, ...files('docs'), routes: [{ match: { path: '/sub' }, ...files('www') }] })
  expect(await ask('/', {}, 'GET', here)).toMatchObject({ status: 200, body: 'docs\n' })
  expect(await ask('/sub/', {}, 'GET', here)).toMatchObject({ status: 200, body: 'sub\n' })
  await serve('second', { port: here, ...files('www'), routes: [{ match: { path: '/sub' }, ...files('docs') }] })
  expect(await ask('/', {}, 'GET', here)).toMatchObject({ status: 200, body: '<h1>start</h1>\n' })
  expect(await ask('/sub/', {}, 'GET', here)).toMatchObject({ status: 404 })
  expect(await reloads()).toBe(before)
  await serve('second', { port: here, ...files('www'), maintenance: true })
  expect(await ask('/', {}, 'GET', here)).toMatchObject({ status: 503, headers: { 'retry-after': '10' } })
  expect(await reloads()).toBe(before)
})

test('the process is brought back when it dies, and clients meanwhile are told to come again at once', async () => {
  const pid = await findPid(daemon)
  process.kill(pid, 'SIGKILL')
  const seen: Answer[] = []
  const isBack = async () => seen.push(await ask('/a.css')) > 0 && seen.at(-1)?.status === 200
  await waitFor(isBack, { timeoutMs: 60_000, what: 'files to be served again' })
  expect(await findPid(daemon)).not.toBe(pid)
  for (const { status, headers } of seen.slice(0, -1)) expect([status, headers['retry-after']]).toEqual([503, '1'])
  expect(daemon.messages.join()).toContain(`the process that serves files (${pid}) has ended; starting another`)
})

test('files are served on without the daemon, the next one adopts the process, and a stop ends it', async () => {
  const here = await findFreePort()
  const first = await daemons.start()
  const spec = { port: here, static: { root: join(folder, 'www') } }
  expect((await first.ask('POST', '/v1/load-balancers', { name: 'site', spec })).status).toBe(201)
  const pid = await findPid(first)
  await first.kill()
  expect(await ask('/a.css', {}, 'GET', here)).toMatchObject({ status: 200, body: CSS })
  const second = await daemons.start({ stateDir: first.stateDir })
  await waitFor(() => second.messages.includes(`files are served by process ${pid}: adopted`), {
    timeoutMs: 60_000,
    what: 'the process to be adopted',
  })
  expect(await findPid(second)).toBe(pid)
  await second.stop()
  expect(await findHaproxies(first.stateDir)).toEqual([])
  expect(await isRunning(pid)).toBe(false)
})

test('a process of another version gives way, and answers what it has begun', async () => {
  const stateDir = await daemons.folder()
  const first = await daemons.start({ stateDir })
  const here = await findFreePort()
  const spec = { port: here, static: { root: join(folder, 'www') } }
  expect((await first.ask('POST', '/v1/load-balancers', { name: 'site', spec })).status).toBe(201)
  await first.kill()
  const older = await startOlder(socketOf(first))
  const second = await daemons.start({ stateDir })
  await waitFor(async () => (await findPid(second)) !== older.pid, {
    timeoutMs: 60_000,
    what: 'a process of this version',
  })
  expect(await ask('/a.css', {}, 'GET', here)).toMatchObject({ status: 200, body: CSS })
  await waitFor(async () => !(await isRunning(older.pid)), { timeoutMs: 60_000, what: 'the older process to end' })
})

test('nobody who serves no files has the process', async () => {
  const quiet = await daemons.start()
  await expect(findPid(quiet)).rejects.toThrow(/cannot be reached/)
})
