// Runs a short program and collects what it says.
import { spawn } from 'node:child_process'
import { Failure } from '../io/failure.ts'

/** How a program ended: its exit code (null when a signal ended it), and both outputs together. */
export type Ended = { readonly code: number | null; readonly signal: string | null; readonly output: string }

/** HAProxy fills `$NAME` in its configuration from the environment: none of ours, which may hold secrets, is given to it. */
export const BARE_ENVIRONMENT = { PATH: process.env['PATH'] ?? '' }

/** Runs `program` without a shell. Failure `program-missing` where it cannot be started; it is killed after `timeoutMs`. */
export function runProgram(program: string, args: readonly string[], timeoutMs: number): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      env: BARE_ENVIRONMENT,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
    })
    const pieces: Buffer[] = []
    child.stdout.on('data', (piece: Buffer) => pieces.push(piece))
    child.stderr.on('data', (piece: Buffer) => pieces.push(piece))
    child.on('error', (cause) =>
      reject(new Failure('program-missing', `${program} cannot be started: ${cause.message}`, cause)),
    )
    child.on('close', (code, signal) => resolve({ code, signal, output: Buffer.concat(pieces).toString('utf8') }))
  })
}
