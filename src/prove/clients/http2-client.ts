// A client of HTTP/2 in clear text: several requests share a connection, and what was refused unprocessed is sent again.
import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants } from 'node:http2'
import { outcomeOf } from '../../io/outcome.ts'
import type { Heard, Place } from '../tally.ts'
import { LOOPBACK } from '../world.ts'
import { type Asker, answered, answeredWith, brokenBy } from './client.ts'

/** A request without an answer for this long has failed. */
const PATIENCE_MS = 15_000

/** So often in a row a request may be refused before that is a failure. */
const MOST_TRIES = 5

/** Node's words for a request that never left because its connection was on its way out. */
const NEVER_SENT = ['ERR_HTTP2_GOAWAY_SESSION', 'ERR_HTTP2_INVALID_SESSION']

/** A connection, and the last request the other side promised to answer once it said GOAWAY. */
type Held = { readonly session: ClientHttp2Session; lastPromised: number | null }

/** Requests on one connection; a new one after GOAWAY. */
export function http2Asker(port: number): Asker {
  let held: Held | null = null
  const open = (): Held => {
    if (held && held.lastPromised === null && !held.session.closed && !held.session.destroyed) return held
    held = openSession(port)
    return held
  }
  return {
    ask: async (place) => {
      for (let retried = 0; retried < MOST_TRIES; retried++) {
        const heard = await askOnce(open(), port, place)
        if (heard !== 'refused') return { ...heard, retried }
      }
      return { result: 'failed', why: `refused ${MOST_TRIES} times in a row`, retried: MOST_TRIES }
    },
    close: () => held?.session.close(),
  }
}

function openSession(port: number): Held {
  const session = connect(`http://${LOOPBACK}:${port}`)
  const held: Held = { session, lastPromised: null }
  // What befell the connection is told by each of its requests.
  session.on('error', () => undefined)
  session.on('goaway', (_, lastStream) => (held.lastPromised = lastStream))
  return held
}

async function askOnce(held: Held, port: number, { host, path }: Place): Promise<Heard | 'refused'> {
  const headers = { ':path': path, ':authority': `${host}:${port}` }
  const opened = await outcomeOf(Promise.try(() => held.session.request(headers)))
  if (!opened.ok) return NEVER_SENT.includes(opened.error.code ?? '') ? 'refused' : brokenBy(opened.error)
  const stream = opened.value
  const heard = Promise.withResolvers<Heard | 'refused'>()
  let status: number | undefined
  let error: NodeJS.ErrnoException | null = null
  let isWhole = false
  stream.on('response', (answer) => (status = answer[':status']))
  stream.on('end', () => (isWhole = status !== undefined))
  stream.on('error', (cause) => (error = cause))
  stream.on('close', () => heard.resolve(judge(stream, held, { status, error, isWhole })))
  stream.setTimeout(PATIENCE_MS, () => stream.close(constants.NGHTTP2_CANCEL))
  stream.resume()
  return heard.promise
}

type Seen = {
  readonly status: number | undefined
  readonly error: NodeJS.ErrnoException | null
  readonly isWhole: boolean
}

/** RFC 9113 sections 6.8 and 8.7: REFUSED_STREAM, and streams above GOAWAY's last one, were not processed. */
function judge(stream: ClientHttp2Stream, { lastPromised }: Held, { status, error, isWhole }: Seen): Heard | 'refused' {
  const { rstCode = constants.NGHTTP2_NO_ERROR } = stream
  if (isWhole && error === null && rstCode === constants.NGHTTP2_NO_ERROR) return answeredWith(status)
  if (rstCode === constants.NGHTTP2_REFUSED_STREAM) return 'refused'
  const isUnsent = stream.id === undefined || NEVER_SENT.includes(error?.code ?? '')
  if (lastPromised !== null && (isUnsent || (stream.id ?? 0) > lastPromised)) return 'refused'
  if (error?.code === 'ECONNREFUSED') return brokenBy(error)
  return { ...answered(), result: 'reset', why: `stream ended with ${error?.code ?? `code ${rstCode}`}` }
}
