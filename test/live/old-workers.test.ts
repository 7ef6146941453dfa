// Clients that stay on a connection while everything behind it changes: they meet the servers of today.
import { Agent, request } from 'node:http'
import { afterAll, expect, test } from 'vitest'
import { Daemons } from './kit/daemon.ts'
import { findFreePort } from './kit/free-port.ts'
import { Origin } from './kit/origin.ts'

const daemons = new Daemons()
const origins: Origin[] = []
afterAll(async () => {
  await daemons.close()
  for (const origin of origins) origin.close()
})

async function startOrigin(): Promise<Origin> {
  const origin = await new Origin(`origin-${origins.length}`).listen()
  origins.push(origin)
  return origin
}

/** A request over a connection that may have been quiet for a while; the body, or what went wrong. */
function send(port: number, agent: Agent): Promise<{ name: string; forwardedFor: string; reused: boolean }> {
  return new Promise((resolve) => {
    const sent = request({ port, host: '127.0.0.1', agent, timeout: 10_000 }, (answer) => {
      let body = ''
      answer.setEncoding('utf8').on('data', (piece: string) => (body += piece))
      answer.on('end', () => {
        const told = answer.statusCode === 200 ? JSON.parse(body) : { name: `status ${answer.statusCode}`, headers: {} }
        resolve({ name: told.name, forwardedFor: told.headers['x-forwarded-for'], reused: sent.reusedSocket })
      })
    })
    sent.on('timeout', () => sent.destroy())
    sent.on('error', (error) => resolve({ name: error.message, forwardedFor: '', reused: sent.reusedSocket }))
    sent.end()
  })
}

/** What makes each round a reload, after which the clients are still with the worker before; and what moves the pool. */
const WAYS = [
  ['by a reload', true, (round: number) => ({ timeouts: { client: `${60 + round}s` } })],
  [
    'and its pool moves in the running process',
    false,
    (round: number) => ({ algorithm: ['random', 'leastconn'][round % 2] }),
  ],
] as const

test.each(WAYS)(
  'every server is replaced %s and really ends while clients are quiet: none of them meets one that is gone',
  async (_how, isReload, settingsOf) => {
    const daemon = await daemons.start()
    const port = await findFreePort()
    let current = await startOrigin()
    const put = (target: string, round: number) =>
      daemon.ask('PUT', '/v1/load-balancers/web', {
        name: 'web',
        spec: { port, backends: [{ target }], healthCheck: { type: 'none' }, ...settingsOf(round) },
      })
    expect((await put(current.target, 0)).status).toBe(201)
    const agents = Array.from({ length: 10 }, () => new Agent({ keepAlive: true, maxSockets: 1 }))
    for (const agent of agents) await send(port, agent)
    for (let round = 1; round <= 6; round++) {
      const next = await startOrigin()
      const answer = await put(next.target, round)
      expect(answer.body.status.lastApply.reload, JSON.stringify(answer.body)).toBe(isReload)
      current.close()
      current = next
      for (const agent of agents) {
        expect(await send(port, agent)).toEqual({ name: next.name, forwardedFor: '127.0.0.1', reused: true })
        // An old worker has closed that connection; the next request opens one to the new worker, for the next round.
        expect(await send(port, agent)).toMatchObject({ name: next.name })
      }
    }
    for (const agent of agents) agent.destroy()
  },
)
