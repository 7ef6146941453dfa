// A log record as one line for a person: the time, what happened, and what else was said about it.
import { stripVTControlCharacters, styleText } from 'node:util'

/** What pino writes: its own keys, and whatever the caller added. */
export type LogRecord = {
  readonly time: string
  readonly level: string
  readonly msg?: string
  readonly err?: { readonly type: string; readonly message: string; readonly stack?: string }
  readonly [key: string]: unknown
}

const MARKS: Readonly<Record<string, { mark: string; style: 'yellow' | 'red' | 'dim' }>> = {
  warn: { mark: 'warning: ', style: 'yellow' },
  error: { mark: 'error: ', style: 'red' },
  fatal: { mark: 'error: ', style: 'red' },
  debug: { mark: '', style: 'dim' },
  trace: { mark: '', style: 'dim' },
}

/**
 * `12:03:04 web-lb: live in 8 ms, no reload`, in local time; warnings and errors are marked. A thrown thing adds its
 * message, and its stack where it is a bug and not a Failure. No text of others can start a line of its own.
 */
export function formatLogLine(record: LogRecord, { colour }: { colour: boolean }): string {
  const { time, level, msg = '', err, ...rest } = record
  const { mark, style } = MARKS[level] ?? { mark: '', style: undefined }
  const cause = err && !msg.includes(err.message) ? [err.message] : []
  const said = [msg, ...cause].filter((part) => part !== '').join(': ')
  const text = `${mark}${oneLine(said)}`
  const shown = colour && style ? styleText(style, text, { validateStream: false }) : text
  return `${formatTime(time)} ${shown}${formatRest(rest)}${formatStack(err)}`
}

function formatTime(time: string): string {
  return new Date(time).toTimeString().slice(0, 8)
}

function formatRest(rest: Readonly<Record<string, unknown>>): string {
  const pairs = Object.entries(rest).map(([key, value]) => `${key}=${oneLine(formatValue(value))}`)
  return pairs.length === 0 ? '' : ` (${pairs.join(' ')})`
}

function formatValue(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function formatStack(err: LogRecord['err']): string {
  if (!err?.stack) return ''
  const frames = err.stack.split('\n').filter((line) => line.trimStart().startsWith('at '))
  return frames.map((line) => `\n    ${oneLine(line.trim())}`).join('')
}

/** Control characters of others neither move the cursor nor forge a second line. */
function oneLine(text: string): string {
  return stripVTControlCharacters(text).replace(
    /\p{Cc}/gu,
    (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  )
}
