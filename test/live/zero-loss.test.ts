// Changes of every kind under load lose nothing; and the test would see it if they did.
import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { findHaproxy } from '../../src/haproxy/find-haproxy.ts'
import { waitFor } from '../../src/io/deadline.ts'
import { type Daemon, Daemons } from './kit/daemon.ts'
import { findFreePort } from './kit/free-port.ts'
import { startOrigins } from './kit/origin.ts'
import { ask, Prober } from './kit/prober.ts'

const daemons = new Daemons()
const origins = await startOrigins('a', 'b', 'c')
afterAll(async () => {
  await daemons.close()
  for (const origin of origins) origin.close()
})

const [a, b, c] = origins.map((origin) => origin.target) as [string, string, string]
/** Patient: the servers share this process with hundreds of clients, and are busy now and then. */
const CHECK = { path: '/health', interval: '1s', timeout: '5s' }
const BACKENDS = '/v1/load-balancers/web/backends'
const backend = (target: string) => `${BACKENDS}/${encodeURIComponent(target)}`

/** Each step is one change; together every kind there is, in the running process and by reload. */
function listSteps(otherPort: number): [method: string, path: string, body?: unknown][] {
  return [
    ['PATCH', backend(a), { weight: 50 }],
    ['PATCH', backend(b), { state: 'drain' }],
    ['PATCH', backend(b), { state: 'ready' }],
    ['PATCH', backend(a), { state: 'maint' }],
    ['PATCH', backend(a), { state: 'ready' }],
    ['POST', BACKENDS, { target: c }],
    ['PUT', '/v1/load-balancers/web/sticky', { mode: 'cookie' }],
    ['DELETE', '/v1/load-balancers/web/sticky'],
    ['PUT', '/v1/load-balancers/web/health-check', { ...CHECK, path: '/' }],
    ['DELETE', backend(c)],
    ['PUT', '/v1/load-balancers/web/rate-limit', { requests: 1_000_000, window: '60s' }],
    ['DELETE', '/v1/load-balancers/web/rate-limit'],
    ['POST', '/v1/load-balancers/web/routes', { match: { path: '/api' }, backends: [{ target: c }] }],
    ['DELETE', '/v1/load-balancers/web/routes?path=/api'],
    ['PATCH', '/v1/load-balancers/web', { spec: { algorithm: 'leastconn' } }],
    ['PATCH', '/v1/load-balancers/web', { spec: { algorithm: 'roundrobin', timeouts: { server: '30s' } } }],
    ['POST', '/v1/load-balancers', { name: 'other', spec: { port: otherPort, backends: [{ target: c }] } }],
    ['DELETE', '/v1/load-balancers/other'],
  ]
}

/** Makes `count` changes while the prober counts; answers what the clients saw. */
async function changeUnderLoad(daemon: Daemon, count: number) {
  const port = await findFreePort()
  const steps = listSteps(await findFreePort())
  await daemon.ask('POST', '/v1/load-balancers', {
    name: 'web',
    spec: { port, backends: [{ target: a }, { target: b }], healthCheck: CHECK },
  })
  await waitFor(async () => (await ask(port)).status === 200, {
    timeoutMs: 60_000,
    what: 'the load balancer to answer',
  })
  const prober = new Prober(port).start({ keepAlive: 200, fresh: 5, thinkMs: 50 })
  await waitFor(() => prober.seen.requests > 1000, { timeoutMs: 60_000, what: 'the load to build up' })
  const reloads: string[] = []
  for (let index = 0; index < count; index++) {
    const [method, path, body] = steps[index % steps.length] ?? []
    const before = prober.seen.requests
    const answer = await daemon.ask(method ?? '', path ?? '', body)
    expect(answer.status, `${method} ${path}: ${JSON.stringify(answer.body)}`).toBeLessThan(300)
    const apply = answer.body.lastApply ?? answer.body.status?.lastApply
    if (apply.reload) reloads.push(`${method} ${path}: ${apply.because}`)
    // The next change comes only after traffic has met this one.
    await waitFor(() => prober.seen.requests > before + 200, { timeoutMs: 60_000, what: 'traffic to go on' })
  }
  const log = daemon.output
    .split('\n')
    .filter((line) => line.includes(' -> '))
    .join('\n')
  return { ...(await prober.stop()), reloads, log }
}

test('changes of every kind: no request fails, and only another port needs a reload', async () => {
  const seen = await changeUnderLoad(await daemons.start(), 54)
  expect(seen.failures, seen.log).toEqual([])
  expect(seen.requests).toBeGreaterThan(10_000)
  // Three times: a load balancer on a port of its own comes, and goes.
  expect(seen.reloads, seen.reloads.join('\n')).toHaveLength(6)
})

test('the same where every other change is a reload, since nothing is in reserve: no request fails', async () => {
  const seen = await changeUnderLoad(await daemons.start({ flags: ['--reserve', '0'] }), 36)
  expect(seen.failures, seen.log).toEqual([])
  expect(seen.requests).toBeGreaterThan(10_000)
  expect(seen.reloads.length).toBeGreaterThan(14)
})

test('with the hand-over between old and new worker broken, the same test sees failures', async () => {
  const folder = await daemons.folder()
  const wrapper = join(folder, 'haproxy')
  await writeFile(join(folder, 'broken.cfg'), 'global\n  hard-stop-after 1ms\n')
  await writeFile(
    wrapper,
    `#!/bin/sh\ncase "$1" in -W) exec ${findHaproxy()} "$@" -f ${folder}/broken.cfg ;; *) exec ${findHaproxy()} "$@" ;; esac\n`,
  )
  await chmod(wrapper, 0o755)
  const seen = await changeUnderLoad(await daemons.start({ flags: ['--haproxy', wrapper, '--reserve', '0'] }), 18)
  expect(seen.failures.length).toBeGreaterThan(0)
})
