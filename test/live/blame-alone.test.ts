// What only one load balancer is to blame for is told to it alone, before anything changes: traffic and changes of the others go on.
import { createServer, type Server } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Daemon, Daemons } from './kit/daemon.ts'
import { findFreePort } from './kit/free-port.ts'
import { startOrigins } from './kit/origin.ts'
import { ask, Prober } from './kit/prober.ts'

const daemons = new Daemons()
const origins = await startOrigins('a', 'b')
const [a, b] = origins.map(({ target }) => target) as [string, string]
let daemon: Daemon
beforeAll(async () => {
  daemon = await daemons.start({ flags: ['--reserve', '60'] })
})
afterAll(async () => {
  await daemons.close()
  for (const origin of origins) origin.close()
})

const create = (name: string, spec: object) => daemon.ask('POST', '/v1/load-balancers', { name, spec })
const hold = (port: number, host: string) =>
  new Promise<Server>((resolve) => {
    const server = createServer().listen(port, host, () => resolve(server))
  })

test.each([
  ['another address', '127.0.0.2'],
  ['every address', '0.0.0.0'],
])('%s of a port we have, where another process is in the way', async (_, bind) => {
  const port = await findFreePort()
  const stranger = await hold(port, '127.0.0.2')
  const name = `own-${port}`
  expect((await create(name, { port, bind: '127.0.0.1', backends: [{ target: a }] })).status).toBe(201)
  const prober = new Prober(port).start({ keepAlive: 5, fresh: 2, thinkMs: 10 })
  const refused = await create('newcomer', { port, bind, backends: [{ target: a }] })
  expect([refused.status, refused.body.error]).toEqual([
    409,
    expect.stringMatching(new RegExp(`^port ${port} is in use by \\S+ \\(pid ${process.pid}\\); stop it`)),
  ])
  expect(daemon.messages.filter((line) => /refused the reload/.test(line))).toEqual([])
  const changed = await daemon.ask('PATCH', `/v1/load-balancers/${name}`, { spec: { backends: [{ target: b }] } })
  expect([changed.status, changed.body.status.problems]).toEqual([200, []])
  stranger.close()
  expect((await create('newcomer', { port, bind, backends: [{ target: a }] })).status).toBe(201)
  expect((await prober.stop()).failures).toEqual([])
  await daemon.must('lb', 'delete', 'newcomer')
})

test('an address this machine does not have, beside one of ours that is every address', async () => {
  const port = await daemon.serve('every', { backends: [{ target: a }] })
  const refused = await create('nowhere', { port, bind: '192.0.2.77', backends: [{ target: a }] })
  expect([refused.status, refused.body.error]).toEqual([
    409,
    expect.stringContaining('192.0.2.77 is not an address of this machine'),
  ])
  expect((await create('next', { port: await findFreePort(), backends: [{ target: a }] })).status).toBe(201)
})

test('a server that a raw line names stays: what HAProxy would refuse at its next start is refused at once', async () => {
  const line = (target: string) => `http-request deny if { path_beg /b } !{ srv_is_up(${target}) }`
  const port = await daemon.serve('raw', { backends: [{ target: a }, { target: b }], customSettings: [line(b)] })
  const path = '/v1/load-balancers/raw'
  const refused = await daemon.ask('DELETE', `${path}/backends/${b}`)
  expect([refused.status, refused.body.error]).toEqual([
    422,
    expect.stringMatching(/^spec.customSettings: HAProxy refuses it: unable to find server/),
  ])
  expect((await daemon.ask('GET', path)).body.version).toBe(1)
  // Who is not named goes without a reload; with its line the other one goes too.
  const kept = await daemon.ask('DELETE', `${path}/backends/${a}`)
  expect([kept.status, kept.body.status.lastApply.reload]).toEqual([200, false])
  const both = { backends: [{ target: a }], customSettings: [line(a)] }
  expect((await daemon.ask('PATCH', path, { spec: both })).status).toBe(200)
  expect(await daemon.must('haproxy', 'check')).toMatch(/valid/)
  // A reload for another one keeps it in service.
  expect((await create('another', { port: await findFreePort(), backends: [{ target: a }] })).status).toBe(201)
  expect((await ask(port)).headers['x-origin']).toBe('a')
})
