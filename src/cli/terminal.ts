// What a command may touch of the process around it: its output, its input, its environment. Tests bring their own.
import { text } from 'node:stream/consumers'
import { readSecret } from './read-secret.ts'

/** The process as the CLI sees it. */
export type Terminal = {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Characters in a line of standard output; null where it is no terminal and nothing needs shortening. */
  readonly columns: number | null
  /** Lines of the screen, where it is known. */
  readonly rows?: number | null
  readonly out: (text: string) => void
  readonly err: (text: string) => void
  /** All of standard input. */
  readonly readInput: () => Promise<string>
  /** Whether a person sits at standard input. */
  readonly asks: boolean
  /** A password: asked for without showing it, or one line of standard input. */
  readonly readSecret: (question: string) => Promise<string>
  /** Before the daemon runs here: Ctrl-C is left to it, and a log that nobody reads any more does not end it. */
  readonly handOver: () => void
}

/** The real one. A reader that goes away (`| head`) ends the process without a word; Ctrl-C ends it with 130. */
export function openTerminal(): Terminal {
  const { stdout, stderr, stdin, env } = process
  const stop = () => process.exit(130)
  let isDaemon = false
  process.on('SIGINT', stop)
  for (const stream of [stdout, stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (!isDaemon) process.exit(error.code === 'EPIPE' ? 0 : 1)
    })
  }
  return {
    env,
    columns: stdout.isTTY ? stdout.columns || Number(env['COLUMNS']) || 80 : null,
    rows: stdout.isTTY ? stdout.rows || null : null,
    out: (piece) => stdout.write(piece),
    err: (piece) => stderr.write(piece),
    readInput: () => text(stdin),
    asks: stdin.isTTY,
    readSecret: (question) => readSecret(stdin, question, { say: (piece) => stderr.write(piece), stop }),
    handOver: () => {
      isDaemon = true
      process.removeListener('SIGINT', stop)
    },
  }
}
