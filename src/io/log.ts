// The log: one clean line a person reads on a terminal, JSON lines for programs. Never a secret in either.
import { type Logger, pino, stdTimeFunctions } from 'pino'
import { Failure } from './failure.ts'
import { formatLogLine, type LogRecord } from './log-line.ts'
import { redact } from './redact.ts'

export type { Logger } from 'pino'

/** `auto`: text on a terminal, JSON otherwise. */
export type LogFormat = 'auto' | 'text' | 'json'

/** What is written: this level and the graver ones. */
export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error'

/** Where lines go; process.stdout is one. */
export type LogStream = { write(line: string): unknown; readonly isTTY?: boolean }

/**
 * Makes a logger on `stream` (standard output unless told otherwise). Values under keys such as password, token, key,
 * secret or authorization are replaced, at any depth. Log a thrown thing under `err`.
 */
export function createLogger({
  format,
  level,
  stream = process.stdout,
}: {
  format: LogFormat
  level: LogLevel
  stream?: LogStream
}): Logger {
  const asText = format === 'text' || (format === 'auto' && stream.isTTY === true)
  const options = {
    level,
    base: null,
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { err: describeError },
  }
  return pino(options, redactingStream(stream, asText))
}

/** Secrets are taken out at the very end, where everything passes: a child logger's own keys too. */
function redactingStream(stream: LogStream, asText: boolean): LogStream {
  const colour = stream.isTTY === true && !process.env['NO_COLOR']
  return {
    write: (line) => {
      const record = redact(JSON.parse(line) as LogRecord)
      return stream.write(`${asText ? formatLogLine(record, { colour }) : JSON.stringify(record)}\n`)
    },
  }
}

/** A Failure's message holds its cause's already, and its stack helps nobody; of a bug the stack is what matters. */
function describeError(thrown: unknown): Record<string, unknown> {
  if (thrown instanceof Failure) return { type: thrown.name, code: thrown.code, message: thrown.message }
  if (!(thrown instanceof Error)) return { type: typeof thrown, message: String(thrown) }
  return { type: thrown.name, message: thrown.message, stack: thrown.stack }
}
