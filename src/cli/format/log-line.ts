// One line of the access log, for a person.
import type { LogLine } from '../../api/wire.ts'
import { type Display, oneLine, paint, type Style } from './display.ts'
import { formatTime } from './time.ts'

/** From so many milliseconds on the parts are told too. */
const SLOW_MS = 500

/** "2026-11-21 10:00:00.120  192.0.2.7  GET www.example.com/api  504  web-1:8080  60003 ms (queue 1, connect 2): the server did not answer in time". */
export function formatLogLine(display: Display, line: LogLine): string {
  const { status, durationMs, ending, standsFor, retries } = line
  const time = `${formatTime(line.time)}.${line.time.slice(20, 23)}`
  const isSlow = durationMs >= SLOW_MS
  const duration = paint(display, isSlow ? 'yellow' : undefined, `${durationMs} ms`)
  const parts = isSlow || retries > 0 ? formatParts(line) : ''
  const fields = [
    paint(display, 'dim', time),
    oneLine(line.client),
    ...(line.method === null ? ['TCP'] : [oneLine(`${line.method} ${line.host ?? ''}${line.path ?? ''}`)]),
    ...(status === null ? [] : [paint(display, styleOf(status), String(status))]),
    oneLine(line.server ?? '-'),
    `${duration}${parts}${ending === null ? '' : `: ${ending}`}`,
    ...(standsFor > 1 ? [paint(display, 'dim', `(1 of ${standsFor})`)] : []),
  ]
  return fields.join('  ')
}

function styleOf(status: number): Style | undefined {
  if (status >= 500) return 'red'
  return status >= 400 ? 'yellow' : undefined
}

function formatParts({ queueMs, connectMs, answerMs, retries }: LogLine): string {
  const times = [
    ['queue', queueMs],
    ['connect', connectMs],
    ['answer', answerMs],
  ] as const
  const parts = times.flatMap(([what, ms]) => (ms === null ? [] : [`${what} ${ms}`]))
  if (retries > 0) parts.push(`${retries} ${retries === 1 ? 'retry' : 'retries'}`)
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`
}
