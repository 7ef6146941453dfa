// Health checks of every kind, by a real HAProxy, against servers that speak the protocol.
import { createServer } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { waitFor } from '../../src/io/deadline.ts'
import { type Daemon, Daemons } from './kit/daemon.ts'
import { findFreePort } from './kit/free-port.ts'
import { ProtocolServer, startGrpc, startMysql, startPostgres, startRedis, startSmtp } from './kit/protocol-server.ts'

const daemons = new Daemons()
const servers: ProtocolServer[] = []
let daemon: Daemon
beforeAll(async () => {
  daemon = await daemons.start()
})
afterAll(async () => {
  for (const server of servers) server.close()
  await daemons.close()
})

const quick = { interval: '100ms', timeout: '1s', rise: 1, fall: 1 }

/** Serves one server under a check; answers how well it is, by the API. */
async function check(name: string, server: ProtocolServer, healthCheck: object) {
  servers.push(server)
  const type = 'path' in healthCheck ? 'http' : 'tcp'
  const spec = { type, port: await findFreePort(), backends: [{ target: server.target }] }
  const made = await daemon.ask('POST', '/v1/load-balancers', {
    name,
    spec: { ...spec, healthCheck: { ...quick, ...healthCheck } },
  })
  expect(made.status, JSON.stringify(made.body)).toBe(201)
  const read = async () => (await daemon.ask('GET', `/v1/load-balancers/${name}`)).body.status.backends[0]
  return async (mood: string, health: 'up' | 'down') => {
    server.mood = mood
    await waitFor(async () => (await read()).health === health, {
      timeoutMs: 60_000,
      what: `${name} to be ${health} when it is ${mood}`,
    })
    return (await read()).lastCheck as string
  }
}

const user = 'fairlead'
describe.each([
  ['redis', startRedis, {}, ['well', 'password'], ['loading', 'protected']],
  ['postgres', startPostgres, { user }, ['well', 'md5', 'scram'], ['starting', 'nobody']],
  ['mysql', startMysql, { user }, ['well', 'switch'], ['nobody', 'full']],
  ['smtp', startSmtp, {}, ['well'], ['full', 'strange']],
  ['grpc', startGrpc, { service: 'shop.v1.Orders' }, ['well'], ['not-serving', 'unknown', 'no-service']],
] as const)('%s', (type, start, keys, well, unwell) => {
  test(`is up when ${well.join(', ')}, and down when ${unwell.join(', ')} or dead`, async () => {
    const server = await start()
    const becomes = await check(type, server, { type, ...keys })
    for (const [index, mood] of unwell.entries()) {
      await becomes(well[index % well.length] ?? 'well', 'up')
      await becomes(mood, 'down')
    }
    for (const mood of well) {
      await becomes(mood, 'up')
      await becomes('silent', 'down')
    }
    await becomes('well', 'up')
    server.close()
    await becomes('dead', 'down')
  })
})

test('grpc asks in good order: for the service, in the name of the host, and no connection breaks', async () => {
  const server = await startGrpc()
  const becomes = await check('grpc-order', server, { type: 'grpc', service: 'shop.v1.Orders', host: 'shop.internal' })
  await becomes('well', 'up')
  await waitFor(() => server.heard.length >= 5, { timeoutMs: 60_000, what: 'five checks' })
  const name = Buffer.from('shop.v1.Orders').toString('hex')
  expect(new Set(server.heard)).toEqual(new Set([`shop.internal/grpc.health.v1.Health/Check 00000000100a0e${name}`]))
  expect(server.broken).toEqual([])
  expect(await becomes('not-serving', 'down')).toContain('not SERVING')
})

test('http: method, headers, statuses and what the answer must contain', async () => {
  const seen: string[] = []
  const server = new ProtocolServer()
  const moods: Readonly<Record<string, readonly [number, string]>> = {
    well: [200, '{"status": "it\'s ok", "load": "50%"}'],
    teapot: [418, '{"status": "it\'s ok", "load": "50%"}'],
    maintenance: [201, '{"status": "closed"}'],
    other: [500, '{"status": "it\'s ok", "load": "50%"}'],
  }
  await server.listen(
    createServer(({ method, url, headers }, response) => {
      seen.push(`${method} ${url} ${headers['x-probe']} ${headers['user-agent']} ${headers.host}`)
      const [status, body] = moods[server.mood] ?? [500, '']
      response.statusCode = status
      response.end(body)
    }),
  )
  const path = '/health?deep=1'
  const becomes = await check('http', server, {
    ...{ path, method: 'POST', host: 'app.example.com', status: ['200-299', 418] },
    headers: { 'X-Probe': 'it\'s "1" 50% # \\', 'User-Agent': 'probe/1' },
    body: 'it\'s ok", "load": "50%"',
  })
  for (const mood of ['maintenance', 'other']) {
    await becomes('well', 'up')
    await becomes(mood, 'down')
    await becomes('teapot', 'up')
  }
  expect(new Set(seen)).toEqual(new Set([`POST ${path} it's "1" 50% # \\ probe/1 app.example.com`]))
  const byRegex = await check('regex', server, { path, bodyRegex: '"status": *"it.s (ok|fine)"' })
  await byRegex('well', 'up')
  await byRegex('maintenance', 'down')
})
