// The daemon among others on one machine: state dirs, ports, limits, settings that change.
import { appendFile, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { waitFor } from '../../src/io/deadline.ts'
import { Daemons, findHaproxies } from './kit/daemon.ts'
import { findFreePort } from './kit/free-port.ts'
import { startOrigins } from './kit/origin.ts'
import { ask } from './kit/prober.ts'

const daemons = new Daemons()
const [a] = await startOrigins('a')
afterAll(async () => {
  await daemons.close()
  a?.close()
})

test('a state dir whose path is too long for a socket, and has a space in it', async () => {
  const stateDir = join(await daemons.folder(), `state ${'x'.repeat(120)}`)
  const daemon = await daemons.start({ stateDir })
  const port = await findFreePort()
  await daemon.must('lb', 'create', '--name', 'web', '--port', String(port), '--target', a!.target)
  expect((await ask(port)).status).toBe(200)
  for (const file of ['api-key', 'cookie-key', 'fairlead.db'])
    expect((await stat(join(stateDir, file))).mode & 0o77).toBe(0)
})

test('two daemons side by side; a second one on the same state dir or API port is told whose it is', async () => {
  const first = await daemons.start()
  const second = await daemons.start()
  expect(await first.haproxyPid()).not.toBe(await second.haproxyPid())
  const sameState = await daemons.startBroken({ stateDir: first.stateDir })
  expect(sameState.output).toContain(`a Fairlead already runs with the state dir ${first.stateDir}`)
  const sameApi = await daemons.startBroken({ api: first.api })
  expect(sameApi.output).toMatch(/the API's port \d+ is in use by .*node.* \(pid \d+\)/)
  expect(await first.haproxyPid()).not.toBeNull()
})

test('a state dir that cannot be used is told with the way out', async () => {
  const folder = await daemons.folder()
  const file = join(folder, 'file')
  await writeFile(file, '')
  const daemon = await daemons.startBroken({ stateDir: file })
  expect(daemon.output).toMatch(/the state dir cannot be used: .*file.*; choose another with --state-dir DIR/)
})

test('SIGHUP while it starts does not end it; the settings are read once it has started', async () => {
  const folder = await daemons.folder()
  const file = join(folder, 'lb.yml')
  // It waits for a file that is not there yet.
  const daemon = await daemons.begin({ flags: ['--source', `file=${file}`] })
  await waitFor(async () => daemon.ended || daemon.output.includes('waiting for file'), {
    timeoutMs: 60_000,
    what: 'the daemon to wait for the file',
  })
  daemon.process.kill('SIGHUP')
  await writeFile(file, 'items: []\n')
  await daemon.ready()
  await waitFor(() => daemon.messages.some((line) => line.startsWith('SIGHUP: settings read again')), {
    timeoutMs: 60_000,
    what: 'the settings to be read again',
  })
})

test('without HAProxy it says what to install', async () => {
  const daemon = await daemons.startBroken({ flags: ['--haproxy', '/nowhere/haproxy'] })
  expect(daemon.process.exitCode).toBe(1)
  expect(daemon.output).toContain(
    'there is no HAProxy at /nowhere/haproxy; install it (on Debian and Ubuntu: sudo apt-get install haproxy)',
  )
})

test('stopped while a source still says nothing, it waits for none', async () => {
  const silent = createServer().listen(join(await daemons.folder(), 'silent.sock'))
  const daemon = await daemons.begin({
    flags: ['--source', 'docker'],
    env: { DOCKER_HOST: `unix://${silent.address()}` },
  })
  const begins = () => daemon.messages.some((one) => one.startsWith('HAProxy '))
  await waitFor(begins, { timeoutMs: 60_000, what: 'the daemon to begin' })
  await daemon.stop()
  expect([daemon.process.exitCode, daemon.messages.at(-1)]).toEqual([0, 'stopped'])
  // It greets once its sources have spoken, or after a while.
  expect(daemon.messages.filter((one) => one.startsWith('API at'))).toEqual([])
  silent.close()
})

test('a stop leaves no HAProxy behind, also where its master does not answer at that moment', async () => {
  const daemon = await daemons.start()
  await rm(join(daemon.stateDir, 'run/master.sock'))
  await daemon.stop()
  expect(await findHaproxies(daemon.stateDir)).toEqual([])
})

test("HAProxy's log begins anew where it has grown long, and goes on", async () => {
  const daemon = await daemons.start()
  const log = join(daemon.stateDir, 'haproxy/haproxy.log')
  await appendFile(log, `${'a line of long ago '.repeat(60)}\n`.repeat(10_000))
  const port = await findFreePort()
  await daemon.must('lb', 'create', '--name', 'web', '--port', String(port), '--target', a!.target)
  const text = await readFile(log, 'utf8')
  expect([text.includes('long ago'), text.includes('[')]).toEqual([false, true])
  expect((await stat(log)).size).toBeLessThan(1_000_000)
})

test('a low file limit gives fewer connections and a warning', async () => {
  const daemon = await daemons.start({ env: { TEST_FILE_LIMIT: '400' } })
  const { maxConnections } = (await daemon.ask('GET', '/v1/nodes')).body.items[0].haproxy
  expect(maxConnections).toBeLessThan(200)
  expect(daemon.messages).toContainEqual(
    expect.stringMatching(new RegExp(`only ${maxConnections} connections at once; raise it`)),
  )
})

test('more servers than files for their health checks are served all the same, and stop nobody else', async () => {
  const daemon = await daemons.start({ env: { TEST_FILE_LIMIT: '1000' } })
  const away = Array.from({ length: 400 }, (_, index) => ({
    target: `127.1.${Math.floor(index / 250)}.${(index % 250) + 1}:1`,
  }))
  const many = await daemon.serve('many', { backends: [{ target: a!.target }, ...away] })
  const other = await daemon.serve('other', { backends: [{ target: a!.target }] })
  for (const port of [many, other])
    await waitFor(async () => (await ask(port)).status === 200, { timeoutMs: 60_000, what: 'it to be served' })
  expect((await daemon.ask('DELETE', '/v1/load-balancers/many')).body.lastApply.reload).toBe(true)
})

test('a load balancer of a vpc that no node serves says so, and is served when a node does', async () => {
  const folder = await daemons.folder()
  const config = join(folder, 'fairlead.yml')
  await mkdir(folder, { recursive: true })
  await writeFile(config, 'vpc: [prod]\n')
  const daemon = await daemons.start({ flags: ['--config', config] })
  const port = await findFreePort()
  const body = { name: 'web', spec: { vpc: 'staging', port, backends: [{ target: a!.target }] } }
  const answer = await daemon.ask('POST', '/v1/load-balancers', body)
  expect([answer.status, answer.body.status.problems[0].message]).toEqual([
    201,
    expect.stringContaining('no node serves vpc staging'),
  ])
  expect((await ask(port)).error).toBe('ECONNREFUSED')
  await writeFile(config, 'vpc: [prod, staging]\n')
  daemon.process.kill('SIGHUP')
  await waitFor(async () => (await ask(port)).status === 200, { timeoutMs: 60_000, what: 'the new vpc to be served' })
})
