// Faults around an apply: traffic goes on, the state is as before, the reason is told in a sentence, and it heals by itself.
import { chmod, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { findHaproxy } from '../../src/haproxy/find-haproxy.ts'
import { waitFor } from '../../src/io/deadline.ts'
import { CuttingSocket } from './kit/cutting-socket.ts'
import { type Daemon, Daemons } from './kit/daemon.ts'
import { findFreePort } from './kit/free-port.ts'
import { runInNamespace } from './kit/namespace.ts'
import { startOrigins } from './kit/origin.ts'
import { viewFiles, viewRunning } from './kit/outside.ts'
import { ask, Prober } from './kit/prober.ts'

const daemons = new Daemons()
const origins = await startOrigins('a', 'b')
afterAll(async () => {
  await daemons.close()
  for (const origin of origins) origin.close()
})
const [a, b] = origins.map(({ target }) => target) as [string, string]

type Site = { readonly daemon: Daemon; readonly port: number; readonly prober: Prober; readonly folder: string }

/** A load balancer under load. A HAProxy that is started while `folder/fault` exists runs the shell line `fault` first. */
async function startSite(fault = ':'): Promise<Site> {
  const folder = await daemons.folder()
  const wrapper = join(folder, 'haproxy')
  await writeFile(wrapper, `#!/bin/sh\n[ -e ${folder}/fault ] && { ${fault}; }\nexec ${findHaproxy()} "$@"\n`)
  await chmod(wrapper, 0o755)
  await writeFile(join(folder, 'other.yml'), '')
  const daemon = await daemons.start({ flags: ['--haproxy', wrapper, '--source', `file=${folder}/other.yml`] })
  const port = await findFreePort()
  const spec = { port, backends: [{ target: a }] }
  expect((await daemon.ask('POST', '/v1/load-balancers', { name: 'web', spec })).status).toBe(201)
  await waitFor(async () => (await ask(port)).status === 200, { timeoutMs: 60_000, what: 'an answer' })
  return { daemon, port, folder, prober: new Prober(port).start({ keepAlive: 20, fresh: 2, thinkMs: 20 }) }
}

/** What runs and what the files say, from outside. */
async function lookAt({ daemon, port }: Site) {
  return { running: await viewRunning(daemon.stateDir, port), files: await viewFiles(daemon.stateDir, port) }
}

const problemsOf = async ({ daemon }: Site) =>
  (await daemon.ask('GET', '/v1/load-balancers/web')).body.status.problems.map(
    ({ message }: { message: string }) => message,
  )

/** A change that only a reload brings into force. */
const addListener = async ({ daemon }: Site, port: number) =>
  daemon.ask('POST', '/v1/load-balancers', { name: 'other', spec: { port, backends: [{ target: b }] } })

/** The reason is one sentence for a person: in the answer, the status and the log, which has no stack. */
async function expectTold(site: Site, answer: { body: unknown }, reason: RegExp): Promise<void> {
  expect(JSON.stringify(answer.body)).toMatch(reason)
  const told = site.daemon.messages.filter((line) => reason.test(line))
  expect(told.length, site.daemon.output).toBeGreaterThan(0)
  expect(site.daemon.output).not.toMatch(/fault in Fairlead itself|\\n\s+at /)
}

/** It heals without anybody doing anything, and no client has noticed. */
async function expectHealed(site: Site, port: number): Promise<void> {
  await waitFor(async () => (await ask(port)).headers['x-origin'] === 'b', { timeoutMs: 60_000, what: 'it to heal' })
  await waitFor(async () => (await problemsOf(site)).length === 0, { timeoutMs: 60_000, what: 'no problem to be left' })
  expect((await site.prober.stop()).failures).toEqual([])
  expect(site.prober.seen.requests).toBeGreaterThan(100)
}

test('haproxy -c killed', async () => {
  const site = await startSite('[ "$1" = -c ] && kill -9 $$')
  const before = await lookAt(site)
  await writeFile(join(site.folder, 'fault'), '')
  const port = await findFreePort()
  // What is asked of the API is not taken on; what a file says stands, and waits.
  const answer = await addListener(site, port)
  expect([answer.status, answer.body.code]).toEqual([503, 'not_now'])
  await writeFile(join(site.folder, 'other.yml'), `name: other\nspec: {port: ${port}, backends: [{target: "${b}"}]}\n`)
  await waitFor(async () => (await problemsOf(site)).length > 0, { timeoutMs: 60_000, what: 'the reason to be told' })
  expect(await problemsOf(site)).toEqual([expect.stringMatching(/haproxy -c ended by SIGKILL/)])
  await expectTold(site, answer, /haproxy -c ended by SIGKILL/)
  expect(await lookAt(site)).toEqual(before)
  expect((await ask(port)).error).toBe('ECONNREFUSED')
  await rm(join(site.folder, 'fault'))
  await expectHealed(site, port)
})

test('a reload that fails', async () => {
  // What was checked is not what the new worker reads.
  const damage = `echo damaged >> "$3/config/20-listeners.cfg"`
  const site = await startSite(`[ "$1" = -c ] && { ${findHaproxy()} "$@" || exit 1; ${damage}; exit 0; }`)
  const before = await lookAt(site)
  await writeFile(join(site.folder, 'fault'), '')
  const port = await findFreePort()
  await expectTold(site, await addListener(site, port), /HAProxy refused the reload and serves on with what it had/)
  expect(await lookAt(site)).toEqual(before)
  await rm(join(site.folder, 'fault'))
  await expectHealed(site, port)
})

test.each([
  ['cut in the middle of a batch', 'cut'],
  ['silent', 'silent'],
] as const)('the socket %s', async (_, mode) => {
  const site = await startSite()
  const before = await lookAt(site)
  const socket = await CuttingSocket.replace(join(site.daemon.stateDir, 'run/worker.sock'))
  socket.mode = mode
  const port = site.port
  const spec = { port, routes: [{ match: { host: 'new.example' }, backends: [{ target: a }, { target: b }] }] }
  const answer = await site.daemon.ask('POST', '/v1/load-balancers', { name: 'other', spec })
  expect(socket.cuts).toBeGreaterThan(0)
  await expectTold(site, answer, /worker\.sock (broke off|gave no complete answer)|HAProxy did not take over/)
  expect((await ask(port)).headers['x-origin']).toBe('a')
  await socket.putBack()
  expect((await lookAt(site)).running.view['/']).toEqual(before.running.view['/'])
  const get = async () => (await ask(port, { headers: { host: 'new.example' } })).headers['x-origin']
  await waitFor(async () => (await get()) === 'b', { timeoutMs: 60_000, what: 'it to heal' })
  await waitFor(async () => (await problemsOf(site)).length === 0, { timeoutMs: 60_000, what: 'no problem to be left' })
  expect((await site.prober.stop()).failures).toEqual([])
})

test('the disk is full', async () => {
  const script = fileURLToPath(new URL('namespaced/full-disk.ts', import.meta.url))
  const { code, facts, errors } = await runInNamespace(script, {})
  expect(code, errors).toBe(0)
  expect(facts['answers']).toEqual(expect.arrayContaining([expect.stringMatching(/no space left/i)]))
  expect(facts['stacks'], errors).toEqual([])
  expect(facts['after']).toEqual(facts['before'])
  expect(facts['left behind']).toEqual([])
  expect(facts['healed']).toBe('b')
  expect(facts['failures']).toEqual([])
})
