// One command, one whole answer, or a Failure that says how far it came.
import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { request } from '../../src/io/line-socket.ts'
import { temporaryFolder } from './temporary-folder.ts'

async function listen(answer: (socket: Socket, command: string) => void): Promise<string> {
  const path = join(temporaryFolder(), 's.sock')
  const open = new Set<Socket>()
  const server = createServer((socket) => {
    open.add(socket)
    socket.on('error', () => {})
    socket.on('data', (data) => answer(socket, data.toString()))
  })
  await new Promise<void>((done) => server.listen(path, done))
  onTestFinished(() => {
    for (const socket of open) socket.destroy()
    server.close()
  })
  return path
}

test('sends the command with a newline and reads to the end', async () => {
  const path = await listen((socket, command) => {
    socket.write('x'.repeat(300_000))
    socket.end(`\n${command}`)
  })
  const answer = await request(path, 'show info', { timeoutMs: 5000 })
  expect(answer).toBe(`${'x'.repeat(300_000)}\nshow info\n`)
})

test('our side stays open until the peer has closed its own', async () => {
  let endedFirst = false
  const path = await listen((socket) => {
    socket.on('end', () => {
      endedFirst = !socket.writableEnded
    })
    setTimeout(() => socket.end('done\n'), 30)
  })
  expect(await request(path, 'wait', { timeoutMs: 5000 })).toBe('done\n')
  expect(endedFirst).toBe(false)
})

test('a peer that does not close is a timeout', async () => {
  const path = await listen((socket) => socket.write('half an'))
  await expect(request(path, 'help', { timeoutMs: 50 })).rejects.toMatchObject({
    code: 'timeout',
    message: `${path} gave no complete answer within 50 ms`,
  })
})

test('nobody there and broken midway are told apart', async () => {
  const absent = join(temporaryFolder(), 'absent.sock')
  await expect(request(absent, 'help', { timeoutMs: 5000 })).rejects.toMatchObject({ code: 'socket-unreachable' })
  const path = await listen((socket) => socket.destroy())
  const tooMuchForAnyBuffer = 'x'.repeat(8_000_000)
  await expect(request(path, tooMuchForAnyBuffer, { timeoutMs: 5000 })).rejects.toMatchObject({ code: 'socket-broken' })
})

test('of a long answer no more is read than is wanted', async () => {
  const path = await listen((socket) => socket.write('x'.repeat(300_000)))
  expect(await request(path, 'show sess', { timeoutMs: 5000, enough: 1000 })).toBe('x'.repeat(1000))
})
