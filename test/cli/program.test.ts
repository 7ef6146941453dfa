// The program as a process: exit codes, pipes, Ctrl-C, settings of the daemon.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type FakeApi, startFakeApi } from '../fakes/fake-api.ts'
import { sampleLoadBalancer } from './samples.ts'

const MAIN = new URL('../../src/cli/main.ts', import.meta.url).pathname

let api: FakeApi
let folder: string
beforeAll(async () => {
  api = await startFakeApi()
  folder = await mkdtemp(join(tmpdir(), 'fairlead-program-'))
})
afterAll(async () => {
  await api.close()
  await rm(folder, { recursive: true })
})

function start(words: readonly string[], env: Readonly<Record<string, string>> = {}): ChildProcess {
  const { PATH = '' } = process.env
  return spawn(process.execPath, [MAIN, ...words], {
    env: { PATH, HOME: folder, FAIRLEAD_STATE_DIR: api.stateDir, ...env },
  })
}

async function finish(child: ChildProcess, input = '') {
  child.stdin?.end(input)
  const ended = new Promise<number | string | null>((resolve) =>
    child.on('exit', (code, signal) => resolve(signal ?? code)),
  )
  const [out, err] = await Promise.all([
    text(child.stdout as NodeJS.ReadableStream),
    text(child.stderr as NodeJS.ReadableStream),
  ])
  return { exitCode: await ended, out, err }
}

test('reads standard input and ends with its exit code', async () => {
  api.on('PUT /v1/load-balancers/web-lb', sampleLoadBalancer())
  const done = await finish(start(['apply', '-f', '-']), 'name: web-lb\nspec: {}\n')
  expect(done).toEqual({ exitCode: 0, out: 'web-lb: created, live in 8 ms, no reload\n', err: '' })
  const refused = await finish(start(['apply', '-f', '-']), 'name: [')
  expect(refused).toMatchObject({ exitCode: 5, out: '' })
})

test('a reader that goes away is no error', async () => {
  api.on('GET /v1/configuration', { items: [{ path: 'a', content: 'line\n'.repeat(200_000) }] })
  const child = start(['haproxy', 'config'])
  child.stdout?.once('data', () => child.stdout?.destroy())
  const ended = new Promise((resolve) => child.on('exit', resolve))
  expect(await text(child.stderr as NodeJS.ReadableStream)).toBe('')
  expect(await ended).toBe(0)
})

test('Ctrl-C ends it with 130', async () => {
  api.onRaw('GET /v1/events', (_, response) => {
    response.writeHead(200).flushHeaders()
    child.kill('SIGINT')
  })
  const child = start(['events', '--follow'])
  expect(await finish(child)).toEqual({ exitCode: 130, out: '', err: '' })
})

describe('settings', () => {
  test('config tells each and where it comes from', async () => {
    const file = join(folder, 'fairlead.yml')
    await writeFile(file, 'node: from-file\n')
    const env = { FAIRLEAD_CONFIG: file, FAIRLEAD_LOG_LEVEL: 'debug' }
    const { exitCode, out } = await finish(
      start(['config', '--api', '127.0.0.1:9999', '--vpc', 'a', '--vpc', 'b'], env),
    )
    expect(exitCode).toBe(0)
    expect(out).toMatch(/^SETTING +VALUE +FROM$/m)
    expect(out).toMatch(/^api +127\.0\.0\.1:9999 +flag$/m)
    expect(out).toMatch(/^vpc +a, b +flag$/m)
    expect(out).toMatch(/^logLevel +debug +environment FAIRLEAD_LOG_LEVEL$/m)
    expect(out).toContain(`file ${file}:1`)
    expect(out).toMatch(/^demo +false +default$/m)
    const json = await finish(start(['config', '-o', 'json'], env))
    expect(JSON.parse(json.out)).toContainEqual({ key: 'node', value: 'from-file', origin: `file ${file}:1` })
  })

  test('a global option before the command is a setting too', async () => {
    const { out } = await finish(start(['--state-dir', '/srv/x', 'config']))
    expect(out).toMatch(/^stateDir +\/srv\/x +flag$/m)
  })

  test('wrong ones are refused by config, doctor and up alike', async () => {
    for (const name of ['config', 'doctor', 'up']) {
      const { exitCode, out, err } = await finish(start([name, '--api', 'nowhere', '--vpc', 'X Y']))
      expect({ exitCode, out }).toEqual({ exitCode: 5, out: '' })
      expect(err).toContain('fairlead: 2 settings cannot be used\n  --api: "nowhere" is not an address')
    }
  })

  test('doctor tells what it found, and fails where something does', async () => {
    const words = ['doctor', '--haproxy', '/nowhere/haproxy', '--api', '127.0.0.1:0']
    const { exitCode, out } = await finish(start(words))
    expect(exitCode).toBe(1)
    expect(out).toMatch(/^FAILED +HAProxy /m)
    const json = await finish(start([...words, '-o', 'json']))
    expect(JSON.parse(json.out)).toContainEqual(expect.objectContaining({ check: 'HAProxy', ok: false }))
  })
})
