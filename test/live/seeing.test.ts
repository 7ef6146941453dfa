// Seeing what a real HAProxy does: its access log read and followed over a reload, thinned when busy, top, and why a server went down.
import { connect, type Socket } from 'node:net'
import { afterAll, expect, test } from 'vitest'
import { createClient } from '../../src/api/client.ts'
import type { LogLine, TopAnswer } from '../../src/api/wire.ts'
import { waitFor } from '../../src/io/deadline.ts'
import { Daemons, runCli } from './kit/daemon.ts'
import { findFreePort } from './kit/free-port.ts'
import { startOrigins } from './kit/origin.ts'
import { ask } from './kit/prober.ts'

const daemons = new Daemons()
const [a, b] = await startOrigins('a', 'b')
const daemon = await daemons.start()
const [port, deadPort] = [await findFreePort(), await findFreePort()]
const create = (name: string, on: number, ...targets: string[]) =>
  daemon.must(
    ...['lb', 'create', '--name', name, '--bind', '127.0.0.1', '--port', String(on)],
    ...targets.flatMap((target) => ['--target', target]),
  )
await create('web', port, a!.target)
await create('dead', deadPort, `127.0.0.1:${await findFreePort()}`)

afterAll(async () => {
  await daemons.close()
  for (const origin of [a, b]) origin?.close()
})

const linesOf = async (...args: string[]): Promise<LogLine[]> =>
  (await daemon.must('logs', ...args, '-o', 'json'))
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))

test('the last requests, each with its server and how it ended, and without what may be secret', async () => {
  await ask(port, { path: '/api/x?token=hidden', headers: { host: 'www.example.com' } })
  await ask(deadPort, { path: '/y' })
  expect(await linesOf('web', '--path', '/api')).toMatchObject([
    {
      loadBalancer: 'web',
      host: 'www.example.com',
      method: 'GET',
      path: '/api/x',
      server: a!.target,
      status: 200,
      ending: null,
    },
  ])
  expect(await linesOf('dead', '--status', '5xx')).toMatchObject([
    { path: '/y', status: 503, end: 'SC', ending: 'no server took the connection', standsFor: 1 },
  ])
  expect(await linesOf('web', '--status', '5xx')).toEqual([])
  expect(JSON.stringify(await linesOf('web', '-n', '8000'))).not.toContain('hidden')
})

test('followed over a reload, every request once; the old worker ends all the same', async () => {
  const end = new AbortController()
  const seen: string[] = []
  const client = createClient({ stateDir: daemon.stateDir, env: {}, fetchTimeoutMs: 5000 })
  const reading = (async () => {
    for await (const line of client.followLogs('web', { limit: '0' }, { signal: end.signal }))
      if ('path' in line) seen.push(line.path ?? '')
  })()
  const isSeen = (path: string) => waitFor(() => seen.includes(path), { timeoutMs: 60_000, what: path })
  // Until the daemon reads: a path of its own each time, so that the one that is seen is seen once.
  let count = 0
  await waitFor(async () => (await ask(port, { path: `/first/${count++}` })) && seen.length > 0, {
    timeoutMs: 60_000,
    what: 'the first line',
  })
  await create('other', await findFreePort(), a!.target)
  await ask(port, { path: '/after' })
  await isSeen('/after')
  await waitFor(async () => (await daemon.ask('GET', '/v1/haproxy')).body.oldWorkers.length === 0, {
    timeoutMs: 60_000,
    what: 'the old worker to end',
  })
  await ask(port, { path: '/last' })
  await isSeen('/last')
  end.abort()
  await reading
  expect(seen).toEqual([...new Set(seen)])
})

/** Asks without waiting for answers, a batch at a time, so that the listener is busy. */
function floodOnce(socket: Socket): Promise<void> {
  const batch = 'GET /busy HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(200)
  return new Promise((resolve) => {
    let answers = 0
    const onData = (piece: Buffer) => {
      answers += piece.toString('latin1').split('HTTP/1.1 200').length - 1
      if (answers < 200) return
      socket.off('data', onData)
      resolve()
    }
    socket.on('data', onData)
    socket.write(batch)
  })
}

test('a busy listener is thinned out and says so; top counts all of it', async () => {
  const sockets = [1, 2, 3, 4].map(() => connect(port, '127.0.0.1'))
  const isOver = new AbortController()
  const flood = Promise.all(
    sockets.map(async (socket) => {
      while (!isOver.signal.aborted) await floodOnce(socket)
    }),
  )
  await waitFor(async () => (await linesOf('web', '-n', '1')).some(({ standsFor }) => standsFor > 1), {
    timeoutMs: 60_000,
    what: 'a line that stands for several requests',
  })
  const top: TopAnswer = JSON.parse(await daemon.must('top', 'web', '-o', 'json'))
  expect(top.items.map(({ server }) => server)).toEqual([null, a!.target])
  for (const row of top.items) {
    expect(row.requestsPerSecond).toBeGreaterThan(0)
    expect(row.latency.from).toBe('log')
  }
  expect(top.items[0]?.health).toBe('1/1 up')
  isOver.abort()
  await flood
  for (const socket of sockets) socket.destroy()
})

test('a server that goes down is told with its cause', async () => {
  const checked = await findFreePort()
  await create('checked', checked, b!.target)
  await daemon.must('lb', 'health-check', 'set', 'checked', 'http:/health:200ms')
  const isUp = async () => (await daemon.must('lb', 'status', 'checked')).includes('L7OK')
  await waitFor(isUp, { timeoutMs: 60_000, what: 'the server to be up' })
  b!.healthy = false
  const told = async () => (await runCli(['events', '--state-dir', daemon.stateDir])).out
  await waitFor(
    async () => /(up|checking) -> down \(L7STS\/503, Layer7 wrong status: Service Unavailable\)/.test(await told()),
    {
      timeoutMs: 60_000,
      what: 'an event with the cause',
    },
  )
})
