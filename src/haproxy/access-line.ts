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
  /** Of its listener at that moment, a second. */
  readonly rate: number
  /** What HTTP has; null for a TCP connection. */
  readonly request: { readonly host: string | null; readonly method: string; readonly path: string } | null
}

const LINE =
  /^(\d+) (\S+) (\S+) (\S+) (-?\d+) (-?\d+) (-?\d+) \+?(-?\d+) \+?(\d+) (\S+) (\d+) (\S\S) (\d+)(?: \{(.*?)\} (\S+) (.*))?$/

/** Reads a line; null for one of another shape, such as what HAProxy says of a failed TLS handshake. */
export function parseAccessLine(line: string): AccessLine | null {
  const words = LINE.exec(line)
  if (!words) return null
  const [, at, client = '', place = '', server = '', queue, connect, answer, total, retries, status] = words
  const [bytes, end = '', rate, host, method, path = ''] = words.slice(11)
  const request = method === undefined ? null : { host: host || null, method, path: toPath(path) }
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
    rate: Number(rate),
    request,
  }
}

function toTime(text = '-1'): number | null {
  return text.startsWith('-') ? null : Number(text)
}

/** A client may ask for a whole URL, with a password in it. */
function toPath(text: string): string {
  return text.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/]*/i, '') || '/'
}
