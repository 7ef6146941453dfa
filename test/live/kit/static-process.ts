// The process that serves files, as a daemon of another version has left it.
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { waitFor } from '../../../src/io/deadline.ts'
import { request } from '../../../src/io/line-socket.ts'

const PROGRAM = fileURLToPath(new URL('../../../bin/fairlead', import.meta.url))

/** Starts one that says it is of version 0.0.0, and waits until it has the socket. It ends once another has it. */
export async function startOlder(socket: string): Promise<{ readonly pid: number }> {
  const user = process.getuid?.() === 0 ? ['haproxy'] : []
  const child = spawn(PROGRAM, ['serve-static', '0.0.0', socket, ...user], { stdio: 'ignore' })
  const isUp = async () =>
    (await request(socket, 'GET / HTTP/1.0\r\n\r', { timeoutMs: 2000 }).catch(() => '')).includes('"0.0.0"')
  await waitFor(isUp, { timeoutMs: 60_000, what: 'the older process' })
  return { pid: child.pid ?? 0 }
}
