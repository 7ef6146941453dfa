// Agents beside the servers: what they say holds, what the user wants holds too, and neither undoes the other.
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { waitFor } from '../../src/io/deadline.ts'
import { request } from '../../src/io/line-socket.ts'
import { type Daemon, Daemons } from './kit/daemon.ts'
import { findFreePort } from './kit/free-port.ts'
import { type Origin, startOrigins } from './kit/origin.ts'
import { ask } from './kit/prober.ts'
import { type ProtocolServer, startAgent } from './kit/protocol-server.ts'

const daemons = new Daemons()
const agents: ProtocolServer[] = []
let daemon: Daemon
let a: Origin
let b: Origin
beforeAll(async () => {
  ;[a, b] = (await startOrigins('a', 'b')) as [Origin, Origin]
  daemon = await daemons.start()
})
afterAll(async () => {
  for (const closing of [a, b, ...agents]) closing.close()
  await daemons.close()
})

const command = (line: string) => request(join(daemon.stateDir, 'run/worker.sock'), line, { timeoutMs: 5000 })

/** Two servers, the first with an agent that says `word`; answers what tests look at. */
async function serve(name: string, word: string) {
  const agent = await startAgent(word)
  agents.push(agent)
  const port = await findFreePort()
  const agentPort = agent.port
  const agentCheck = { port: agentPort, interval: '200ms', send: `${name}:a` }
  const backends = [
    { target: a.target, weight: 100, agentCheck },
    { target: b.target, weight: 100 },
  ]
  const made = await daemon.ask('POST', '/v1/load-balancers', { name, spec: { port, backends } })
  expect(made.status, JSON.stringify(made.body)).toBe(201)
  const path = `/v1/load-balancers/${name}`
  return {
    agent,
    path,
    health: async () => (await daemon.ask('GET', path)).body.status.backends[0].health,
    /** Of the server with the agent, wherever its pool stands: weight, administrative state. */
    live: async () => {
      const lines = (await command('show servers state')).split('\n').map((line) => line.split(' '))
      const found = lines.filter(([, , , server, , , admin]) => server === a.target && admin !== undefined)
      return found.filter((words) => words[24] === String(agentPort)).map((words) => `${words[7]} ${words[6]}`)
    },
    /** How many of 20 requests it gets. */
    share: async () => {
      const before = a.hits
      for (let count = 0; count < 20; count++) expect((await ask(port)).status).toBe(200)
      return a.hits - before
    },
    /** Until the agent has been asked some more. */
    asked: async () => {
      const count = agent.heard.length
      await waitFor(() => agent.heard.length > count + 2, { timeoutMs: 60_000, what: 'the agent to be asked' })
    },
  }
}

/** Waits until everything that runs has been compared with what is wanted: until a planted weight is gone. */
async function passAudit(): Promise<void> {
  const name = `planted-${await findFreePort()}`
  await daemon.ask('POST', '/v1/load-balancers', {
    name,
    spec: { backends: [{ target: b.target }], port: await findFreePort() },
  })
  const weights = async () => /be_\S+ \d+ \S+ \S+ \d+ \d+ 77 /.test(await command('show servers state'))
  const place = new RegExp(`^\\d+ (be_${name}\\S*)`, 'm').exec(await command('show servers state'))?.[1]
  expect(place).toBeDefined()
  await command(`set server ${place}/${b.target} weight 77`)
  expect(await weights()).toBe(true)
  await waitFor(async () => !(await weights()), { timeoutMs: 60_000, what: 'the planted weight to be put right' })
}

const reloadsOf = async () => (await daemon.ask('GET', '/v1/nodes')).body.items[0].haproxy.reloads

test('an agent sets a part of the weight, drains and takes out, and nobody undoes it', async () => {
  const { agent, live, share, health, asked, path } = await serve('agent', '50%')
  await waitFor(async () => (await live())[0] === '50 0', { timeoutMs: 60_000, what: 'half the weight' })
  expect(new Set(agent.heard)).toEqual(new Set(['agent:a']))
  const versions = async () => (await daemon.ask('GET', path)).body.status.lastApply
  const before = await versions()
  await passAudit()
  expect(await live()).toEqual(['50 0'])
  agent.mood = 'drain'
  await waitFor(async () => (await health()) === 'drain', { timeoutMs: 60_000, what: 'the drain' })
  expect(await share()).toBe(0)
  await passAudit()
  expect(await live()).toEqual(['50 8'])
  agent.mood = 'ready up 100%'
  await waitFor(async () => (await live())[0] === '100 0', { timeoutMs: 60_000, what: 'the full weight' })
  await asked()
  expect(await share()).toBe(10)
  agent.mood = 'down'
  await waitFor(async () => (await health()) === 'down', { timeoutMs: 60_000, what: 'the server to be down' })
  expect(await share()).toBe(0)
  expect(await versions()).toEqual(before)
})

test("the user's drain, maintenance and weight hold, whatever the agent says, and need no reload", async () => {
  const { live, share, health, asked, path } = await serve('user', 'ready 50%')
  const reloads = await reloadsOf()
  const change = async (backend: object) => {
    const { status, body } = await daemon.ask('PATCH', `${path}/backends/${a.target}`, backend)
    expect([status, body.status?.state]).toEqual([200, 'Running'])
  }
  await change({ weight: 40 })
  await waitFor(async () => (await live()).includes('20 0'), { timeoutMs: 60_000, what: 'half of 40' })
  await change({ state: 'drain' })
  await waitFor(async () => (await health()) === 'drain', { timeoutMs: 60_000, what: 'the drain' })
  await asked()
  expect(await share()).toBe(0)
  await change({ state: 'maint' })
  await passAudit()
  expect(await health()).toBe('maint')
  expect(await share()).toBe(0)
  await change({ state: 'ready' })
  await waitFor(async () => (await live()).includes('20 0'), { timeoutMs: 60_000, what: 'half of 40 again' })
  // One, for the port of the load balancer that was planted.
  expect(await reloadsOf()).toBe(reloads + 1)
})

test('an agent cannot bring back a server that was taken out', async () => {
  const { live, path } = await serve('gone', 'ready up 100%')
  const { status } = await daemon.ask('DELETE', `${path}/backends/${a.target}`)
  expect(status).toBe(200)
  await waitFor(async () => (await live()).length === 0, { timeoutMs: 60_000, what: 'the server to be forgotten' })
})

test('a reload forgets nothing an agent has said, even when the agent is silent by then', async () => {
  const { agent, live, health } = await serve('reload', 'drain 30%')
  await waitFor(async () => (await live())[0] === '30 8', { timeoutMs: 60_000, what: 'the drain' })
  agent.close()
  const reloads = await reloadsOf()
  const other = { name: 'other', spec: { port: await findFreePort(), backends: [{ target: b.target }] } }
  expect((await daemon.ask('POST', '/v1/load-balancers', other)).status).toBe(201)
  expect(await reloadsOf()).toBe(reloads + 1)
  expect(await live()).toEqual(['30 8'])
  expect(await health()).toBe('drain')
})
