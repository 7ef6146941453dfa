// A line of the access log, as render/haproxy/access-log.ts has HAProxy write it.

/** One request or connection. Times in milliseconds; null: it never came so far. */
export type AccessLine = {
  /** When it came, in milliseconds since 1970. */
  readonly atMs: number
  readonly client: string
  /** The place of its pool; the listener's own name where it found none. */
  readonly place: string
  /** HAProxy's name of the server; null where none was picked. */
  readonly server: string | null
  readonly queueMs: number | null
  readonly connectMs: number | null
  readonly answerMs: number | null
  readonly totalMs: number
  readonly retries: number
  readonly status: number | null
  readonly bytes: number
  /** HAProxy's two letters for how it ended: `--` well. */
  readonly end: string
  /** Of its listener when it came, a second; null where that was not busy. */
  readonly rate: number | null
  /** What HTTP has; null for a TCP connection. */
  readonly request: Request | null
}

type Request = {
  /** null where its pool gives none. */
  readonly id: string | null
  readonly host: string | null
  readonly method: string
  readonly path: string
}

const LINE =
  /^(\d+) (\S+) (\S+) (\S+) (-?\d+) (-?\d+) (-?\d+) \+?(-?\d+) \+?(\d+) (\S+) (\d+) (\S\S) (\d+|-)(?: (\S+) \{(.*?)\} (\S+) (.*))?$/

/** Reads a line; null for one of another shape, such as what HAProxy says of a failed TLS handshake. */
export function parseAccessLine(line: string): AccessLine | null {
  const words = LINE.exec(line)
  if (!words) return null
  const [, at, client = '', place = '', server = '', queue, connect, answer, total, retries, status] = words
  const [bytes, end = '', rate = '-', id, host, method, path = ''] = words.slice(11)
  const request = method === undefined ? null : { id: toId(id), host: host || null, method, path: toPath(path) }
  return {
    atMs: Number(at),
    client,
    place,
    server: server.startsWith('<') || server === '-' ? null : server,
    queueMs: toTime(queue),
    connectMs: toTime(connect),
    answerMs: toTime(answer),
    totalMs: Math.max(0, Number(total)),
    retries: Number(retries),
    status: Number(status) >= 100 ? Number(status) : null,
    bytes: Number(bytes),
    end,
    rate: rate === '-' ? null : Number(rate),
    request,
  }
}

function toTime(text = '-1'): number | null {
  return text.startsWith('-') ? null : Number(text)
}

function toId(text = '-'): string | null {
  return text === '-' ? null : text
}

/** A client may ask for a whole URL, with a password in it. */
function toPath(text: string): string {
  return text.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/]*/i, '') || '/'
}
