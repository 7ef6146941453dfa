// A user's own template: what it writes is what serves, an edit is live, and a mistake changes nothing.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { waitFor } from '../../src/io/deadline.ts'
import { FakeDocker } from '../fakes/fake-docker.ts'
import { Daemons } from './kit/daemon.ts'
import { findFreePort } from './kit/free-port.ts'
import { startOrigins } from './kit/origin.ts'
import { ask, Prober } from './kit/prober.ts'

const daemons = new Daemons()
afterAll(() => daemons.close())

const SEED = new URL('../render/template/seed.tmpl', import.meta.url)

test('the template of docker-loadbalancer serves as it stands; edits, mistakes and containers that come and go', async () => {
  const [a, b] = await startOrigins('a', 'b')
  onTestFinished(() => {
    for (const origin of [a, b]) origin?.close()
  })
  const docker = await new FakeDocker().start()
  const [port, folder, stats] = [await findFreePort(), await daemons.folder(), await findFreePort()]
  const path = join(folder, 'haproxy.tmpl')
  const seed = await readFile(SEED, 'utf8')
  await writeFile(path, seed)
  const run = (id: string, origin: typeof a) =>
    docker.containers.set(id.repeat(64), {
      name: `web-${id}`,
      state: 'running',
      ipv4: '127.0.0.1',
      labels: { 'lb.enable': 'Y', 'lb.publish': String(port), 'lb.target': String(origin?.port) },
    })
  run('a', a)
  const daemon = await daemons.start({
    flags: ['--source', `docker=unix://${docker.path}`, '--haproxy-template', path],
    env: { LB_STATS_PORT: String(stats), HAPROXY_SOCK_FILE: join(folder, 'own.sock'), CHECK_TIME: '1' },
  })
  const answers = async () => (await ask(port).catch(() => null))?.status === 200
  await waitFor(answers, { timeoutMs: 60_000, what: 'the container to be reached' })
  const own = '/v1/load-balancers/haproxy-template'
  const problems = async () =>
    (await daemon.ask('GET', own)).body.status.problems.map(({ message }: { message: string }) => message)
  expect((await problems()).join('\n')).toMatch(/haproxy\.tmpl:40: rspdel .* is now http-response del-header ETag/)
  expect((await ask(stats, { path: '/' })).body).toContain('port__')
  expect((await daemon.ask('DELETE', own)).status).toBe(409)
  const beside = await daemon.serve('beside', { backends: [{ target: b?.target }] })
  expect((await ask(beside)).status).toBe(200)

  const prober = new Prober(port).start({ keepAlive: 0, fresh: 4, thinkMs: 20 })
  run('b', b)
  const config = async () => {
    const { body } = await daemon.ask('GET', '/v1/configuration')
    return (body.items as { content: string }[]).map(({ content }) => content).join('\n')
  }
  await waitFor(async () => (await config()).includes('server web-b 127.0.0.1:'), {
    timeoutMs: 60_000,
    what: 'the second container',
  })
  docker.containers.delete('a'.repeat(64))
  await waitFor(async () => (await ask(port)).headers['x-origin'] === 'b', {
    timeoutMs: 60_000,
    what: 'the first to be gone',
  })

  const edited = async () => (await ask(port)).headers['x-edited']
  const edit = (line: string) => writeFile(path, seed.replace(/^( *)(rspdel .*)$/m, `$1$2\n$1${line}`))
  await edit('http-response set-header X-Edited one')
  await waitFor(async () => (await edited()) === 'one', { timeoutMs: 60_000, what: 'the edit' })
  for (const [line, told] of [
    ['{{ .Nothing }}', /haproxy\.tmpl:41:\d+: \.Nothing is no field here/],
    ['http-response sing-a-song', /sing-a-song/],
  ] as const) {
    await edit(line)
    await waitFor(async () => told.test((await problems()).join('\n')), {
      timeoutMs: 60_000,
      what: `a word on ${line}`,
    })
    expect(await edited()).toBe('one')
  }
  await edit('http-response set-header X-Edited two')
  await waitFor(async () => (await edited()) === 'two', { timeoutMs: 60_000, what: 'the mended template' })
  expect((await prober.stop()).failures).toEqual([])
})
