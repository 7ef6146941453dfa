// Which daemon the CLI talks to, with which key, and what it says when nobody answers.
import { mkdir, readlink, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createClient } from '../../src/api/client.ts'
import { type FakeApi, startFakeApi } from '../fakes/fake-api.ts'
import { runCommand } from './run-command.ts'

let api: FakeApi
let url: string
beforeEach(async () => {
  api = await startFakeApi()
  url = await api.listen()
  api.on('GET /v1/nodes', { items: [] })
})
afterEach(() => api.close())

const authorization = () => api.received.map(({ headers }) => headers.authorization)

test('the socket of a state directory needs no key', async () => {
  await writeFile(join(api.stateDir, 'api-key'), 'secret\n')
  const words = ['node', 'list', '--state-dir', api.stateDir]
  expect((await runCommand(words)).exitCode).toBe(0)
  expect((await runCommand('node list', { stateDir: api.stateDir })).exitCode).toBe(0)
  // A state directory on the command line is meant, whatever the environment says.
  expect((await runCommand(words, { env: { FAIRLEAD_API: '127.0.0.1:1' } })).exitCode).toBe(0)
  expect(authorization()).toEqual([undefined, undefined, undefined])
})

test('an address takes a key of the environment, in this order', async () => {
  const env = { FAIRLEAD_API: url, FAIRLEAD_API_KEY: 'a', AGENTMETAL_API_KEY: 'b', API_KEY: 'c' }
  await runCommand('node list', { env })
  await runCommand('node list', { env: { ...env, FAIRLEAD_API_KEY: '' } })
  await runCommand(`node list --api ${url.replace('http://', '')}`, { env: { API_KEY: 'c' } })
  await runCommand('node list', { env: { FAIRLEAD_API: url.replace('http://127.0.0.1', ''), API_KEY: 'd' } })
  expect(authorization()).toEqual(['Bearer a', 'Bearer b', 'Bearer c', 'Bearer d'])
})

test('without one, the key file of the state directory, or the one that is named', async () => {
  await writeFile(join(api.stateDir, 'api-key'), 'from-file\n')
  await writeFile(join(api.stateDir, 'other'), 'named\n')
  await runCommand(`node list --api ${url} --state-dir ${api.stateDir}`)
  await runCommand(`node list --api ${url} --api-key-file ${join(api.stateDir, 'other')}`)
  expect(authorization()).toEqual(['Bearer from-file', 'Bearer named'])
  const missing = await runCommand(`node list --api ${url} --api-key-file ${join(api.stateDir, 'none')}`)
  expect(missing.exitCode).toBe(1)
  expect(missing.err).toContain('cannot be read')
})

test('a refused key says where it came from', async () => {
  api.on('GET /v1/nodes', { error: 'the API key is wrong', code: 'unauthorized' }, 401)
  const ran = await runCommand(`node list --api ${url}`, { env: { API_KEY: 'c' } })
  expect(ran.err).toBe('fairlead: the API key is wrong (the key came from API_KEY)\n')
  const without = await runCommand(`node list --api ${url}`, { stateDir: join(api.stateDir, 'none') })
  expect(without.err).toContain('no key was found; set FAIRLEAD_API_KEY')
})

test('nobody there: where we looked, and what to do', async () => {
  const dir = join(api.stateDir, 'nobody')
  await mkdir(dir)
  const ran = await runCommand(`node list --state-dir ${dir}`, { env: { FAIRLEAD_API: '127.0.0.1:1' } })
  expect(ran.exitCode).toBe(1)
  expect(ran.err).toBe(
    `fairlead: no Fairlead answers: ${dir}/api.sock is not there, http://127.0.0.1:1 refuses connections; ` +
      `start it with \`fairlead up --state-dir ${dir}\`, or see what is wrong with \`fairlead doctor --state-dir ${dir}\`\n`,
  )
  await writeFile(join(dir, 'api.sock'), '')
  const stale = await runCommand(`node list --state-dir ${dir}`)
  expect(stale.err).toContain(`${dir}/api.sock refuses connections`)
})

test('FAIRLEAD_API=none: the socket and nothing else, also where nobody is there', async () => {
  const env = { FAIRLEAD_API: 'none' }
  expect((await runCommand('node list', { stateDir: api.stateDir, env })).exitCode).toBe(0)
  const dir = join(api.stateDir, 'nobody')
  await mkdir(dir)
  const ran = await runCommand('node list', { stateDir: dir, env })
  expect(ran.exitCode).toBe(1)
  expect(ran.err).toContain(`no Fairlead answers: ${dir}/api.sock is not there; start it with`)
})

test('a state directory with a long path is reached all the same', async () => {
  const dir = join(api.stateDir, 'x'.repeat(90))
  await mkdir(dir)
  const ran = await runCommand(`node list --state-dir ${dir}`, { env: { FAIRLEAD_API: '127.0.0.1:1' } })
  const [, link = ''] = /(\/\S+\/fairlead-\d+-[0-9a-f]{12})\/api\.sock is not there/.exec(ran.err) ?? []
  expect(await readlink(link)).toBe(dir)
  await rm(link)
})

test('another program on the port is told as such', async () => {
  const server = createServer((_, response) => response.end('<html>hello</html>'))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const ran = await runCommand(`node list --api 127.0.0.1:${(server.address() as AddressInfo).port}`)
  server.close()
  expect(ran).toMatchObject({ exitCode: 1 })
  expect(ran.err).toContain('does not answer as Fairlead does')
})

test.each([
  'lb list',
  'lb status web-lb',
  'lb create --name web-lb',
  'node list',
  'cert list',
  'top',
  'plan -f -',
  'haproxy status',
  'down',
])('%s: so is one that speaks JSON as well', async (line) => {
  const server = createServer((_, response) => response.end('{"message":"hello"}'))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`
  const ran = await runCommand(`${line} --api ${address}`, { input: 'name: web\nspec: {}\n' })
  server.close()
  expect(ran).toMatchObject({ exitCode: 1, out: '' })
  expect(ran.err).toContain(`http://${address} does not answer as Fairlead does`)
})

test('an API that hangs is given up', async () => {
  api.onRaw('GET /v1/nodes', () => undefined)
  const client = createClient({ api: url, env: {}, fetchTimeoutMs: 100 })
  await expect(client.nodes()).rejects.toThrow(/gave no answer within 0.1 s/)
})

test('down waits until nobody answers any more', async () => {
  api.onRaw('POST /v1/down', (_, response) => {
    response.end('{"stopping":true}')
    setTimeout(() => void api.close(), 150)
  })
  const ran = await runCommand('down', { stateDir: api.stateDir })
  expect(ran).toEqual({ exitCode: 0, out: 'stopped: the daemon and its HAProxy\n', err: '' })
  expect(api.received.some(({ path }) => path === '/healthz')).toBe(true)
})

test('down --no-wait does not', async () => {
  api.on('POST /v1/down', { stopping: true }, 202)
  expect((await runCommand('down --no-wait', { stateDir: api.stateDir })).out).toBe('stopping\n')
})
