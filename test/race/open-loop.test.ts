// The sender of the race tells answers, failures and silence apart, and sends on whoever is silent.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { sendLoad } from '../../src/race/open-loop.ts'

test('a silent server holds nobody up, a failure is told, clients have addresses of their own', async () => {
  const asked: string[] = []
  const server = createServer(({ url, socket, headers }, response) => {
    asked.push(`${url} ${socket.remoteAddress} ${headers['x-work-ms']}`)
    if (url === '/1') return
    response.writeHead(url === '/2' ? 503 : 200).end()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const startMs = performance.now()
  const heard = await sendLoad({
    port: (server.address() as AddressInfo).port,
    requests: [0, 1, 2, 3].map((number) => ({ atMs: number, workMs: 10 + number, client: number * 300, path: number })),
    nowMs: () => performance.now() - startMs,
    patienceMs: 1000,
    signal: new AbortController().signal,
    onSent: () => undefined,
  })
  server.closeAllConnections()
  server.close()
  expect(heard.tookMs.map(Number.isFinite)).toEqual([true, false, false, true])
  expect(heard.failures).toEqual(['status 503'])
  expect(asked.sort()).toEqual(['/0 127.1.0.1 10', '/1 127.1.1.45 11', '/2 127.1.2.89 12', '/3 127.1.3.133 13'])
})

test('an abort ends it', async () => {
  const stop = new AbortController()
  const requests = Array.from({ length: 2 }, (_, index) => ({ atMs: index * 1e6, workMs: 1, client: 0, path: 0 }))
  const sending = sendLoad({
    ...{ port: 1, requests, nowMs: () => 0, patienceMs: 1e6, signal: stop.signal },
    onSent: () => stop.abort(),
  })
  await expect(sending).rejects.toThrow(/abort/i)
})
