// A drain that is waited for: it ends when nothing is under way any more, or says what still is when its time is over.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { waitFor } from '../../src/io/deadline.ts'
import { type Daemon, Daemons } from './kit/daemon.ts'
import { startOrigins } from './kit/origin.ts'

const PROGRAM = fileURLToPath(new URL('../../bin/fairlead', import.meta.url))
const daemons = new Daemons()
const [origin] = await startOrigins('a')
const target = `127.0.0.1:${origin?.port}`
let daemon: Daemon
let port: number

beforeAll(async () => {
  daemon = await daemons.start()
  port = await daemon.serve('db', { type: 'tcp', backends: [{ target }] })
})
afterAll(async () => {
  await daemons.close()
  origin?.close()
})

/** A connection that lives until the test ends it. */
async function hold() {
  const socket = connect(port, '127.0.0.1')
  await new Promise((resolve) => socket.once('connect', resolve))
  await waitFor(async () => (await underWay()) === 1, { timeoutMs: 60_000, what: 'the connection to be counted' })
  return socket
}

async function underWay(): Promise<number> {
  const { body } = await daemon.ask('GET', '/v1/load-balancers/db')
  return body.status.backends[0].sessions
}

const drain = (time: string) => daemon.run(['lb', 'backend', 'drain', 'db', target, '--until-idle', time])

test('who drains a backend is told what is under way, and when it is idle', async () => {
  const socket = await hold()
  const words = ['lb', 'backend', 'drain', 'db', target, '--until-idle', '5m']
  const draining = spawn(PROGRAM, words, { env: { ...process.env, FAIRLEAD_STATE_DIR: daemon.stateDir } })
  const said = { out: '', err: '' }
  draining.stdout.on('data', (piece: Buffer) => (said.out += piece.toString()))
  draining.stderr.on('data', (piece: Buffer) => (said.err += piece.toString()))
  const ended = once(draining, 'close')
  await waitFor(() => said.err !== '', { timeoutMs: 60_000, what: 'what is under way to be told' })
  expect(draining.exitCode).toBeNull()
  socket.destroy()
  expect(await ended).toEqual([0, null])
  expect(said.err).toBe(`${target}: 1 under way\n`)
  expect(said.out).toMatch(new RegExp(`^db: live in \\d+ ms, no reload\n${target}: idle\n$`))
})

test('what is still under way when the time is over is told, and the drain goes on', async () => {
  await daemon.must('lb', 'backend', 'ready', 'db', target)
  const socket = await hold()
  const ran = await drain('300ms')
  expect(ran.code).toBe(1)
  expect(ran.err).toContain(
    `${target}: 1 still under way after 300ms; it goes on to drain: wait longer, or stop it and they fail`,
  )
  expect(await underWay()).toBe(1)
  socket.destroy()
})

test('not waiting and waiting do not go together', async () => {
  const ran = await daemon.run(['lb', 'backend', 'drain', 'db', target, '--until-idle', '1s', '--no-wait'])
  expect(ran).toMatchObject({
    code: 2,
    err: expect.stringContaining('--until-idle waits, so it does not go with --no-wait'),
  })
})
